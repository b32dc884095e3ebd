"""Comments put straight into the storage, as the API would, and worked off by a worker."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.processes import Watched
from benchmarks.stack import LANE, SITE, Stack
from service.domain.comment import Author, Comment
from service.domain.ids import mint
from service.domain.orders import Idempotency, SubmitOrder
from service.domain.skeletons import text_skeleton
from service.domain.work import StreamName
from service.storage.keys import lane_keys
from service.wiring import open_house
from service.workflow.house import find_site

_TOGETHER = 256
_POLL_SECONDS = 0.02
_OVER_SECONDS = 300.0


def comment(thread: str, body: str, author: str) -> Comment:
    """Make a pending comment of an author known by a device."""
    now = datetime.now(UTC)
    key = hashlib.sha256(author.encode()).hexdigest()[:32]
    name = Author(key=key, strength="device", name="Robin Reader")
    # As the API does it, so that its repeats are counted.
    text_key = hashlib.sha256(text_skeleton(body).encode()).hexdigest()[:32]
    return Comment(id=mint(now), site=SITE, thread=thread, author=name, body=body, created_at=now, text_key=text_key)


def queue(stack: Stack, comments: Sequence[Comment], *, stream: StreamName = "live") -> None:
    """Submit comments past the API, each with an Idempotency-Key as the embed sends one."""
    asyncio.run(_queue(stack, comments, stream))


async def _queue(stack: Stack, comments: Sequence[Comment], stream: StreamName) -> None:
    async with open_house(stack.settings) as house:
        site = await find_site(house, SITE)
        for first in range(0, len(comments), _TOGETHER):
            orders = [
                SubmitOrder(
                    comment=one,
                    url="https://bench.example/articles/one",
                    title="An article",
                    title_verified=True,
                    idempotency=Idempotency(
                        key=secrets.token_hex(16), fingerprint=secrets.token_hex(16), secret_id=house.tokens.current
                    ),
                    limits=None,
                    stream=stream,
                )
                for one in comments[first : first + _TOGETHER]
            ]
            await asyncio.gather(*(house.comments.submit(site, order) for order in orders))


def waiting(stack: Stack) -> int:
    """Count the queue's entries that are not decided."""
    with stack.client() as client:
        return sum(int(client.xlen(key)) for key in lane_keys(LANE).streams)


def approved(stack: Stack) -> int:
    """Count the site's approved comments."""
    with stack.client() as client:
        return int(client.zcard(lane_keys(LANE).status(SITE, "approved")))


def await_first_batch(stack: Stack) -> None:
    """Wait until a worker has made the group and taken something; raises TimeoutError."""
    deadline = time.monotonic() + _OVER_SECONDS
    with stack.client() as client:
        while not any(group["pending"] for group in client.xinfo_groups(lane_keys(LANE).live)):
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(_POLL_SECONDS)


def await_empty(stack: Stack, worker: Watched) -> None:
    """Wait until everything is decided; raises RuntimeError when the worker ends first, or TimeoutError."""
    deadline = time.monotonic() + _OVER_SECONDS
    with stack.client() as client:
        while any(client.xlen(key) for key in lane_keys(LANE).streams):
            if worker.process.poll() is not None:
                raise RuntimeError(worker.log.read_text(encoding="utf-8", errors="replace")[-2000:])
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(_POLL_SECONDS)


def publish(stack: Stack, comments: Sequence[Comment]) -> None:
    """Submit comments and let a worker decide them."""
    queue(stack, comments)
    with stack.worker() as worker:
        await_empty(stack, worker)
