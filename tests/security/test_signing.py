"""Signing in: what the cookie is, who may use it from where, and when it is worthless."""

import time
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from service.domain.tokens import BAD_CREDENTIALS
from service.workflow import sites
from service.workflow.house import House
from tests.integration.conftest import ServedApi, Town
from tests.integration.wire import problem_of
from tests.redis_server import RedisServer
from tests.security.conftest import Fort
from tests.security.test_tokens import at_home

SESSION, ME = "/v1/review/session", "/v1/review/me"
LIST = "/v1/review/comments?site=mill"
HOUSE_RULES_OF_A_COOKIE = {"path": "/v1", "max-age": "43200", "httponly": True, "samesite": "Strict"}


def signed(http: httpx.Client, token: str) -> dict[str, Any]:
    """Sign in; the client keeps the cookie."""
    answer = http.post(SESSION, json={"token": token})
    assert answer.status_code == 200, answer.text
    me: dict[str, Any] = answer.json()
    return me


def cookie_said(answer: httpx.Response) -> dict[str, Any]:
    cookie = SimpleCookie(answer.headers["set-cookie"])["gatepost_session"]
    return {"value": cookie.value} | {name: said for name, said in cookie.items() if said}


async def test_a_sign_in_gives_a_cookie_that_no_script_reads_and_a_page_s_word(town: Town) -> None:
    with town.http() as http:
        answer = http.post(SESSION, json={"token": town.tokens["moderator-both"]})
        said = cookie_said(answer)
        assert {name: said[name] for name in HOUSE_RULES_OF_A_COOKIE} == HOUSE_RULES_OF_A_COOKIE
        # Without TLS a cookie that is `Secure` would never come back.
        assert "secure" not in said
        assert len(said["value"]) == 43
        me = answer.json()
        assert said["value"] not in answer.text
        assert (me["sites"], me["rank"], me["sections"]) == (["mill", "weir"], "moderator", [])
        assert http.get(ME).json() == me
        assert http.get(LIST).status_code == 200
        # A second sign-in takes the first one's place.
        first = {"cookie": f"gatepost_session={said['value']}"}
        signed(http, town.tokens["moderator-both"])
        http.cookies.clear()
        problem_of(http.get(ME, headers=first), 401, "unauthorised")
    with town.http("moderator-mill") as http:
        by_token = http.get(ME).json()
        assert (by_token["csrf"], by_token["expires_at"], by_token["sites"]) == ("", None, ["mill"])


async def test_signing_out_makes_the_cookie_worthless(town: Town) -> None:
    with town.http() as http:
        csrf = signed(http, town.tokens["moderator-mill"])["csrf"]
        kept = {"cookie": f"gatepost_session={http.cookies['gatepost_session']}"}
        problem_of(http.delete(SESSION), 403, "csrf-required")
        assert http.get(ME).status_code == 200
        answer = http.delete(SESSION, headers={"x-gatepost-csrf": csrf})
        assert answer.status_code == 204
        assert cookie_said(answer)["max-age"] == "0"
        assert "gatepost_session" not in http.cookies
        problem_of(http.get(ME, headers=kept), 401, "unauthorised")
        problem_of(http.delete(SESSION, headers={**kept, "x-gatepost-csrf": csrf}), 401, "unauthorised")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, ("read", "write")),
        ({"sec-fetch-site": "same-origin", "origin": "OURS"}, ("read", "write")),
        ({"sec-fetch-site": "none"}, ("read",)),
        ({"sec-fetch-site": "same-site"}, ()),
        ({"sec-fetch-site": "cross-site"}, ()),
        ({"origin": "https://mill.example"}, ()),
        ({"origin": "null"}, ()),
        ({"sec-fetch-site": "same-origin", "origin": "https://mill.example"}, ()),
    ],
)
async def test_another_site_s_page_does_nothing_with_the_cookie(
    town: Town, headers: dict[str, str], allowed: tuple[str, ...]
) -> None:
    told = {name: town.url if value == "OURS" else value for name, value in headers.items()}
    with town.http() as http:
        csrf = {"x-gatepost-csrf": signed(http, town.tokens["moderator-mill"])["csrf"]}
        other = signed(http, town.tokens["moderator-mill"])["csrf"]
        for path in (LIST, ME, "/v1/sites/mill/policy"):
            assert http.get(path, headers=told).status_code == (200 if "read" in allowed else 403)
        body = {"closed": False}
        where = "/v1/sites/mill/threads?thread=/mill"
        # The word of the cookie that was before is not this cookie's.
        problem_of(http.patch(where, json=body, headers={**told, **csrf}), 403, "csrf-required")
        problem_of(http.patch(where, json=body, headers=told), 403, "csrf-required")
        answer = http.patch(where, json=body, headers={**told, "x-gatepost-csrf": other})
        assert answer.status_code == (200 if "write" in allowed else 403), answer.text
        # Nor is anybody signed in by somebody else's page.
        again = http.post(SESSION, json={"token": town.tokens["moderator-mill"]}, headers=told)
        assert again.status_code == (200 if "write" in allowed else 403)


async def test_only_a_moderator_s_token_signs_in(town: Town) -> None:
    with town.http() as http:
        problem_of(http.post(SESSION, json={"token": town.tokens["key-mill"]}), 403, "forbidden")
        for wrong in ("", "gpm_x", "x" * 10_000):
            answer = http.post(SESSION, json={"token": wrong})
            problem_of(answer, 401, "unauthorised")
            assert "set-cookie" not in answer.headers
        problem_of(http.post(SESSION, json={"token": 1}), 400, "invalid-request")


def test_wrong_tokens_are_slowed_at_the_sign_in_as_elsewhere(fort: Fort) -> None:
    with httpx.Client(base_url=fort.api.url) as http:
        answers = [http.post(SESSION, json={"token": f"gpm_{i}"}) for i in range(BAD_CREDENTIALS + 1)]
        assert {answer.status_code for answer in answers[:BAD_CREDENTIALS]} == {401}
        assert int(problem_of(answers[-1], 429, "rate-limited")["retry_after"]) > 0
        signed(http, fort.tokens["moderator-mill"])


def test_a_sign_in_ends_with_its_token_within_five_seconds(fort: Fort) -> None:
    async def make(house: House) -> tuple[str, str]:
        moderator, token = await sites.add_principal(house, role="moderator", sites=("mill",))
        return moderator.id, token

    moderator, token = at_home(fort.redis, make)
    with httpx.Client(base_url=fort.api.url) as http:
        signed(http, token)
        assert http.get(LIST).status_code == 200

        async def end(house: House) -> None:
            await sites.revoke(house, moderator)

        at_home(fort.redis, end)
        began = time.monotonic()
        while http.get(LIST).status_code != 401:
            assert time.monotonic() - began < 5
        assert http.get(ME).status_code == 401


async def test_behind_tls_the_cookie_goes_over_tls_alone(one_redis: RedisServer, town: Town) -> None:
    behind = ServedApi(one_redis.url, stream_limit=1, proxies="127.0.0.1")
    behind.start()
    try:
        for proto, secure in (("https", True), ("http", False)):
            sent = {"token": town.tokens["moderator-mill"]}
            with httpx.Client(base_url=behind.url, headers={"x-forwarded-proto": proto}) as http:
                answer = http.post(SESSION, json=sent)
            assert cookie_said(answer).get("secure", False) is secure
    finally:
        behind.stop()
