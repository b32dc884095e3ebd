"""`python -m service.api`: one API process under uvicorn."""

import asyncio
import contextlib
import logging
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import uvicorn
import uvloop

from service.api.app import create_edge
from service.api.connection import Connection
from service.api.streaming import Streams
from service.domain.errors import GatepostError
from service.settings import Settings, read_settings
from service.telemetry import start_logging
from service.wiring import open_house

_log = logging.getLogger(__name__)

# What is being answered gets this long; streams are ended first.
GRACE_SECONDS = 5
BACKLOG = 2_048


class _Server(uvicorn.Server):
    """uvicorn, which would wait for idle event streams until the grace is over."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal without passing it on afterwards: a clean end is exit code 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one, which the log names."""
    streams = Streams()
    async with open_house(settings) as house:
        config = uvicorn.Config(
            create_edge(house, settings, streams),
            host=host,
            port=port,
            backlog=BACKLOG,
            http=Connection,
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            date_header=False,
            # Forwarded addresses are believed by our own rules, from configured proxies only.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            log_config=None,
        )
        await _Server(config, streams).serve()


def raise_descriptors() -> int:
    """Take as many descriptors as this process may have: each live stream is one. Returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        # macOS says "without limit" and then refuses it.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
def main(host: str, port: int, data: Path | None) -> None:
    """Serve the HTTP API, until SIGTERM."""
    try:
        settings = read_settings(data=data)
        start_logging(settings.log)
        raise_descriptors()
        uvloop.run(serve(settings, host, port))
    except GatepostError as error:
        click.echo(f"gatepost api: {error.detail}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main(prog_name="python -m service.api")
