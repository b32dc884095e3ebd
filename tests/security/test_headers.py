"""What every answer says of itself: each route of the application, its errors and its pages, on a real process."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from service.api.app import create_app
from service.settings import read_settings
from tests.builders import THREAD
from tests.integration.conftest import MILL, populate
from tests.integration.wire import COMMENTS, wire
from tests.processes import ApiProcess
from tests.redis_server import RedisServer, any_server
from tests.security.sockets import connected, head, said

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
CACHING = {"no-store", "private, no-store", "public, no-cache", "no-cache"}
PROXY = {"x-forwarded-for": "203.0.113.7"}


def routes() -> list[tuple[str, str]]:
    """List every method of every path that the application serves, pages and probes among them."""
    app = create_app(cast("Any", None), read_settings({}))
    parts = {"site": "mill", "comment_id": "01a20c46-23d2-7000-8016-70ad5b379ad1", "name": "api.js"}
    found = []
    for route in app.routes:
        path = route.path_format.format_map(defaultdict(lambda: "x", parts))
        found += [(method, path) for method in sorted(getattr(route, "methods", ()))]
    return sorted(set(found))


@pytest.fixture(scope="module")
def processes(short_path: Path) -> Iterator[dict[str, ApiProcess]]:
    """Run one API that is reached in the clear and one behind TLS, each with this machine as its proxy."""
    folder = short_path / "headers"
    folder.mkdir()
    redis = RedisServer(any_server(), folder)
    redis.start()

    async def towns() -> None:
        backend, _, _, _ = await populate(redis)
        await backend.close()

    asyncio.run(towns())
    started = {
        name: ApiProcess(redis.url, folder / f"{name}.log", GATEPOST_PUBLIC_URL=url, GATEPOST_TRUSTED_PROXIES=proxies)
        for name, url, proxies in (
            ("clear", "http://comments.example", "127.0.0.0/8"),
            ("tls", "https://comments.example", "127.0.0.0/8"),
            ("direct", "http://comments.example", ""),
        )
    }
    for process in started.values():
        process.start()
    yield started
    for process in started.values():
        process.kill()
    redis.kill()


def check(answer: httpx.Response) -> None:
    """Insist on everything that each answer must say, once, and on nothing that it must not."""
    where = (answer.request.method, str(answer.request.url), answer.status_code)
    for name, value in ALWAYS.items():
        assert answer.headers.get_list(name) == [value], (where, name)
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'; script-src 'self'; "), where
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    (caching,) = answer.headers.get_list("cache-control")
    assert caching in CACHING, (where, caching)
    assert answer.status_code < 500, where
    assert answer.status_code < 400 or caching == "no-store", where
    for banner in ("server", "x-powered-by", "via"):
        assert banner not in answer.headers, where
    assert "access-control-allow-credentials" not in answer.headers


def test_every_route_says_how_it_may_be_used(processes: dict[str, ApiProcess]) -> None:
    url = processes["clear"].url
    shapes: list[dict[str, Any]] = [
        {},
        {"headers": {"authorization": "Bearer gps_wrong"}},
        {"headers": {"origin": MILL}},
        {"headers": {"origin": "https://evil.example"}},
        {"params": {"thread": THREAD, "site": "mill"}},
        {"content": b"{", "headers": {"content-type": "application/json"}},
        {"content": b"x" * 200_000},
    ]
    with httpx.Client(base_url=url, timeout=10) as http:
        for method, path in routes():
            for shape in shapes:
                with http.stream(method, path, **shape) as answer:
                    check(answer)
                    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("TRACE", COMMENTS), ("PUT", "/demo"), ("GET", "/%ff"), ("GET", "/web/../app.py")],
)
def test_what_is_not_there_says_so_as_carefully(processes: dict[str, ApiProcess], method: str, path: str) -> None:
    with httpx.Client(base_url=processes["clear"].url) as http:
        check(http.request(method, path))


def test_a_preflight_is_no_exception(processes: dict[str, ApiProcess]) -> None:
    with httpx.Client(base_url=processes["clear"].url) as http:
        for origin in (MILL, "https://evil.example"):
            check(http.options(COMMENTS, headers={"origin": origin, "access-control-request-method": "POST"}))


@pytest.mark.parametrize("path", ["/demo", "/review", "/docs", COMMENTS, "/nowhere", "/web/api.js", "/health/live"])
def test_browsers_are_held_to_tls_where_they_use_it(processes: dict[str, ApiProcess], path: str) -> None:
    https, http_ = {"x-forwarded-proto": "https"}, {"x-forwarded-proto": "http"}
    for name, headers, want in (
        ("tls", {}, True),
        ("tls", https, True),
        # The proxy knows: this reader came in the clear, where browsers ignore it and others should not see it.
        ("tls", http_, False),
        ("clear", {}, False),
        ("clear", https, True),
        ("clear", {"x-forwarded-proto": "https, http"}, False),
        ("clear", {"x-forwarded-proto": "HTTPS"}, True),
        # Not from a trusted proxy: anybody may write it.
        ("direct", https, False),
    ):
        answer = httpx.get(f"{processes[name].url}{path}", params={"thread": THREAD}, headers=headers)
        found = answer.headers.get("strict-transport-security")
        assert found == ("max-age=31536000" if want else None), (name, headers)


def test_bytes_that_are_no_http_are_refused_without_a_banner(processes: dict[str, ApiProcess]) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"GARBAGE\r\n\r\n", b"\x00" * 100):
        with connected(processes["clear"].url) as sock:
            sock.sendall(sent)
            answer = said(sock)
            assert answer[:12] == b"HTTP/1.1 400"
            assert b"server:" not in answer.lower()
            assert b"uvicorn" not in answer.lower()


def test_two_lengths_are_refused(processes: dict[str, ApiProcess]) -> None:
    """What one side takes for a body the other must not take for a request: smuggling behind a proxy."""
    smuggled = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"
    for lines in (
        ("content-length: 0", f"content-length: {len(smuggled)}"),
        ("content-length: 5", "transfer-encoding: chunked"),
        ("transfer-encoding: xchunked",),
        (f"content-length: +{len(smuggled)}",),
        (f"content-length: -{len(smuggled)}",),
    ):
        with connected(processes["clear"].url) as sock:
            sock.sendall(head("POST", COMMENTS, *lines) + b"\r\n0\r\n\r\n" + smuggled)
            answer = said(sock)
            assert answer[:12] == b"HTTP/1.1 400", (lines, answer[:200])
            assert b"gatepost_requests" not in answer


def test_no_answer_repeats_what_was_sent_as_a_page(processes: dict[str, ApiProcess]) -> None:
    """Nothing that a client sends comes back as HTML, in an error or otherwise."""
    script = "<script>alert(1)</script>"
    with httpx.Client(base_url=processes["clear"].url) as http:
        for answer in (
            http.get(f"/{script}"),
            http.get(COMMENTS, params={"thread": script, "cursor": script}),
            http.get(f"/v1/sites/{script}/comments", params={"thread": "x"}),
            http.post(COMMENTS, json=wire(**{script: 1})),
            http.get("/v1/review/comments", params={"site": "mill", "status": script}),
        ):
            assert answer.status_code >= 400
            assert answer.headers["content-type"] == "application/problem+json"
