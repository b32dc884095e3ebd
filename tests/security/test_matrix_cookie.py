"""The table again, for whoever is signed in by a cookie: a moderator's routes know them, all others see nobody."""

from typing import Any

import pytest

from service.api.signed_in import COOKIE, CSRF_HEADER
from service.domain.sessions import csrf_of, mint_cookie, session_of
from service.domain.site import Principal
from service.domain.tokens import credential_hash
from service.settings import read_settings
from service.wiring import open_house
from service.workflow.sessions import sign_in
from tests.integration.conftest import Town
from tests.integration.wire import problem_of
from tests.processes import environment
from tests.security.test_matrix import KINDS, QUERIES, TABLE, Scene, ask, body_of, scene

__all__ = ["scene"]

# Whose cookie, what the page says with it, and which row's column answers: for site mill, and for site weir.
COOKIES = {
    "cookie": ("moderator-mill", True, "moderator", "foreign-moderator"),
    "cookie of both": ("moderator-both", True, "moderator", "moderator"),
    "cookie without the header": ("moderator-mill", False, "moderator", "foreign-moderator"),
    "cookie of a token revoked since": ("revoked moderator", True, "none", "none"),
    "cookie of a token rotated since": ("rotated moderator", True, "none", "none"),
    "cookie that nobody gave": ("", True, "none", "none"),
    "cookie signed out": ("moderator-both", True, "none", "none"),
}


async def cookie_of(town: Town, tokens: dict[str, str], credential: str) -> str:
    whose = COOKIES[credential][0]
    if not whose:
        return mint_cookie()
    async with open_house(read_settings(environment(town.redis.url))) as house:
        nobody = Principal(id="moderator-x", role="moderator", sites=())
        cookie, session = await sign_in(house, nobody, tokens[whose])
        assert session.credential == credential_hash(tokens[whose])
    if credential == "cookie signed out":
        with town.redis.client() as client:
            assert client.delete(f"gp:{{dir}}:session:{session_of(cookie)}")
    return cookie


async def moderated(town: Town) -> set[tuple[str, str]]:
    """Read from the description which routes know a moderator."""
    with town.http() as http:
        paths = http.get("/openapi.json").json()["paths"]
    return {
        (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if {"session": []} in operation.get("security", [])
    }


@pytest.mark.parametrize("site", ["mill", "weir"])
@pytest.mark.parametrize("credential", COOKIES)
async def test_every_route_answers_every_cookie_as_the_table_says(scene: Scene, credential: str, site: str) -> None:
    town = scene.town
    _, proven, *kinds = COOKIES[credential]
    kind = kinds[site == "weir"]
    theirs = await moderated(town)
    comment = await scene.comment(site, credential)
    cookie = await cookie_of(town, scene.tokens, credential)
    with town.http() as http:
        for (method, path), row in TABLE.items():
            if path.endswith("/session"):
                continue
            knows = (method, path) in theirs
            want = row[KINDS.index(kind if knows else "none")]
            refused = knows and kind != "none" and method != "get" and not proven
            if comment.status != "approved":
                comment = await scene.comment(site, credential)
            header = {"cookie": f"{COOKIE}={cookie}"} | ({CSRF_HEADER: csrf_of(cookie)} if proven else {})
            policy = await town.backend.directory.policy(scene.site(site))
            where = path.format(site=site, comment_id=comment.id, version=1) + (
                QUERIES[path](site) if path in QUERIES else ""
            )
            if (method, path) == ("get", "/v1/sites/{site}/comments/{comment_id}"):
                # Without a token this shows what everybody sees.
                comment = await scene.comment(site, credential)
                where = path.format(site=site, comment_id=comment.id, version=1)
            where = where.replace("COMMENT", comment.id)
            body = body_of(method, path, comment, policy.version)
            answer = ask(http, method, where, body, header)
            if refused:
                problem_of(answer, 403, "csrf-required")
                want = 403
            assert answer.status_code == want, (method, path, answer.text)
            after: Any = await town.backend.comments.load(scene.site(site), comment.id)
            if want >= 400:
                assert after == comment, (method, path)
                assert await town.backend.directory.policy(scene.site(site)) == policy
            comment = after
