"""A burst is let in; a crowd that stays is thinned out at once and told when to come back."""

import asyncio
from collections.abc import Sequence

import pytest

from service.api.crowd import BURST, STEADY, Crowd
from service.api.edge import Message, Receive, Scope, Send

PATH = "/v1/sites/mill/comments"


class Door:
    """The layer under test around an application that answers when it is let."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.crowd = Crowd(self._serve)
        self.tasks: list[asyncio.Task[dict[str, str]]] = []

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.open.wait()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def _ask(self, path: str) -> dict[str, str]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise NotImplementedError

        await self.crowd({"type": "http", "method": "POST", "path": path}, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return {"status": str(sent[0]["status"]), "body": sent[1]["body"].decode(), **headers}

    async def ask(self, number: int, path: str = PATH) -> Sequence[asyncio.Task[dict[str, str]]]:
        made = [asyncio.ensure_future(self._ask(path)) for _ in range(number)]
        self.tasks += made
        # Each gets as far as it can.
        for _ in range(3):
            await asyncio.sleep(0)
        return made

    async def clear(self) -> list[str]:
        self.open.set()
        answers = await asyncio.gather(*self.tasks)
        self.tasks = []
        self.open.clear()
        return [answer["status"] for answer in answers]


@pytest.fixture
async def door() -> Door:
    return Door()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a moment for over as soon as it has begun."""
    monkeypatch.setattr("service.api.crowd.MOMENT_SECONDS", -1.0)


async def test_a_burst_is_served_whole_and_no_more_than_that(door: Door) -> None:
    await door.ask(BURST + 10)
    assert door.crowd.inside == BURST
    assert sorted(await door.clear()) == ["202"] * BURST + ["503"] * 10


async def test_a_crowd_that_stays_is_thinned_out(door: Door, impatient: None) -> None:
    await door.ask(STEADY + 30)
    statuses = await door.clear()
    assert (statuses.count("202"), statuses.count("503")) == (STEADY, 30)
    await door.ask(STEADY)
    assert set(await door.clear()) == {"202"}, "once it is over everyone is served again"


async def test_a_gap_does_not_let_the_next_burst_in(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    await door.ask(STEADY + 1)
    monkeypatch.setattr("service.api.crowd.MOMENT_SECONDS", -1.0)
    for task in door.tasks[:5]:
        task.cancel()
    await asyncio.gather(*door.tasks[:5], return_exceptions=True)
    door.tasks = door.tasks[5:]
    more = await door.ask(20)
    # Four went in place of those who left; the fifth of these was one more than is steady.
    assert [task.done() for task in more].count(False) == 4
    assert door.crowd.inside == STEADY
    await door.clear()


async def test_the_refused_are_told_when_to_come_back(door: Door, impatient: None) -> None:
    await door.ask(STEADY)
    waits = []
    for task in await door.ask(3 * STEADY):
        answer = task.result()
        assert answer["content-type"] == "application/problem+json"
        assert '"type":"overloaded"' in answer["body"]
        assert f'"retry_after":{answer["retry-after"]}' in answer["body"]
        waits.append(int(answer["retry-after"]))
    # Three times as many were refused as served: it takes as many seconds, and one more.
    assert min(waits) == 1
    assert max(waits) == 4
    assert min(waits.count(seconds) for seconds in range(1, 4)) > STEADY // 4
    await door.clear()


async def test_a_crowd_whose_members_leave_all_at_once_is_still_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.ask(STEADY + 1)
    monkeypatch.setattr("service.api.crowd.MOMENT_SECONDS", -1.0)
    await door.clear()
    assert door.crowd.inside == 0
    monkeypatch.setattr("service.api.crowd.MOMENT_SECONDS", 0.0)
    await door.ask(BURST)
    assert door.crowd.inside == STEADY, "no second burst"
    await door.clear()
    monkeypatch.setattr("service.api.crowd.MOMENT_SECONDS", 60.0)
    monkeypatch.setattr("service.api.crowd.CALM_SECONDS", -1.0)
    await door.ask(BURST)
    assert door.crowd.inside == BURST, "another crowd, after a calm"
    await door.clear()


@pytest.mark.parametrize("path", ["/v1/sites/mill/stream", "/health/live", "/v1/review/comments"])
async def test_streams_probes_and_moderators_are_not_counted(door: Door, impatient: None, path: str) -> None:
    await door.ask(STEADY)
    await door.ask(50, path)
    assert set(await door.clear()) == {"202"}
