"""What the tests of the API send, and how they read a problem."""

from typing import Any

import httpx

from service.domain.errors import SLUGS
from tests.audit import contents
from tests.builders import THREAD
from tests.integration.conftest import Town

COMMENTS = "/v1/sites/mill/comments"


def wire(**changes: Any) -> dict[str, Any]:
    """Make a submission as the embed sends it."""
    return {"thread": THREAD, "author": {"name": "Anna"}, "body": "A fine morning.", **changes}


def problem_of(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Insist that an answer is one particular problem in the form of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == slug
    assert problem["title"] == SLUGS[slug]
    assert problem["status"] == status
    assert problem["detail"]
    return problem


def stored(town: Town) -> dict[bytes, object]:
    """List what is stored, but for what probes leave."""
    with town.redis.client() as client:
        return {key: value for key, value in contents(client).items() if not key.endswith(b":probe")}
