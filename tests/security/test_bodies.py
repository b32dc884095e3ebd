"""Bodies made to harm: compressed, nested, endless, mistyped. A clear refusal within a second, and no memory kept."""

import gzip
import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from service.api.app import BODY_BYTES
from tests.builders import THREAD
from tests.integration.wire import COMMENTS
from tests.security.conftest import Fort
from tests.security.sockets import connected, head, said
from tests.security.test_description import MEBIBYTE, resident

SECONDS = 1.0
ANSWER_BYTES = 5_000
ROUTES = {
    "submit": ("POST", COMMENTS),
    "decide": ("POST", "/v1/review/decisions"),
    "claim": ("POST", "/v1/review/claims"),
    "bulk": ("POST", "/v1/review/bulk"),
    "policy": ("PUT", "/v1/sites/mill/policy"),
    "thread": ("PATCH", f"/v1/sites/mill/threads?thread={THREAD}"),
}
BOMB = b'{"body": "' + b"a" * 50 * MEBIBYTE + b'"}'


def deep(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + b"1" + closing * depth


HARM: dict[str, tuple[bytes, dict[str, str]]] = {
    "gzip bomb": (gzip.compress(BOMB), {"content-encoding": "gzip"}),
    "deflate bomb": (zlib.compress(BOMB), {"content-encoding": "deflate"}),
    "gzip twice": (gzip.compress(gzip.compress(BOMB)), {"content-encoding": "gzip, gzip"}),
    "unknown coding": (b"{}", {"content-encoding": "br"}),
    "arrays": (deep(b"[", b"]", 70_000), {}),
    "objects": (deep(b'{"a":', b"}", 20_000), {}),
    "nested where a field is": (b'{"decisions": ' + deep(b"[", b"]", 50_000) + b', "thread": []}', {}),
    "huge integer": (b'{"version": ' + b"9" * 100_000 + b"}", {}),
    "huge exponent": (b'{"version": 1e' + b"9" * 1_000 + b"}", {}),
    "tiny exponent": (b'{"version": 1e-' + b"9" * 1_000 + b"}", {}),
    "NaN": (b'{"version": NaN}', {}),
    "infinity": (b'{"version": -Infinity}', {}),
    "many digits": (b'{"version": 0.' + b"3" * 100_000 + b"}", {}),
    "many members": (b"{" + b",".join(b'"%d":0' % n for n in range(15_000)) + b"}", {}),
    "same member": (b"{" + b",".join([b'"body":"x"'] * 14_000) + b"}", {}),
    "many elements": (b'{"decisions": [' + b",".join([b"{}"] * 50_000) + b"]}", {}),
    "not UTF-8": (b'{"body": "\xff\xfe\xc3\x28"}', {}),
    "overlong": (b'{"body": "\xc0\x80"}', {}),
    "surrogate": (b'{"body": "\\udfff\\ud800"}', {}),
    "UTF-16": ('{"body": "x"}'.encode("utf-16"), {}),
    "byte order mark": (b'\xef\xbb\xbf{"body": "x"}', {}),
    "NUL": (b'{"body": "\x00"}', {}),
    "unfinished escape": (b'{"body": "\\u12', {}),
    "one quote": (b'"', {}),
    "too large": (b" " * (BODY_BYTES + 1), {}),
    "form": (b"body=x", {"content-type": "application/x-www-form-urlencoded"}),
    "multipart": (b"--x\r\n\r\n\r\n--x--", {"content-type": "multipart/form-data; boundary=x"}),
    "pickle": (b"\x80\x04N.", {"content-type": "application/octet-stream"}),
    "yaml": (b"!!python/object:os.system ls", {"content-type": "application/yaml"}),
    "msgpack": (b"\x81\xa4body\xdb\xff\xff\xff\xff", {"content-type": "application/vnd.msgpack"}),
    "msgpack of nothing": (b"\xdd\xff\xff\xff\xff", {"content-type": "application/x-msgpack"}),
}


def test_no_body_harms_the_process_or_is_stored(fort: Fort) -> None:
    header = {"authorization": f"Bearer {fort.tokens['moderator-mill']}", "content-type": "application/json"}
    with fort.redis.client() as client, httpx.Client(base_url=fort.api.url, timeout=10) as http:
        policy = http.get("/v1/sites/mill/policy", headers=header).content
        before = client.dbsize()
        memory = 0
        for turn in range(2):
            for name, (content, more) in HARM.items():
                for route, (method, path) in ROUTES.items():
                    sent = {**header, **more}
                    if route == "submit":
                        del sent["authorization"]
                    began = time.monotonic()
                    answer = http.request(method, path, content=content, headers=sent)
                    assert time.monotonic() - began < SECONDS, (name, route)
                    assert answer.status_code in (400, 413, 415, 422), (name, route, answer.text[:200])
                    assert answer.headers["content-type"] == "application/problem+json"
                    assert len(answer.content) < ANSWER_BYTES, (name, route)
            memory = memory or resident(fort.api.pid)
            assert turn == 0 or resident(fort.api.pid) - memory < 16 * MEBIBYTE
        assert http.get("/v1/sites/mill/policy", headers=header).content == policy
        assert client.dbsize() == before
    assert " failed: " not in fort.api.output()


def chunked(pieces: int, size: int) -> bytes:
    return b"".join([b"%x\r\n%s\r\n" % (size, b"x" * size)] * pieces)


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        (("content-length: 99999999999",), b"x" * 1_000_000),
        (("content-length: 18446744073709551616",), b"x"),
        (("transfer-encoding: chunked",), chunked(2_000, 1_000)),
        (("transfer-encoding: chunked",), chunked(200_000, 1)),
        (("transfer-encoding: chunked",), b"fffffffffffffff\r\n" + b"x" * 400_000),
        (("transfer-encoding: chunked",), b"1;" + b"ext=" * 100_000),
        (("transfer-encoding: chunked",), b"zz\r\n"),
        (("transfer-encoding: chunked",), b"0\r\n" + b"trailer: x\r\n" * 150_000),
    ],
    ids=["endless", "beyond 64 bits", "chunks", "tiny chunks", "huge chunk", "extension", "no number", "trailers"],
)
def test_a_body_without_end_is_cut_off(fort: Fort, lines: tuple[str, ...], sent: bytes) -> None:
    api_process = fort.api
    before = resident(api_process.pid)
    with connected(api_process.url) as sock:
        with suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(head("POST", COMMENTS, "content-type: application/json", *lines) + b"\r\n" + sent)
        answer = said(sock, until=b"\r\n\r\n")
    assert answer[:12] in (b"HTTP/1.1 413", b"HTTP/1.1 400", b""), answer[:200]
    assert httpx.get(f"{api_process.url}/health/live").status_code == 200
    assert resident(api_process.pid) - before < 16 * MEBIBYTE
    assert "Traceback" not in api_process.output()


@pytest.mark.parametrize(
    "made",
    [
        lambda: {"thread": THREAD, "author": {"name": "A"}, "body": "z\u0335" * 5_000},
        lambda: {"thread": THREAD, "author": {"name": "A"}, "body": "\U0001f468\u200d" * 5_000},
        lambda: {"thread": THREAD, "author": {"name": "A"}, "body": "\u202e" * 9_999 + "x"},
        lambda: {"thread": THREAD, "author": {"name": "A", "email": "a@" * 120 + "a.b"}, "body": "x"},
        lambda: {"thread": THREAD, "author": {"name": "A", "email": "." * 254}, "body": "x"},
        lambda: {"thread": THREAD, "author": {"name": "A", "website": "http://" + "[" * 1_900}, "body": "x"},
        lambda: {"thread": THREAD, "author": {"name": "A", "website": "http://a" + ":" * 1_900}, "body": "x"},
        lambda: {"thread": THREAD, "author": {"name": "A"}, "body": "http://a." * 1_100},
        lambda: {"thread": THREAD, "author": {"name": "A"}, "body": " " * 9_999 + "x"},
    ],
)
def test_no_text_takes_long_to_check(fort: Fort, made: Callable[[], dict[str, Any]]) -> None:
    began = time.monotonic()
    answer = httpx.post(f"{fort.api.url}{COMMENTS}", content=json.dumps(made()).encode(), timeout=10)
    assert time.monotonic() - began < SECONDS
    assert answer.status_code in (202, 422)
