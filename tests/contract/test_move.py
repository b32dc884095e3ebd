"""Moving: one compare-and-set with all that hangs on it."""

import random

import pytest

from service.domain.comment import Comment
from service.domain.orders import Gone, Lost, Moved
from service.domain.site import Site
from service.domain.views import ReviewQuery
from tests.builders import THREAD, Writer, scores_of
from tests.ports import Backend
from tests.steps import applied, approved, entry_of, held, judged, published, submitted


async def listed(backend: Backend, site: Site, thread: str = THREAD) -> list[tuple[str, str]]:
    page = await backend.comments.page(site, thread, sort="oldest", limit=100, after=None)
    return [(comment.id, comment.status) for comment in page.comments]


async def count(backend: Backend, site: Site) -> int:
    return (await backend.comments.counts(site, [THREAD]))[0]


async def waiting(backend: Backend) -> int:
    return (await backend.queue.backlog(["main"])).entries


async def test_an_approval_shows_counts_and_acknowledges(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    assert await backend.comments.load(site, shown.id) == shown
    assert await listed(backend, site) == [(shown.id, "approved")]
    assert await count(backend, site) == 1
    assert await waiting(backend) == 0
    assert await backend.queue.own("main", "w") == []


@pytest.mark.parametrize("to", ["held", "rejected"])
async def test_what_is_not_approved_is_not_shown(backend: Backend, site: Site, writer: Writer, to: str) -> None:
    comment = await submitted(backend, writer)
    await judged(backend, writer, comment, "held" if to == "held" else "rejected")
    assert await listed(backend, site) == []
    assert await count(backend, site) == 0
    assert await waiting(backend) == 0


async def test_who_comes_second_learns_what_is_stored(backend: Backend, site: Site, writer: Writer) -> None:
    waits = await held(backend, writer, await submitted(backend, writer))
    first = await applied(backend, writer, writer.decide(waits, "approved", by="first"))
    result = await backend.comments.move(site, writer.decide(waits, "rejected", by="second"))
    assert result == Lost(current=first)
    assert await listed(backend, site) == [(waits.id, "approved")]


async def test_a_late_verdict_decides_nothing_and_is_acknowledged(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    entry = await entry_of(backend, comment)
    await applied(backend, writer, writer.delete(comment))
    result = await backend.comments.move(site, writer.judge(comment, "approved", entry=entry))
    assert isinstance(result, Lost)
    assert result.current.status == "deleted"
    assert await listed(backend, site) == []
    assert await waiting(backend) == 0
    assert await backend.queue.own("main", "w") == []


async def test_a_record_that_is_gone_is_acknowledged(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    entry = await entry_of(backend, comment)
    await backend.directory.remove_site(site)
    assert await backend.comments.move(site, writer.judge(comment, "approved", entry=entry)) == Gone()
    assert await waiting(backend) == 0
    assert await backend.queue.own("main", "w") == []


async def test_a_retried_move_is_its_own_work(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    move = writer.judge(comment, "approved", entry=await entry_of(backend, comment))
    results = [await backend.comments.move(site, move) for _ in range(3)]
    assert results == [Moved(comment=move.after)] * 3
    assert await count(backend, site) == 1
    stored = await backend.comments.load(site, comment.id)
    assert stored is not None
    assert len(stored.trail) == 1


async def test_a_move_retried_after_another_is_still_its_own_work(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    move = writer.decide(shown, "held")
    now_held = await applied(backend, writer, move)
    later = await applied(backend, writer, writer.decide(now_held, "rejected", by="another"))
    assert await backend.comments.move(site, move) == Moved(comment=move.after)
    assert await backend.comments.load(site, shown.id) == later


async def test_one_entry_decided_by_two_workers_is_decided_once(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    entry = await entry_of(backend, comment)
    first = await backend.comments.move(site, writer.judge(comment, "approved", entry=entry))
    second = await backend.comments.move(site, writer.judge(comment, "rejected", entry=entry))
    assert isinstance(first, Moved)
    assert isinstance(second, Lost)
    assert await count(backend, site) == 1


async def test_an_edit_hides_the_old_text_and_queues_the_new(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    edit = writer.edit(shown, "Better said.")
    edited = await applied(backend, writer, edit)
    assert await listed(backend, site) == []
    assert await count(backend, site) == 0
    # Retried, it is queued no second time.
    await applied(backend, writer, edit)
    entry = await entry_of(backend, edited)
    assert (entry.version, await waiting(backend)) == (3, 1)
    await applied(backend, writer, writer.judge(edited, "approved", entry=entry))
    assert await listed(backend, site) == [(shown.id, "approved")]


async def test_the_verdict_on_an_old_text_does_not_publish_the_new(
    backend: Backend, site: Site, writer: Writer
) -> None:
    waits = await held(backend, writer, await submitted(backend, writer))
    edited = await applied(backend, writer, writer.edit(waits, "New text, not judged."))
    entry = await entry_of(backend, edited)
    assert isinstance(await backend.comments.move(site, writer.decide(waits, "approved")), Lost)
    context = await backend.queue.context({site.id: site}, [entry])
    assert [w.subject.comment.body for w in context.waiting] == ["New text, not judged."]
    await applied(backend, writer, writer.judge(edited, "rejected", entry=entry))
    assert await listed(backend, site) == []


async def test_a_deletion_leaves_the_author_s_list(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    query = ReviewQuery(author=shown.author.key)
    assert len((await backend.comments.review(site, query)).comments) == 1
    await applied(backend, writer, writer.delete(shown))
    assert (await backend.comments.review(site, query)).comments == ()


async def test_what_should_be_looked_at_is_listed_until_somebody_did(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comment = await submitted(backend, writer)
    looked = await judged(backend, writer, comment, "approved", look=True)
    query = ReviewQuery(look=True)
    assert (await backend.comments.review(site, query)).comments == (looked,)
    await applied(backend, writer, writer.decide(looked, "held"))
    assert (await backend.comments.review(site, query)).comments == ()


async def test_held_comments_are_found_by_risk_until_decided(backend: Backend, site: Site, writer: Writer) -> None:
    waits = await held(backend, writer, await submitted(backend, writer), scores_of(0.7, insult=0.9))
    for label in (None, "toxicity", "insult"):
        page = await backend.comments.review(site, ReviewQuery(status="held", sort="riskiest", label=label))
        assert page.comments == (waits,)
    await applied(backend, writer, writer.decide(waits, "approved"))
    for label in (None, "toxicity", "insult"):
        page = await backend.comments.review(site, ReviewQuery(status="held", sort="riskiest", label=label))
        assert page.comments == ()


async def test_a_burial_holds_the_comment_and_is_counted(backend: Backend, site: Site, writer: Writer) -> None:
    comment = await submitted(backend, writer)
    entry = await entry_of(backend, comment)
    await backend.queue.attempt(entry)
    move = writer.bury(comment, entry)
    for _ in range(2):
        assert isinstance(await backend.comments.move(site, move), Moved)
    backlog = await backend.queue.backlog(["main"])
    assert (backlog.entries, backlog.buried) == (0, 1)
    page = await backend.comments.review(site, ReviewQuery(status="held", sort="riskiest"))
    assert page.comments == (move.after,)
    assert await backend.queue.attempt(entry) == 0


async def test_a_withdrawn_comment_keeps_its_place_while_its_replies_are_shown(
    backend: Backend, site: Site, writer: Writer
) -> None:
    parent = await published(backend, writer)
    reply = await published(backend, writer, parent=parent.id)
    parent = await applied(backend, writer, writer.decide(parent, "rejected"))
    assert await listed(backend, site) == [(parent.id, "rejected"), (reply.id, "approved")]
    assert await count(backend, site) == 1
    reply = await applied(backend, writer, writer.decide(reply, "held"))
    assert await listed(backend, site) == []
    await applied(backend, writer, writer.decide(reply, "approved"))
    assert await listed(backend, site) == [(parent.id, "rejected"), (reply.id, "approved")]
    await applied(backend, writer, writer.decide(parent, "approved"))
    assert await count(backend, site) == 2


async def chain(backend: Backend, writer: Writer, length: int) -> list[Comment]:
    comments: list[Comment] = []
    for _ in range(length):
        comments.append(await published(backend, writer, parent=comments[-1].id if comments else None))
    return comments


async def test_a_chain_of_withdrawn_ancestors_comes_and_goes_with_its_leaf(
    backend: Backend, site: Site, writer: Writer
) -> None:
    *ancestors, leaf = await chain(backend, writer, 6)
    gone = [await applied(backend, writer, writer.delete(comment)) for comment in ancestors]
    places = [(comment.id, "deleted") for comment in gone]
    assert await listed(backend, site) == [*places, (leaf.id, "approved")]
    leaf = await applied(backend, writer, writer.decide(leaf, "held"))
    assert await listed(backend, site) == []
    leaf = await applied(backend, writer, writer.decide(leaf, "approved"))
    assert await listed(backend, site) == [*places, (leaf.id, "approved")]
    await applied(backend, writer, writer.delete(leaf))
    assert await listed(backend, site) == []
    assert await count(backend, site) == 0


async def test_any_order_of_moves_leaves_list_and_counts_in_agreement(
    backend: Backend, site: Site, writer: Writer
) -> None:
    """Walk a tree at random; the audit after the test and the records themselves say what is right."""
    chance = random.Random(20261124)
    tree: list[Comment] = []
    for _ in range(12):
        parent = chance.choice([None, *tree])
        tree.append(await published(backend, writer, parent=parent.id if parent else None))
    for _ in range(80):
        place = chance.randrange(len(tree))
        comment = tree[place]
        options = [writer.decide(comment, to) for to in ("approved", "held", "rejected") if _may(comment, to)]
        if comment.status == "pending":
            options.append(writer.judge(comment, "approved", entry=await entry_of(backend, comment)))
        elif comment.status != "deleted":
            options.append(writer.edit(comment, "Said anew."))
            options += [writer.delete(comment)] if chance.random() < 0.2 else []
        if options:
            tree[place] = await applied(backend, writer, chance.choice(options))
        want = _shown(tree)
        assert await listed(backend, site) == want
        assert await count(backend, site) == sum(1 for _, status in want if status == "approved")


def _may(comment: Comment, to: str) -> bool:
    return comment.status in ("approved", "held", "rejected") and comment.status != to


def _shown(tree: list[Comment]) -> list[tuple[str, str]]:
    by_id = {comment.id: comment for comment in tree}
    found: set[str] = set()
    for comment in tree:
        up = comment if comment.status == "approved" else None
        while up is not None:
            found.add(up.id)
            up = by_id.get(up.parent_id or "")
    return sorted((i, by_id[i].status) for i in found)


async def test_a_thread_s_version_grows_with_every_change_of_what_it_shows(
    backend: Backend, site: Site, writer: Writer
) -> None:
    assert await backend.comments.thread_version(site, THREAD) == 0
    comment = await submitted(backend, writer)
    versions = [await backend.comments.thread_version(site, THREAD)]
    for step in ("approved", "held", "approved"):
        if step == "approved" and comment.status == "pending":
            comment = await approved(backend, writer, comment)
        else:
            comment = await applied(backend, writer, writer.decide(comment, "held" if step == "held" else "approved"))
        versions.append(await backend.comments.thread_version(site, THREAD))
    await applied(backend, writer, writer.delete(comment))
    versions.append(await backend.comments.thread_version(site, THREAD))
    assert versions == sorted(set(versions))
