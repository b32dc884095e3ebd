"""Whom a site signs, and every token that it did not."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from msgspec.structs import replace

from service.api.signed import TOKEN_CHARACTERS, signed_author
from service.domain.comment import Signed
from service.domain.errors import Refused
from service.domain.site import Site
from service.domain.tokens import AuthorTokens
from tests.builders import site_of
from tests.fakes.clock import Clock

SECRETS = ("a" * 32, "b" * 32)
TOKENS = AuthorTokens(SECRETS)
KEY = TOKENS.signing_keys("mill", 1)[0]
DAY = 24 * 3600


@pytest.fixture
def site(clock: Clock) -> Site:
    return site_of(clock)


@pytest.fixture
def now(clock: Clock) -> int:
    return int(clock().timestamp())


def token_of(now: int, key: str = KEY, /, **claims: Any) -> str:
    return jwt.encode({"sub": "u1", "exp": now + 600, **claims}, key, "HS256")


def refusal(token: str, site: Site, clock: Clock) -> str:
    with pytest.raises(Refused) as caught:
        signed_author(token, site, TOKENS, clock())
    assert caught.value.slug == "author-not-signed"
    # Nothing of what was sent is told, and so nothing of it can come into a log.
    assert not any(len(part) > 8 and part in caught.value.detail for part in token.split("."))
    return caught.value.detail


def test_whom_the_site_signs_is_believed(site: Site, clock: Clock, now: int) -> None:
    assert signed_author(token_of(now), site, TOKENS, clock()) == Signed(sub="u1")
    full = token_of(now, name="Anna Berg", role="staff", aud="mill", iat=now, nbf=now, extra={"x": [1]})
    assert signed_author(full, site, TOKENS, clock()) == Signed(sub="u1", name="Anna Berg", staff=True)
    assert signed_author(token_of(now, aud=["other", "mill"]), site, TOKENS, clock()).sub == "u1"
    for role in ("editor", ["staff"], None, 1, "Staff"):
        assert not signed_author(token_of(now, role=role, name=None), site, TOKENS, clock()).staff


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": -61}, "run out"),
        ({"exp": DAY + 62}, "more than 24 hours"),
        ({"nbf": 120}, "not good yet"),
        ({"iat": 120}, "not good yet"),
    ],
)
def test_a_token_of_another_time_is_refused(
    claims: dict[str, int], said: str, site: Site, clock: Clock, now: int
) -> None:
    assert said in refusal(token_of(now, **{name: now + value for name, value in claims.items()}), site, clock)


@pytest.mark.parametrize("claims", [{"exp": -58}, {"exp": DAY + 58}, {"nbf": 58}, {"iat": 58}])
def test_clocks_may_go_apart_by_a_minute(claims: dict[str, int], site: Site, clock: Clock, now: int) -> None:
    good = token_of(now, **{name: now + value for name, value in claims.items()})
    assert signed_author(good, site, TOKENS, clock()).sub == "u1"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": 7},
        {"sub": None},
        {"sub": ["u1"]},
        {"exp": "600"},
        {"exp": None},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"aud": "other"},
        {"aud": []},
        {"aud": "mil"},
        {"aud": 7},
        {"name": 7},
        {"name": {"x": 1}},
    ],
)
def test_claims_of_another_kind_or_site_are_refused(claims: dict[str, Any], site: Site, clock: Clock, now: int) -> None:
    refusal(token_of(now, **claims), site, clock)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(now: int, alg: object) -> str:
    return f"{part({'alg': alg, 'typ': 'JWT'})}.{part({'sub': 'u1', 'exp': now + 600})}."


def mac_called(now: int, **head: Any) -> str:
    """Sign by the right key under a head of one's own."""
    signing = f"{part({'alg': 'HS256', **head})}.{part({'sub': 'u1', 'exp': now + 600})}"
    return f"{signing}.{part(hmac.digest(KEY.encode(), signing.encode(), 'sha256'))}"


FORGED: dict[str, Callable[[int], str]] = {
    "nothing": lambda _: "",
    "one part": lambda _: "x",
    "dots": lambda _: "...",
    "none": lambda now: unsigned(now, "none"),
    "None": lambda now: unsigned(now, "None"),
    "empty algorithm": lambda now: unsigned(now, ""),
    "an algorithm that is a list": lambda now: unsigned(now, ["HS256"]),
    "no signature": lambda now: unsigned(now, "HS256"),
    "none, by pyjwt": lambda now: jwt.encode({"sub": "u1", "exp": now + 600}, "", "none"),
    "another key": lambda now: token_of(now, "x" * 43),
    "the key of another site": lambda now: token_of(now, TOKENS.signing_keys("other", 1)[0]),
    "a key to come": lambda now: token_of(now, TOKENS.signing_keys("mill", 2)[0]),
    "the secret itself": lambda now: token_of(now, SECRETS[0]),
    "HS384 with the right key": lambda now: jwt.encode({"sub": "u1", "exp": now + 600}, KEY + "x" * 9, "HS384"),
    "HS512 called HS256": lambda now: mac_called(now, alg="HS512"),
    "RS256": lambda now: jwt.encode({"sub": "u1", "exp": now + 600}, generate_private_key(65537, 2048), "RS256"),
    "a critical head": lambda now: mac_called(now, crit=["exp"], exp=1),
    "detached": lambda now: mac_called(now, b64=False, crit=["b64"]),
    "a head that is a list": lambda now: f"{part([1])}.{part({'sub': 'u1', 'exp': now + 600})}.x",
    "a deep head": lambda _: f"{part(b'[' * 2_000)}.e30.x",
    "another body": lambda now: ".".join(
        [token_of(now).split(".")[0], part({"sub": "u2", "exp": now + 600}), token_of(now).split(".")[2]]
    ),
    "four parts": lambda now: token_of(now) + ".x",
    "blanks": lambda now: f" {token_of(now)}",
    "no ASCII": lambda _: "é.é.é",
    "too long": lambda now: token_of(now, more="x" * TOKEN_CHARACTERS),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_token_is_refused(kind: str, site: Site, clock: Clock, now: int) -> None:
    refusal(FORGED[kind](now), site, clock)


def test_a_huge_token_costs_nothing(site: Site, clock: Clock) -> None:
    began = time.perf_counter()
    refusal("A" * 10_000_000, site, clock)
    assert time.perf_counter() - began < 0.5


def test_the_key_before_the_last_is_good_until_the_overlap_ends(site: Site, clock: Clock, now: int) -> None:
    old, new, newest = (token_of(now, TOKENS.signing_keys("mill", n)[0]) for n in (1, 2, 3))
    rotated = replace(site, signing=2, signing_until=clock() + timedelta(seconds=30))
    for token in (old, new):
        assert signed_author(token, rotated, TOKENS, clock()).sub == "u1"
    clock.advance(31)
    refusal(old, rotated, clock)
    assert signed_author(new, rotated, TOKENS, clock()).sub == "u1"
    twice = replace(rotated, signing=3, signing_until=clock() + timedelta(seconds=30))
    refusal(old, twice, clock)
    for token in (new, newest):
        assert signed_author(token, twice, TOKENS, clock()).sub == "u1"


def test_a_site_s_key_outlives_the_change_of_a_secret(site: Site, clock: Clock, now: int) -> None:
    renewed = AuthorTokens(("n" * 32, *SECRETS))
    assert signed_author(token_of(now), site, renewed, clock()).sub == "u1"
    assert signed_author(token_of(now, renewed.signing_keys("mill", 1)[0]), site, renewed, clock()).sub == "u1"
    with pytest.raises(Refused):
        signed_author(token_of(now), site, AuthorTokens(("n" * 32,)), clock())
    keys = {key for site_id in ("mill", "weir") for n in (1, 2) for key in renewed.signing_keys(site_id, n)}
    assert len(keys) == 12
    assert {len(key) for key in keys} == {43}
