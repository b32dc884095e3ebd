"""Blocks: in force with the answer, for as long as they say, and forgotten when they end."""

from datetime import timedelta

import pytest

from service.domain.blocking import Block, Placing, Writing
from service.domain.errors import Conflict, Forbidden, Invalid
from service.domain.orders import Move
from service.domain.site import Site
from tests.builders import THREAD, Writer, policy_of, site_of
from tests.contract.test_submit import key_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.redis_backend import RedisBackend
from tests.steps import applied, published

ANNA, HOME = "a" * 32, "b" * 32
WRITING = Writing(author=ANNA, address=HOME)


async def place(backend: Backend, site: Site, key: str = ANNA, *, act: str = "block-1", **fields: object) -> Block:
    kind = "address" if key == HOME else "author"
    placing = Placing(id=act, kind=kind, key=key, by="moderator-1", **fields)  # type: ignore[arg-type]
    return (await backend.blocks.place(site, placing)).block


async def refused(backend: Backend, writer: Writer, writing: Writing = WRITING) -> str:
    order = writer.order(writing=writing)
    with pytest.raises(Forbidden) as caught:
        await backend.comments.submit(writer.site, order)
    assert caught.value.slug == "blocked"
    assert await backend.comments.load(writer.site, order.comment.id) is None
    return caught.value.detail


@pytest.mark.parametrize("key", [ANNA, HOME])
async def test_whoever_is_blocked_sends_nothing_until_it_is_lifted(
    backend: Backend, site: Site, writer: Writer, clock: Clock, key: str
) -> None:
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    block = await place(backend, site, key, note="Spam.")
    assert timedelta(days=29.9) < block.until - block.at <= timedelta(days=30)
    await refused(backend, writer)
    await backend.comments.submit(site, writer.order(writing=Writing(author="c" * 32, address="d" * 32)))
    await backend.comments.submit(site, writer.order())
    await backend.comments.submit(other, Writer(clock, other).order(writing=WRITING))
    assert await backend.blocks.of_site(site) == [block]
    assert await backend.blocks.of_site(other) == []
    assert await backend.blocks.find(site, block.kind, key) == block
    assert await backend.blocks.lift(site, "block-2", act="lift-0") is None
    assert await backend.blocks.lift(site, block.id, act="lift-1") == block
    # A second try of the same act finds its own work.
    assert await backend.blocks.lift(site, block.id, act="lift-1") == block
    assert await backend.blocks.lift(site, block.id, act="lift-2") is None
    await backend.comments.submit(site, writer.order(writing=WRITING))
    assert await backend.blocks.find(site, block.kind, key) is None


async def test_all_blocks_are_refused_with_the_same_words(backend: Backend, site: Site, writer: Writer) -> None:
    await place(backend, site, ANNA, act="block-1")
    of_author = await refused(backend, writer, Writing(author=ANNA))
    await place(backend, site, HOME, act="block-2")
    assert {of_author} == {await refused(backend, writer), await refused(backend, writer, Writing(address=HOME))}


async def test_a_block_ends_by_itself(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    block = await place(backend, site, until=clock() + timedelta(days=3))
    backend.pass_days(site, THREAD, 2.9)
    await refused(backend, writer)
    backend.pass_days(site, THREAD, 0.2)
    await backend.comments.submit(site, writer.order(writing=WRITING))
    assert await backend.blocks.of_site(site) == []
    assert await backend.blocks.find(site, "author", ANNA) is None
    assert await backend.blocks.lift(site, block.id, act="lift-1") is None
    with pytest.raises(Invalid):
        await place(backend, site, act="block-2", until=clock() - timedelta(days=1))


async def test_another_block_of_the_same_takes_its_place_and_says_so(backend: Backend, site: Site) -> None:
    first = await place(backend, site, note="Spam.")
    placing = Placing(id="block-2", kind="author", key=ANNA, by="moderator-2", note="More spam.", author="e" * 32)
    second = await backend.blocks.place(site, placing)
    assert second.before == first
    assert await backend.blocks.of_site(site) == [second.block]
    assert (second.block.by, second.block.note, second.block.author) == ("moderator-2", "More spam.", "e" * 32)
    assert await backend.blocks.place(site, placing) == second
    assert await backend.blocks.lift(site, first.id, act="lift-1") is None
    assert await backend.blocks.of_site(site) == [second.block]


async def test_a_repeated_request_is_answered_although_its_sender_is_blocked(
    backend: Backend, site: Site, writer: Writer
) -> None:
    first = await backend.comments.submit(site, writer.order(idempotency=key_of(), writing=WRITING))
    await place(backend, site)
    again = await backend.comments.submit(site, writer.order(idempotency=key_of(), writing=WRITING))
    assert (again.id, again.replayed) == (first.id, True)


@pytest.mark.parametrize("key", [ANNA, HOME])
async def test_the_blocked_rewrite_nothing_and_withdraw_what_they_like(
    backend: Backend, site: Site, writer: Writer, key: str
) -> None:
    comment = await published(backend, writer)
    block = await place(backend, site, key)
    edit = writer.edit(comment, "Anew.")
    move = Move(before=edit.before, after=edit.after, requeue=True, writing=WRITING)
    with pytest.raises(Forbidden) as caught:
        await backend.comments.move(site, move)
    assert caught.value.slug == "blocked"
    assert await backend.comments.load(site, comment.id) == comment
    # What a worker or a moderator does with a blocked author's comment is theirs to decide.
    held = await applied(backend, writer, writer.decide(comment, "held"))
    await backend.blocks.lift(site, block.id, act="lift-1")
    edit = writer.edit(held, "Anew.")
    anew = await applied(backend, writer, Move(before=held, after=edit.after, requeue=True, writing=WRITING))
    await place(backend, site, key, act="block-2")
    assert (await applied(backend, writer, writer.delete(anew))).status == "deleted"


async def test_where_a_comment_came_from_is_known_until_it_is_withdrawn(
    backend: Backend, site: Site, writer: Writer
) -> None:
    known, unknown = writer.comment(), writer.comment()
    await backend.comments.submit(site, writer.order(known, writing=WRITING))
    await backend.comments.submit(site, writer.order(unknown))
    assert await backend.blocks.addresses(site, [known.id, unknown.id, "nothing"]) == [HOME, "", ""]
    await applied(backend, writer, writer.delete(known))
    assert await backend.blocks.addresses(site, [known.id]) == [""]
    assert await backend.blocks.addresses(site, []) == []


async def test_a_site_has_so_many_blocks_and_ended_ones_make_room(backend: Backend, site: Site, clock: Clock) -> None:
    blocks = backend.crowded(most=2)
    for number in range(2):
        until = clock() + timedelta(days=1 + number)
        await blocks.place(site, Placing(id=f"b{number}", kind="author", key=f"{number:032}", by="m", until=until))
    third = Placing(id="b3", kind="author", key=f"{3:032}", by="m")
    with pytest.raises(Conflict) as caught:
        await blocks.place(site, third)
    assert caught.value.slug == "too-many-blocks"
    # One that is there already may be placed anew.
    await blocks.place(site, Placing(id="b4", kind="author", key=f"{1:032}", by="m", until=clock() + timedelta(days=2)))
    backend.pass_days(site, THREAD, 1.5)
    await blocks.place(site, third)
    assert {block.id for block in await blocks.of_site(site)} == {"b4", "b3"}


async def test_more_blocks_than_one_step_are_all_listed(backend: Backend, site: Site) -> None:
    for number in range(450):
        await place(backend, site, f"{number:032}", act=f"b{number}")
    assert {block.id for block in await backend.blocks.of_site(site)} == {f"b{number}" for number in range(450)}


async def test_nothing_of_blocks_lies_about_for_ever(redis_backend: RedisBackend, redis_site: Site) -> None:
    writer = Writer(redis_backend.clock, redis_site)
    await place(redis_backend, redis_site)
    await redis_backend.comments.submit(redis_site, writer.order(writing=Writing(author="c" * 32, address=HOME)))
    with redis_backend.server.client() as client:
        kinds = ("bl:", "br:", "ad:", "act:")
        left = {kind: [client.ttl(key) for key in client.keys(f"gp:{{main}}:{kind}*")] for kind in kinds}
    day = 86_400
    assert {kind: [round(ttl / day, 1) for ttl in found] for kind, found in left.items()} == {
        "bl:": [30.0],
        "br:": [30.0],
        "ad:": [7.0],
        "act:": [0.0],
    }
    await redis_backend.directory.remove_site(redis_site)
    with redis_backend.server.client() as client:
        assert client.keys("gp:{main}:b*") == client.keys("gp:{main}:a*") == []
