"""What docs/MODERATION.md tells people to type, typed."""

import asyncio
import re
from shlex import split
from typing import Any

import httpx

from tests.builders import THREAD
from tests.integration.conftest import Town
from tests.integration.shell import Shell
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import ROOT, wait_until

THREADS, BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "MODERATION.md").read_text(), flags=re.DOTALL)


async def ask(shell: Shell, *words: str) -> dict[str, Any]:
    """Type a command beside the loop of this test: it has one of its own."""
    return await asyncio.to_thread(shell.ask, *words)


async def test_every_command_of_the_page_does_what_it_says(town: Town) -> None:
    shell, page = Shell(town.redis.url), "/article-7"
    list_, post = f"{COMMENTS}?thread={page}", wire(thread=page, author={"name": "Anna", "device": "d" * 32})

    def shown(reader: httpx.Client) -> tuple[Any, ...]:
        return tuple(reader.get(list_).json()["thread"].values())

    with town.http() as reader:
        told = []
        for line in THREADS.splitlines():
            answer = await ask(shell, *split(line)[1:])
            told.append((answer["closed"], answer["slow_seconds"], answer["notice"]))
            await asyncio.to_thread(wait_until, lambda: shown(reader) == told[-1], "readers to see it")
        words = "Comments are read by a person today."
        assert told == [
            (False, 0, words),
            (False, 120, words),
            (True, 120, words),
            (False, 120, words),
            (False, 0, words),
            (False, 0, ""),
        ]
        sent = reader.post(COMMENTS, json=post).json()
        block = ""
        for line in BLOCKS.splitlines():
            words_of = [w.replace("$COMMENT", sent["id"]).replace("$BLOCK", block) for w in split(line)[1:]]
            answer = await ask(shell, *words_of)
            if words_of[1] == "add" and not block:
                block = answer["id"]
                assert (answer["note"], answer["rejected"]) == ("Third warning", 1)
                problem_of(reader.post(COMMENTS, json=post), 403, "blocked")
            elif words_of[1] == "list":
                assert {one["kind"] for one in answer["blocks"]} == {"author", "address"}
        assert reader.post(COMMENTS, json=post).status_code == 202
    assert "no block" in await asyncio.to_thread(shell.refused, "block", "lift", "mill", block)
    assert (await asyncio.to_thread(shell.type, "thread", "slow", "mill", THREAD, "soon")).exit_code == 2
    assert "address" in (await asyncio.to_thread(shell.type, "block", "list", "mill")).output
    both = ("--key", "a" * 32, "--days", "3", "--until", "2027-01-01")
    assert (await asyncio.to_thread(shell.type, "block", "add", "mill", *both)).exit_code == 2
