"""A policy with as many terms as one may have: sent, kept, backed up, and read by workers."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.words import terms_of
from service.api.patience import POLICY_BYTES
from service.domain.rule_check import TERMS
from tests.audit import contents
from tests.integration.works import Works
from tests.processes import wait_until
from tests.security.sockets import connected, head, said
from tests.security.test_description import MEBIBYTE, resident

PATH = "/v1/sites/mill/policy"


@pytest.fixture
def terms() -> tuple[str, ...]:
    return (*terms_of(TERMS - 3), "windmill*", "*waterwheel*", "burn the mill")


@pytest.fixture
def http(works: Works) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=works.api.url, headers=works.headers, timeout=20) as client:
        yield client


def replaced(http: httpx.Client, terms: tuple[str, ...]) -> dict[str, Any]:
    """Put the terms into the policy in force."""
    policy = http.get(PATH).json()
    policy["rules"]["words"] = {"banned": terms}
    answer = http.put(PATH, json=policy)
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def judged(works: Works, receipt: dict[str, Any]) -> bool:
    return works.status(receipt) != "pending"


def test_fifty_thousand_terms_are_kept_backed_up_and_obeyed(
    works: Works, http: httpx.Client, terms: tuple[str, ...], tmp_path: Path
) -> None:
    stored = replaced(http, terms)
    assert stored["rules"]["words"]["banned"] == list(terms)
    works.worker(GATEPOST_CLASSIFIER="embedded-fast")
    bodies = {"A fine morning by the river.": "approved", "Burn the mill!": "rejected", "Those w1ndmills": "rejected"}
    receipts = {body: works.submit(body).json() for body in bodies}
    for body, status in bodies.items():
        wait_until(partial(judged, works, receipts[body]), f"{body} to be judged")
        assert works.status(receipts[body]) == status
    works.shell.ask("backup", str(tmp_path / "saved"))
    with works.redis.client() as client:
        before = {key: value for key, value in contents(client).items() if b"policy:" in key}
        for worker in works.workers:
            worker.kill()
        client.flushall()
        works.shell.ask("restore", str(tmp_path / "saved"))
        assert {key: value for key, value in contents(client).items() if b"policy:" in key} == before
    assert len(before) == 1


def test_sending_it_again_and_again_keeps_no_memory(works: Works, http: httpx.Client, terms: tuple[str, ...]) -> None:
    for _ in range(2):
        replaced(http, terms)
    before = resident(works.api.pid)
    for number in range(8):
        replaced(http, (*terms[:-1], f"mill x{number}"))
    assert resident(works.api.pid) - before < 48 * MEBIBYTE


def test_more_than_a_policy_may_hold_is_refused(works: Works, http: httpx.Client) -> None:
    answer = http.put(PATH, content=b" " * (POLICY_BYTES + 1))
    assert answer.status_code == 413, answer.text
    policy = http.get(PATH).json()
    policy["rules"]["words"] = {"banned": [f"w{number:x}" for number in range(TERMS + 1)]}
    answer = http.put(PATH, json=policy)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-policy")
    assert [error["path"] for error in answer.json()["errors"]] == ["$.rules.words"]
    policy["rules"]["words"] = {"banned": ["", "f*ck"] * 10_000}
    answer = http.put(PATH, json=policy)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 100)
    # Every other route takes what it took before.
    comment = {"thread": "/mill", "author": {"name": "Anna"}, "body": "x" * 200_000}
    assert http.post("/v1/sites/mill/comments", json=comment).status_code == 413


def test_who_may_not_is_refused_before_the_body_is_sent(works: Works) -> None:
    lines = (f"content-length: {POLICY_BYTES}", "content-type: application/json")
    for credential in ((), ("authorization: Bearer gps_wrong",)):
        with connected(works.api.url) as sock:
            sock.sendall(head("PUT", PATH, *lines, *credential) + b"\r\n")
            began = time.monotonic()
            answer = said(sock, until=b"\r\n\r\n")
        assert answer[9:12] == b"401", answer[:200]
        assert time.monotonic() - began < 5
