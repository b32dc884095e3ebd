"""Those who read: one walks through the lists, one follows every thread live; both remember all they were shown."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from typing import Any

import httpx

from tests.chaos.ledger import Ledger
from tests.chaos.texts import THREADS

_TIMEOUT = 4.0
_MEMBERS = {"id", "parent_id", "created_at", "removed"}


def _place_faults(item: dict[str, Any]) -> list[str]:
    """Check that a place says nothing but that it is one."""
    told = {name for name, value in item.items() if value is not None} - _MEMBERS
    return [f"a place tells {sorted(told)}"] if told else []


async def poll(urls: Sequence[str], ledger: Ledger, stop: asyncio.Event) -> None:
    """Read the newest of each thread in turn, and every other time a page further down."""
    rng = random.Random(1)
    cursors: dict[str, str | None] = {}
    async with httpx.AsyncClient(timeout=_TIMEOUT) as http:
        for turn, thread in enumerate(itertools.cycle(THREADS)):
            if stop.is_set():
                return
            sort = "newest" if (turn // len(THREADS)) % 2 else "oldest"
            params = {"thread": thread, "sort": sort, "limit": "100"}
            if sort == "oldest" and cursors.get(thread):
                params["cursor"] = cursors[thread] or ""
            sent = time.monotonic()
            try:
                answer = await http.get(f"{rng.choice(urls)}/v1/sites/mill/comments", params=params)
            except httpx.HTTPError:
                ledger.answers["reader: none"] += 1
                continue
            ledger.answers[f"reader: {answer.status_code}"] += 1
            if answer.status_code == 200:
                ledger.polls += 1
                read = answer.json()
                if sort == "oldest":
                    cursors[thread] = read["next_cursor"]
                for item in read["items"]:
                    if item.get("removed"):
                        ledger.wrong += _place_faults(item)
                    else:
                        ledger.polled[item["id"], item["body"]] = sent
            elif answer.status_code != 503:
                ledger.wrong.append(f"a reader's list: {answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(0.05)


async def follow(urls: Sequence[str], ledger: Ledger, stop: asyncio.Event) -> None:
    """Follow every thread live, over both APIs; who loses a stream comes back."""
    following = [
        asyncio.create_task(_follow(urls[number % len(urls)], thread, ledger)) for number, thread in enumerate(THREADS)
    ]
    await stop.wait()
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    broken = [task.exception() for task in following if not task.cancelled()]
    ledger.wrong += [f"a stream could not be read: {error!r}" for error in broken]


async def _follow(url: str, thread: str, ledger: Ledger) -> None:
    # A frozen API says nothing for longer than any outage; a live one sends a line every fifteen seconds.
    async with httpx.AsyncClient(timeout=httpx.Timeout(_TIMEOUT, read=20.0)) as http:
        while True:
            try:
                async with http.stream("GET", f"{url}/v1/sites/mill/stream", params={"thread": thread}) as answer:
                    ledger.answers[f"stream: {answer.status_code}"] += 1
                    event = ""
                    async for line in answer.aiter_lines():
                        if line.startswith("event: "):
                            event = line.removeprefix("event: ")
                        elif line.startswith("data: ") and event == "approved":
                            shown = json.loads(line.removeprefix("data: "))
                            ledger.streamed.add((shown["id"], shown["body"]))
                            ledger.streams += 1
            except httpx.HTTPError:
                ledger.answers["stream: lost"] += 1
            await asyncio.sleep(0.1)
