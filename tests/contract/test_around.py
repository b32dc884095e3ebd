"""What is counted around a comment: repeats and records, over memory and over Redis."""

import msgspec
import pytest

from service.domain.comment import Author, Comment, Strength
from service.domain.keeping import PurgeResult
from service.domain.orders import Move
from service.domain.policy import Around
from service.domain.rule_settings import DuplicateRule, FirstCommentRule, RecordRule, RepeatsRule, Rules
from service.domain.site import Site
from service.domain.work import Context
from service.storage.keys import lane_keys
from tests.builders import Writer, policy_of, replaced
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, entry_of

TEXT = "t" * 32


def written(
    writer: Writer, *, author: str = "anna", strength: Strength = "device", text: str = TEXT, thread: str = "/mill"
) -> Comment:
    plain = writer.comment(thread=thread)
    return replaced(plain, author=Author(key=author, strength=strength, name=author.title()), text_key=text)


async def sent(backend: Backend, writer: Writer, **changes: str) -> Comment:
    comment = written(writer, **changes)  # type: ignore[arg-type]
    await backend.comments.submit(writer.site, writer.order(comment))
    return comment


async def around(backend: Backend, writer: Writer, comment: Comment) -> Around:
    """Read what is around a comment that waits, as a worker does; twice, for a redelivery changes nothing."""
    entry = await entry_of(backend, comment)
    first, again = [await backend.queue.context({writer.site.id: writer.site}, [entry]) for _ in range(2)]
    assert first == again
    (waiting,) = first.waiting
    return waiting.subject.around


async def decided(backend: Backend, writer: Writer, comment: Comment, *, people: bool | None = None) -> Comment:
    """Have a worker approve, and people reject where told: false for a worker's own rejection."""
    entry = await entry_of(backend, comment)
    to = "approved" if people is not False else "rejected"
    after = await applied(backend, writer, writer.judge(comment, to, entry=entry))  # type: ignore[arg-type]
    return await applied(backend, writer, writer.decide(after, "rejected")) if people else after


async def ruled(backend: Backend, site: Site, **rules: object) -> None:
    policy = policy_of(rules=Rules(duplicate=DuplicateRule(enabled=False), **rules), version=2)  # type: ignore[arg-type]
    await backend.directory.put_policy(site, policy, replaces=1)


async def test_the_same_text_is_counted_by_author_and_by_anyone_across_threads(
    backend: Backend, site: Site, writer: Writer
) -> None:
    who = ["anna", "anna", "berta", "anna"]
    comments = [await sent(backend, writer, author=a, thread=f"/t{n}") for n, a in enumerate(who)]
    found = [await around(backend, writer, comment) for comment in comments]
    assert [(a.by_author, a.by_anyone) for a in found] == [(1, 1), (2, 2), (1, 3), (3, 4)]
    # Those that came later take nothing from the first, however often it is delivered.
    assert await around(backend, writer, comments[0]) == found[0]
    other = await sent(backend, writer, text="u" * 32)
    assert (await around(backend, writer, other)).by_anyone == 1
    short = await sent(backend, writer, text="")
    assert (await around(backend, writer, short)).by_anyone == 1


async def test_what_is_rewritten_or_withdrawn_is_a_repeat_of_nothing(
    backend: Backend, site: Site, writer: Writer
) -> None:
    first, second = [await sent(backend, writer) for _ in range(2)]
    assert (await around(backend, writer, first), await around(backend, writer, second)) == (
        Around(by_author=1, by_anyone=1),
        Around(by_author=2, by_anyone=2),
    )
    shown = await decided(backend, writer, first)
    move = writer.edit(shown, "Something else.")
    anew = await applied(
        backend, writer, Move(before=shown, after=replaced(move.after, text_key="u" * 32), requeue=True)
    )
    assert (await around(backend, writer, anew)).by_anyone == 1
    third = await sent(backend, writer)
    assert (await around(backend, writer, third)).by_anyone == 2
    gone = await decided(backend, writer, second)
    await applied(backend, writer, writer.delete(gone))
    await applied(backend, writer, writer.delete(await decided(backend, writer, third)))
    last = await sent(backend, writer)
    assert (await around(backend, writer, last)).by_anyone == 1


async def test_an_entry_of_a_text_that_was_rewritten_does_not_count_it(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comment = await sent(backend, writer)
    shown = await decided(backend, writer, comment)
    await applied(backend, writer, writer.edit(shown, "Short."))
    entry = await entry_of(backend, comment)
    stale = msgspec.structs.replace(entry, version=1)
    assert await backend.queue.context({site.id: site}, [stale]) == Context(stale=(stale,))
    other = await sent(backend, writer)
    assert (await around(backend, writer, other)).by_anyone == 1


async def test_what_is_purged_is_counted_no_more(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await sent(backend, writer)
    await around(backend, writer, comment)
    rejected = await decided(backend, writer, comment, people=True)
    result: PurgeResult = await backend.traces.purge(site, rejected)
    assert result == "purged"
    other = await sent(backend, writer)
    assert (await around(backend, writer, other)).by_anyone == 1


async def test_no_text_is_counted_where_the_policy_counts_none(backend: Backend, site: Site, writer: Writer) -> None:
    await ruled(backend, site, repeats=RepeatsRule(enabled=False), record=RecordRule(enabled=False))
    for _ in range(3):
        assert await around(backend, writer, await sent(backend, writer)) == Around()


async def test_a_flood_of_one_text_is_counted_up_to_a_bound(backend: Backend, site: Site, writer: Writer) -> None:
    last = [await sent(backend, writer, author=f"a{n}") for n in range(70)]
    found = [(await around(backend, writer, comment)).by_anyone for comment in last]
    assert found[:64] == list(range(1, 65))
    assert set(found[64:]) == {64}


async def test_a_record_is_what_people_rejected_of_the_last_decisions(
    backend: Backend, site: Site, writer: Writer
) -> None:
    await ruled(backend, site, record=RecordRule(of=3), first_comment=FirstCommentRule(enabled=True, approved=2))
    # The oldest falls out of the three.
    for people in (True, None, False, True):
        await decided(backend, writer, await sent(backend, writer, text=""), people=people)
    # What waits, and what is held and nobody has decided, is no decision.
    await sent(backend, writer, text="")
    entry = await entry_of(backend, held := await sent(backend, writer, text=""))
    await applied(backend, writer, writer.judge(held, "held", entry=entry))
    comment = await sent(backend, writer, text="")
    assert await around(backend, writer, comment) == Around(decided=(True, False, False), approved=1)
    # Approved after all, by people too: it is held against nobody.
    stranger = await sent(backend, writer, text="", author="berta")
    assert await around(backend, writer, stranger) == Around()


async def test_a_rejection_that_people_took_back_is_none(backend: Backend, site: Site, writer: Writer) -> None:
    rejected = await decided(backend, writer, await sent(backend, writer, text=""), people=True)
    comment = await sent(backend, writer, text="")
    assert (await around(backend, writer, comment)).decided == (True,)
    await applied(backend, writer, writer.decide(rejected, "approved"))
    assert (await around(backend, writer, comment)).decided == (False,)


async def test_what_people_approved_and_took_back_is_a_machines_rejection_again(
    backend: Backend, site: Site, writer: Writer
) -> None:
    rejected = await decided(backend, writer, await sent(backend, writer, text=""), people=False)
    approved = await applied(backend, writer, writer.decide(rejected, "approved"))
    assert (await applied(backend, writer, writer.undo(approved))).status == "rejected"
    assert (await around(backend, writer, await sent(backend, writer, text=""))).decided == (False,)


async def test_who_is_judged_again_is_judged_by_what_was_known(backend: Backend, site: Site, writer: Writer) -> None:
    for _ in range(3):
        await around(backend, writer, await sent(backend, writer))
    comment = await sent(backend, writer)
    shown = await decided(backend, writer, comment)
    (subject,) = await backend.comments.subjects(site, [shown])
    assert (subject.around.by_author, subject.around.decided) == (1, ())


@pytest.mark.parametrize("kind", ["text", "author"])
async def test_what_cannot_be_counted_is_read_by_a_person(
    redis_backend: RedisBackend, redis_site: Site, kind: str
) -> None:
    writer, keys = Writer(redis_backend.clock, redis_site), lane_keys("main")
    comment, other = [await sent(redis_backend, writer, author=name) for name in ("anna", "berta")]
    broken = {"text": keys.text(redis_site.id, TEXT), "author": keys.author(redis_site.id, "anna")}[kind]
    with redis_backend.server.client() as client:
        client.delete(broken)
        client.rpush(broken, "planted")
        entries = [await entry_of(redis_backend, one) for one in (comment, other)]
        context = await redis_backend.queue.context({redis_site.id: redis_site}, entries)
        assert {one.subject.comment.id: one.subject.mode for one in context.waiting} == {
            comment.id: "pre",
            other.id: "pre" if kind == "text" else "hybrid",
        }
        assert client.hget(keys.comment(redis_site.id, comment.id), "x") is None


async def test_a_server_that_forgot_the_script_counts_all_the_same(
    redis_backend: RedisBackend, redis_site: Site
) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    comments = [await sent(redis_backend, writer) for _ in range(3)]
    entries = [await entry_of(redis_backend, comment) for comment in comments]
    with redis_backend.server.client() as client:
        client.script_flush()
    context = await redis_backend.queue.context({redis_site.id: redis_site}, entries)
    assert [one.subject.around.by_anyone for one in context.waiting] == [1, 2, 3]


async def test_what_counts_a_text_runs_out_and_names_nobody(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    comment = await sent(redis_backend, writer)
    await around(redis_backend, writer, comment)
    with redis_backend.server.client() as client:
        (key,) = client.keys("gp:{main}:tx:*")
        assert client.zrange(key, 0, -1) == [comment.id.encode()]
        assert 0 < client.pttl(key) <= 24 * 3600 * 1000
    # Neither the time nor the text of a count comes into a backup: see LaneKeys.is_kept.
    assert not lane_keys("main").is_kept(key.decode())
