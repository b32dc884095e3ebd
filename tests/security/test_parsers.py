"""Everything that reads what strangers write, against anything at all: a clear refusal, and never another error."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Request

from service.api import access, cursors
from service.api.addresses import address_of, client_address
from service.api.if_match import if_match as _if_match
from service.api.replies import is_known
from service.api.signed import signed_author
from service.api.wire import DecisionRequests, EditComment, SubmitComment
from service.api.wire_blocks import PlaceBlock
from service.api.wire_forms import FormSignals
from service.api.wire_threads import PatchThread
from service.domain.comment import FilledForm, Submission
from service.domain.errors import GatepostError, Precondition, Refused, Unauthorised
from service.domain.ids import is_id, mint
from service.domain.policy import Policy
from service.domain.policy_check import check_policy
from service.domain.signals import signals_of
from service.domain.site import origin_of
from service.domain.skeletons import name_skeleton, text_skeleton
from service.domain.submission import thread_key_faults
from service.domain.tokens import AuthorTokens
from service.settings import BadSetting, read_settings
from service.storage.connect import BadUrl, connect
from tests.builders import site_of
from tests.fakes.clock import Clock
from tests.integration.wire import COMMENTS
from tests.security.conftest import Fort
from tests.security.sockets import connected, said
from tests.security.test_description import MEBIBYTE, resident

# The same cases every time, each within a second.
fuzz = settings(derandomize=True, max_examples=200, deadline=1000, database=None)
over_http = settings(fuzz, max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = datetime.now(UTC)
ID = mint(NOW)
TOKENS = AuthorTokens(("a" * 32, "b" * 32))
TOKEN = TOKENS.sign("mill", ID, TOKENS.current)
# What may stand in a header: anything but the end of its line.
header_bytes = st.binary(max_size=200).map(lambda raw: raw.translate(None, b"\r\n\x00"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


SITE = site_of(Clock())
SIGNING_KEY = TOKENS.signing_keys("mill", 1)[0]


def signed_by_us(head: Any, payload: bytes) -> str:
    """Sign anything at all by the site's own key."""
    parts = [base64.urlsafe_b64encode(raw).decode().rstrip("=") for raw in (json.dumps(head).encode(), payload)]
    mac = hmac.digest(SIGNING_KEY.encode(), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, base64.urlsafe_b64encode(mac).decode().rstrip("=")])


@fuzz
@given(
    st.text(max_size=200)
    | st.text("eyJhbGciOiJIUzI1NiJ9._-=", max_size=200)
    | st.builds(
        signed_by_us,
        st.just({"alg": "HS256"}) | json_values | st.fixed_dictionaries({"alg": json_values, "crit": json_values}),
        st.binary(max_size=60)
        | json_values.map(lambda value: json.dumps(value).encode())
        | st.fixed_dictionaries(
            {"sub": json_values, "exp": json_values | st.just(NOW.timestamp() + 60)},
            optional={"name": json_values, "role": json_values, "aud": json_values, "nbf": json_values},
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_signed_author(token: str) -> None:
    try:
        found = signed_author(token, SITE, TOKENS, NOW)
    except Refused:
        return
    assert isinstance(found.sub, str)
    assert isinstance(found.name, str)


@fuzz
@given(json_values | st.fixed_dictionaries({"trap": st.text(max_size=30), "seconds": st.floats() | st.none()}))
def test_any_form_and_text(value: Any) -> None:
    try:
        form = msgspec.json.decode(msgspec.json.encode(value), type=FormSignals)
    except msgspec.MsgspecError:
        return
    filled = FilledForm(trap=form.trap, seconds=form.seconds)
    sent = Submission(thread="/mill", body=form.trap, author_name=form.trap, form=filled)
    found = signals_of(sent)
    assert found is None or found.seconds is None or found.seconds >= 0
    assert text_skeleton(form.trap) == text_skeleton(f" {form.trap}!7 ")
    assert name_skeleton(form.trap) == name_skeleton(f"{form.trap}\u200b")


@fuzz
@given(st.lists(st.tuples(st.just(b"authorization"), header_bytes | st.just(f"Bearer {TOKEN}".encode())), max_size=2))
def test_any_authorization_header(headers: list[tuple[bytes, bytes]]) -> None:
    scope = cast("Any", {"type": "http", "headers": headers, "path": "/", "query_string": b"", "state": {}})
    try:
        token = access.bearer(Request(scope))
    except Unauthorised:
        return
    assert token is None or 0 < len(token) <= 512


@fuzz
@given(st.integers(0, len(TOKEN) - 1), st.characters(), st.integers(0, 3))
def test_no_token_with_another_character_is_good(place: int, character: str, kind: int) -> None:
    forged = (
        TOKEN[:place] + character + TOKEN[place + 1 :],
        TOKEN[:place] + character + TOKEN[place:],
        TOKEN[:place],
        TOKEN + character,
    )[kind]
    assert forged == TOKEN or not TOKENS.verify(forged, "mill", ID, NOW)


def test_every_secret_is_compared_whatever_the_first_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it takes tells nothing: each comparison is of constant time, and none is left out."""
    seen: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        seen.append((one, other))
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert TOKENS.verify(TOKEN, "mill", ID, NOW)
    assert not TOKENS.verify(TOKEN[:-1], "mill", ID, NOW)
    assert len(seen) == 4


@fuzz
@given(st.text(max_size=120) | json_values.map(lambda v: base64.urlsafe_b64encode(json.dumps(v).encode()).decode()))
def test_any_cursor(text: str) -> None:
    for kind, sort in ((cursors.ListCursor, "oldest"), (cursors.ReviewCursor, "riskiest")):
        try:
            found = cursors.read(text, cast("Any", kind), sort)
        except Refused:
            continue
        assert is_id(found.id)


@fuzz
@given(st.text(max_size=80))
def test_any_entity_tag(text: str) -> None:
    assert is_known(text, '"7"') is any(part.strip() in ('"7"', 'W/"7"') for part in text.split(","))
    try:
        version = _if_match(text)
    except Precondition:
        return
    assert version is not None
    assert 0 <= version < 10**15


@fuzz
@given(header_bytes | st.text("0123456789abcdef:.[]%, ", max_size=60).map(str.encode), st.text(max_size=40))
def test_any_forwarded_address(raw: bytes, peer: str) -> None:
    trusted = read_settings({"GATEPOST_TRUSTED_PROXIES": "10.0.0.0/8 fd00::/8 127.0.0.1"}).trusted_proxies
    for found in (
        client_address(peer, raw.decode("latin-1"), trusted),
        address_of({"headers": [(b"x-forwarded-for", raw)], "client": ("10.0.0.1", 1)}, trusted),
    ):
        # What is no address is one sender, and no household is longer than this.
        assert found == "unknown" or len(found) <= 39
    assert client_address("203.0.113.7", raw.decode("latin-1"), trusted) == "203.0.113.7"


@fuzz
@given(st.text(max_size=60) | st.text("[]:/@%?#a1. ", max_size=60).map("https://".__add__))
def test_any_origin_and_thread(text: str) -> None:
    found = origin_of(text)
    assert found is None or found.startswith(("http://", "https://"))
    assert all(fault.path == "thread" for fault in thread_key_faults("thread", text))


@fuzz
@given(
    json_values
    | st.fixed_dictionaries(
        {"version": json_values, "classifier": st.text(max_size=8), "mode": st.just("pre"), "thresholds": json_values}
    )
)
def test_any_policy(value: Any) -> None:
    try:
        policy = msgspec.json.decode(msgspec.json.encode(value), type=Policy)
        check_policy(policy, ("en",))
    except (msgspec.MsgspecError, GatepostError):
        return
    assert policy.thresholds


@fuzz
@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_body(raw: bytes) -> None:
    for form in (SubmitComment, EditComment, PatchThread, DecisionRequests, Policy, PlaceBlock):
        try:
            msgspec.json.decode(raw, type=form)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # Each of these has its answer in service/api/problems.py.
            continue


urls = st.text("abz019:/@,?#[]%.=&+-_ ", max_size=60)


@fuzz
@given(
    st.text(max_size=60)
    | urls.map("redis://".__add__)
    | urls.map("rediss://".__add__)
    | urls.map("unix://".__add__)
    | urls.map("redis+sentinel://".__add__)
    | urls.map("redis+cluster://".__add__)
)
def test_any_redis_url(url: str) -> None:
    refusal = ""
    try:
        connect(url)
    except BadUrl as error:
        refusal = error.detail
    # Nothing of the URL, which may hold a password.
    assert len(url) < 12 or url not in refusal


@fuzz
@given(
    st.dictionaries(
        st.sampled_from(
            (
                *("GATEPOST_BACKLOG", "GATEPOST_SITE_BACKLOG", "GATEPOST_CLAIM_SECONDS", "GATEPOST_SECRET"),
                *("GATEPOST_TRUSTED_PROXIES", "GATEPOST_LOG", "GATEPOST_LANES", "GATEPOST_PUBLIC_URL"),
            )
        ),
        st.text(max_size=40) | st.integers().map(str) | st.text("0123456789./: ,", max_size=20),
    )
)
def test_any_environment(environ: dict[str, str]) -> None:
    try:
        found = read_settings(environ)
    except BadSetting as error:
        refusal = error.detail
        secret = environ.get("GATEPOST_SECRET", "")
    else:
        refusal = secret = ""
        assert found.claim_seconds >= 1
    assert len(secret) < 12 or secret not in refusal
    if refusal:
        return
    assert found.backlog >= 1
    assert all(len(secret.encode()) >= 32 for secret in found.secrets)


NAMES = (
    *("accept", "accept-encoding", "accept-language", "authorization", "content-type", "content-encoding", "cookie"),
    *("etag", "if-none-match", "if-match", "if-modified-since", "last-event-id", "origin", "range", "referer", "host"),
    *("access-control-request-method", "access-control-request-headers", "idempotency-key", "expect", "upgrade"),
    *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via", "connection", "te", "x-a"),
)
PATHS = (
    ("GET", f"{COMMENTS}?thread=/mill"),
    ("POST", COMMENTS),
    ("GET", f"{COMMENTS}/{ID}"),
    ("OPTIONS", COMMENTS),
    ("GET", "/v1/review/comments?site=mill"),
    ("PUT", "/v1/sites/mill/policy"),
    ("GET", "/docs"),
    ("GET", "/web/api.js"),
    ("GET", "/health/live"),
)


def told(fort: Fort, request: bytes) -> int:
    """Send a request as it is; returns the status, or 0 for a connection that was closed without one."""
    began = time.monotonic()
    with connected(fort.api.url) as sock:
        sock.sendall(request)
        answer = said(sock, until=b"\r\n\r\n")
    assert time.monotonic() - began < 1, request
    return int(answer[9:12]) if answer else 0


@over_http
@given(st.sampled_from(PATHS), st.lists(st.tuples(st.sampled_from(NAMES), header_bytes), min_size=1, max_size=4))
def test_any_headers_over_http(fort: Fort, where: tuple[str, str], headers: list[tuple[str, bytes]]) -> None:
    method, path = where
    lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in headers)
    status = told(fort, f"{method} {path} HTTP/1.1\r\nhost: x\r\n".encode() + lines + b"connection: close\r\n\r\n")
    assert status in range(100, 500)


@over_http
@given(st.binary(max_size=120) | st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace")))
def test_any_path_over_http(fort: Fort, raw: bytes) -> None:
    path = raw.translate(None, b"\r\n\x00 ")
    for prefix in (b"/", b"/v1/sites/", b"/v1/sites/mill/comments/", b"/web/", b"/v1/sites/mill/comments?thread="):
        status = told(fort, b"GET " + prefix + path + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert status in range(200, 500)


@over_http
@given(st.binary(max_size=200))
def test_any_bytes_over_http(fort: Fort, raw: bytes) -> None:
    status = told(fort, raw + b"\r\n\r\n" + b"\x00\r\n\r\n")
    assert status in range(500)


@over_http
@given(
    st.sampled_from([("POST", COMMENTS), ("PUT", "/v1/sites/mill/policy"), ("POST", "/v1/review/decisions")]),
    st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["application/json", "text/plain", "application/x-msgpack", "application/yaml", ""]),
)
def test_any_body_over_http(fort: Fort, where: tuple[str, str], raw: bytes, media_type: str) -> None:
    (method, path), length = where, len(raw)
    token = "" if path == COMMENTS else f"authorization: Bearer {fort.tokens['moderator-mill']}\r\n"
    lines = f"host: x\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n{token}connection: close\r\n\r\n"
    status = told(fort, f"{method} {path} HTTP/1.1\r\n{lines}".encode() + raw)
    assert status in range(200, 500)


def test_all_that_left_no_trace(fort: Fort) -> None:
    """Runs last in this file, on the process that took all of the above."""
    before = resident(fort.api.pid)
    for number in range(300):
        told(fort, f"GET {COMMENTS}?thread=%ff{number} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert resident(fort.api.pid) - before < 8 * MEBIBYTE
    assert " failed: " not in fort.api.output()
    assert "Traceback" not in fort.api.output()
