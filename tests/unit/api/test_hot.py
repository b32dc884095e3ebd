"""Answers are kept for anyone while they stand, and for nobody a moment longer."""

import asyncio

import pytest

from service.api.hot import HOT
from tests.unit.api.hot_desk import TARGET, Desk


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def test_what_is_asked_often_is_answered_from_what_was_kept(desk: Desk) -> None:
    first = await desk.ask()
    assert (desk.watch.threads, len(desk.hot.pages)) == ([], 0)
    await desk.heat()
    assert [await desk.ask() for _ in range(5)] == [first] * 5
    assert desk.origin.asked == 0
    assert desk.watch.threads == ["/mill"]


@pytest.mark.parametrize("event", ["moved", "unproven"])
async def test_what_no_longer_stands_is_asked_for_again(desk: Desk, event: str) -> None:
    await desk.heat()
    desk.origin.version = 2
    if event == "moved":
        desk.watch.epoch += 1
    else:
        desk.watch.proven = False
    assert (await desk.ask())[1].startswith(b"page 2")


async def test_what_moves_while_it_is_read_is_not_kept(desk: Desk) -> None:
    def moves() -> None:
        desk.watch.epoch += 1

    desk.origin.meanwhile = moves
    await desk.heat()
    desk.origin.version = 2
    assert (await desk.ask())[1].startswith(b"page 2")
    assert len(desk.hot.pages) == 0


@pytest.mark.parametrize(
    "header",
    [
        (b"authorization", b"Bearer gpa_x"),
        (b"content-length", b"0"),
        (b"transfer-encoding", b"chunked"),
        (b"expect", b"100-continue"),
        (b"upgrade", b"h2c"),
    ],
)
async def test_whoever_says_who_they_are_or_sends_a_body_is_answered_by_the_application(
    desk: Desk, header: tuple[bytes, bytes]
) -> None:
    await desk.heat()
    await desk.ask(TARGET, header)
    assert desk.origin.asked == 1
    desk.watch.epoch += 1
    for _ in range(HOT):
        await desk.ask(TARGET, header)
    assert len(desk.hot.pages) == 1, "what was kept is that of before"
    assert desk.origin.asked == 1 + HOT


async def test_who_knows_the_page_is_told_so(desk: Desk) -> None:
    know, other = (b"if-none-match", b'"1"'), (b"if-none-match", b'W/"0", "7"')
    await desk.heat()
    whole = await desk.ask()
    assert await desk.ask(TARGET, other) == whole
    assert desk.origin.asked == 0
    await desk.heat(TARGET, know)
    weak = (b"if-none-match", b'"0", W/"1"')
    assert [await desk.ask(TARGET, tag) for tag in (know, weak)] == [(304, b""), (304, b"")]
    assert await desk.ask() == whole
    assert desk.origin.asked == 0
    await desk.ask(TARGET, know, know)
    assert desk.origin.asked == 1
    # A new version: neither answer is good any more.
    desk.origin.version = 2
    desk.watch.epoch += 1
    assert (await desk.ask(TARGET, know))[0] == 200


@pytest.mark.parametrize(
    "header", [(b"vary", b"origin"), (b"set-cookie", b"a=b"), (b"content-encoding", b"gzip"), (b"etag", b'"again"')]
)
async def test_an_answer_for_its_asker_alone_is_not_kept(desk: Desk, header: tuple[bytes, bytes]) -> None:
    desk.origin.more = [header]
    await desk.heat()
    await desk.ask()
    assert desk.origin.asked == 1


@pytest.mark.parametrize("status", [201, 404, 500, 503])
async def test_only_pages_are_kept(desk: Desk, status: int) -> None:
    desk.origin.status = status
    await desk.heat()
    await desk.ask()
    assert desk.origin.asked == 1


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/sites/mill/comments?thread=/a&thread=/b",
        b"/v1/sites/mill/comments?thread=a+b",
        b"/v1/sites/mill/comments?thread=%ff",
        b"/v1/sites/mill/comments?thread=/a;thread=/b",
        b"/v1/sites/mill/comments?thread=/a&other=1",
        b"/v1/sites/mill/comments?thread=",
        b"/v1/sites/mill/comments?" + b"limit=5&" * 400 + b"thread=/mill",
        b"/v1/sites/mill/comments?",
        b"/v1/sites/m%69ll/comments?thread=/a",
        b"/v1/sites/nowhere/comments?thread=/a",
        b"/v1/sites/mill/counts?thread=/a",
    ],
)
async def test_what_could_be_read_in_two_ways_is_not_kept(desk: Desk, target: bytes) -> None:
    await desk.heat(target)
    await desk.ask(target)
    assert desk.origin.asked == 1
    assert desk.watch.threads == []


async def test_escapes_are_those_of_the_thread_s_key(desk: Desk) -> None:
    await desk.heat(b"/v1/sites/mill/comments?sort=newest&thread=%2Fm%C3%BChle&limit=5")
    assert desk.watch.threads == ["/mühle"]


async def test_other_methods_are_not_answered_from_it(desk: Desk) -> None:
    await desk.heat()
    await desk.ask(method="HEAD")
    assert desk.origin.asked == 1


async def test_many_at_once_are_answered_by_one_read(desk: Desk) -> None:
    await desk.heat()
    desk.watch.epoch += 1
    for _ in range(HOT):
        await desk.ask()
    desk.watch.epoch += 1
    desk.origin.asked, desk.origin.pause = 0, asyncio.Event()
    asking = [asyncio.ensure_future(desk.ask()) for _ in range(50)]
    while not desk.origin.asked:
        await asyncio.sleep(0)
    desk.origin.pause.set()
    assert len(set(await asyncio.gather(*asking))) == 1
    assert desk.origin.asked == 1


async def test_those_who_wait_for_a_read_that_fails_ask_for_themselves(desk: Desk) -> None:
    await desk.heat()
    desk.watch.epoch += 1
    desk.origin.pause = asyncio.Event()
    first, *others = [asyncio.ensure_future(desk.ask()) for _ in range(4)]
    while not desk.origin.asked:
        await asyncio.sleep(0)
    first.cancel()
    desk.origin.pause.set()
    assert {answer[0] for answer in await asyncio.gather(*others)} == {200}
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_storage_that_is_away_keeps_nobody_waiting_here(desk: Desk) -> None:
    desk.directory.away = True
    await desk.heat()
    assert (await desk.ask())[0] == 200
    assert len(desk.hot.pages) == 0


async def test_what_is_kept_is_bounded_by_bytes_and_the_oldest_goes_first() -> None:
    desk = Desk(limit_bytes=10_000)
    targets = [TARGET + b"%d" % number for number in range(20)]
    for target in targets:
        await desk.heat(target)
        assert desk.hot.pages.bytes <= 10_000
    assert 2 <= len(desk.hot.pages) < 10
    await desk.ask(targets[-1])
    assert desk.origin.asked == 0
    await desk.ask(targets[0])
    assert desk.origin.asked == 1


async def test_a_limit_of_nothing_keeps_and_follows_nothing() -> None:
    desk = Desk(limit_bytes=0)
    await desk.heat()
    await desk.ask()
    assert (desk.origin.asked, desk.watch.threads, len(desk.hot.pages)) == (1, [], 0)


async def test_what_fell_does_not_stay_in_memory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.hot._SWEEP_SECONDS", 0.001)
    await desk.heat()
    assert desk.hot.pages.bytes > 0
    desk.watch.epoch += 1
    async with asyncio.timeout(10):
        while len(desk.hot.pages):
            await asyncio.sleep(0.001)
    assert desk.hot.pages.bytes == 0
