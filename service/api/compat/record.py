"""`python -m service.api.compat.record`: a proxy before another service, which learns how our scores compare.

It answers what the other service answers, unchanged, and only then asks our workers, so that nobody waits for them.
"""

import asyncio
import contextlib
import http.client
import logging
import os
import signal
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
import uvicorn

from service.api.compat.attributes import value_of
from service.api.compat.call import Gone, Receive, Scope, Send, TooLarge, Unreadable, body_of, headers_of, inflate
from service.api.compat.discovery import document
from service.api.compat.google_errors import AnalyzerError, refuse
from service.api.compat.html_text import strip
from service.api.compat.perspective import DISCOVERY
from service.api.compat.perspective_wire import read_analyze, text_of
from service.domain.errors import GatepostError
from service.language import tell
from service.settings import read_settings
from service.telemetry import start_logging
from service.wiring import open_house
from service.workflow.analyze import analyse
from service.workflow.fitting import Pair, scores_of
from service.workflow.house import House

_log = logging.getLogger(__name__)

THEIR_SECONDS = 30.0
_AT_ONCE = 64
_WAITING = 256
_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host"}
)
_OK = 200
_JSON = [(b"content-type", b"application/json; charset=UTF-8")]


class Recorder:
    """The proxy as an ASGI application; `missed` counts the answers that were not recorded."""

    def __init__(self, house: House, to: str, out: Path, public_url: str = "") -> None:
        """Take the house, the other service's address, the file, which nobody else may read, and our own address.

        Without an address of our own it is the one that a client asked.
        """
        parts = urlsplit(to)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            message = f"--to must be an address such as https://commentanalyzer.googleapis.com, not {to!r}."
            raise GatepostError(message)
        self._house = house
        self._public_url = public_url.rstrip("/")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._base = parts.path.rstrip("/")
        self._file = os.open(out, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(self._file, 0o600)
        self._threads = ThreadPoolExecutor(_AT_ONCE)
        self._tls = ssl.create_default_context() if self._secure else None
        self._tasks: set[asyncio.Task[None]] = set()
        self.recorded = self.missed = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, answer as they do, and record it behind the answer."""
        if scope["type"] != "http":
            return
        headers = headers_of(scope)
        if scope["path"] in DISCOVERY:
            # Theirs would lead clients past us.
            root = self._public_url or f"http://{headers.get('host', '')}"
            await _send(send, _OK, _JSON, msgspec.json.encode(document(root)))
            return
        try:
            body = await body_of(receive, "")
            status, said, answer = await self._ask(scope, headers, body)
        except Gone:
            return
        except TooLarge as error:
            await _send(send, 400, _JSON, msgspec.json.encode(refuse(error).body))
            return
        except (OSError, http.client.HTTPException, TimeoutError) as error:
            _log.warning("the other service cannot be asked: %s", type(error).__name__)
            message = "The recorded service cannot be reached."
            failed = {"error": {"code": 502, "message": message, "status": "UNAVAILABLE"}}
            await _send(send, 502, _JSON, msgspec.json.encode(failed))
            return
        await _send(send, status, said, answer)
        # Only what they have answered is scored: who has no key of theirs costs our workers nothing.
        if status == _OK and scope["path"].endswith("/comments:analyze"):
            self._behind(body, headers, said, answer)

    async def _ask(
        self, scope: Scope, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        raw = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        target = self._base + raw.decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
        passed = {name: value for name, value in headers.items() if name not in _HOP and name != "content-length"}
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._exchange, scope["method"], target, passed, body
        )

    def _exchange(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        if self._tls is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=THEIR_SECONDS, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=THEIR_SECONDS)
        try:
            connection.request(method, target, body=body or None, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            said = [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in answer.getheaders()
                if name.lower() not in _HOP and name.lower() != "content-length"
            ]
            return answer.status, said, content
        finally:
            connection.close()

    def _behind(self, body: bytes, headers: dict[str, str], said: list[tuple[bytes, bytes]], answer: bytes) -> None:
        if len(self._tasks) >= _WAITING:
            self.missed += 1
            return
        coding = dict(said).get(b"content-encoding", b"").decode("latin-1")
        task = asyncio.get_running_loop().create_task(
            self._record(body, headers.get("content-encoding", ""), coding, answer)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _record(self, body: bytes, coding: str, their_coding: str, answer: bytes) -> None:
        try:
            asked = read_analyze(inflate(body, coding))
            text = text_of(asked.comment)
            theirs = scores_of(msgspec.json.decode(inflate(answer, their_coding), type=dict[str, object]))
            is_html = asked.comment is not None and asked.comment.type == "HTML"
            read = strip(text).text if is_html else text
            (analysis,) = await analyse(self._house, [read])
        except (AnalyzerError, GatepostError, Unreadable, TooLarge, msgspec.DecodeError, UnicodeDecodeError) as error:
            self.missed += 1
            _log.warning("not recorded: %s; %d missed so far", type(error).__name__, self.missed)
            return
        covered = frozenset(analysis.languages)
        if tell(read, covered, next(iter(covered))) not in covered:
            # Our scores of a language that the classifier was not evaluated on would bend the curve.
            self.missed += 1
            return
        ours = {name: value_of(name, analysis.scores.labels, None) for name in theirs}
        pair = Pair(
            at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            text=self._house.hasher.hash("foreign text", text),
            classifier=analysis.scores.classifier,
            hash=analysis.scores.hash,
            theirs=theirs,
            ours={name: value for name, value in ours.items() if value is not None},
        )
        # One write a line, appended: lines of two processes do not mix.
        os.write(self._file, msgspec.json.encode(pair) + b"\n")
        self.recorded += 1

    async def close(self) -> None:
        """Finish what is being recorded."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown()
        os.close(self._file)
        _log.info("recorded %d, missed %d", self.recorded, self.missed)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


class _Server(uvicorn.Server):
    """uvicorn, which would pass a signal on when it has ended, before what is being recorded is written."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


async def serve(data: Path | None, to: str, out: Path, host: str, port: int, public_url: str) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one, which the log names."""
    settings = read_settings(data=data)
    start_logging(settings.log)
    async with open_house(settings) as house:
        recorder = Recorder(house, to, out, public_url)
        config = uvicorn.Config(
            recorder,
            host=host,
            port=port,
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            log_config=None,
        )
        try:
            await _Server(config).serve()
        finally:
            await recorder.close()


@click.command()
@click.option("--to", required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--host", default="127.0.0.1")
@click.option("--port", type=int, default=8001)
@click.option("--data", type=click.Path(path_type=Path), default=None)
@click.option("--public-url", default="")
def main(to: str, out: Path, host: str, port: int, data: Path | None, public_url: str) -> None:
    """Serve the recording proxy, until SIGTERM."""
    try:
        asyncio.run(serve(data, to, out, host, port, public_url))
    except GatepostError as error:
        raise click.ClickException(error.detail) from error


if __name__ == "__main__":
    main(prog_name="gatepost perspective record")
