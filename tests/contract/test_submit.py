"""Submitting: stored whole and queued once, or refused and nothing stored."""

from typing import Any

import pytest

from service.domain.errors import Conflict, GatepostError, NotFound, TooMany, Unavailable
from service.domain.ids import mint
from service.domain.orders import Idempotency, Limits
from service.domain.rule_settings import RateRule
from service.domain.site import Site, Thread
from tests.builders import THREAD, Writer, policy_of, replaced, site_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.steps import approved, held, published, submitted


def key_of(key: str = "k" * 32, fingerprint: str = "f" * 32) -> Idempotency:
    return Idempotency(key=key, fingerprint=fingerprint, secret_id="s1")


def limits_of(address: str = "home", author: str = "anna", **rate: int) -> Limits:
    every: dict[str, Any] = {
        "address_per_minute": 100,
        "address_burst": 100,
        "author_per_minute": 100,
        "threads_per_hour": 100,
    }
    return Limits(rate=RateRule(**{**every, **rate}), address=address, author=author)


async def entries_of(backend: Backend) -> int:
    return (await backend.queue.backlog(["main"])).entries


async def test_a_submission_is_stored_and_queued_once(backend: Backend, site: Site, writer: Writer) -> None:
    comment = writer.comment()
    accepted = await backend.comments.submit(site, writer.order(comment))
    assert (accepted.id, accepted.replayed) == (comment.id, False)
    assert await backend.comments.load(site, comment.id) == comment
    entries = await backend.queue.take("main", "w", count=10, block_ms=1)
    assert [(e.site, e.id, e.version, e.deliveries, e.stream) for e in entries] == [(site.id, comment.id, 1, 1, "live")]


async def test_a_pending_comment_is_not_shown_and_not_counted(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    page = await backend.comments.page(site, THREAD, sort="oldest", limit=10, after=None)
    assert (page.comments, page.count, page.more) == ((), 0, False)
    assert await backend.comments.counts(site, [THREAD, "/nowhere"]) == [0, 0]


async def test_the_same_key_and_request_is_answered_with_the_first_id(
    backend: Backend, site: Site, writer: Writer
) -> None:
    first = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    again = Idempotency(key="k" * 32, fingerprint="f" * 32, secret_id="s2")
    second = await backend.comments.submit(site, writer.order(idempotency=again))
    assert (second.id, second.secret_id, second.replayed) == (first.id, "s1", True)
    assert await entries_of(backend) == 1


async def test_the_same_key_with_another_request_is_a_mismatch(backend: Backend, site: Site, writer: Writer) -> None:
    await backend.comments.submit(site, writer.order(idempotency=key_of()))
    other = writer.comment()
    with pytest.raises(Conflict) as caught:
        await backend.comments.submit(site, writer.order(other, idempotency=key_of(fingerprint="0" * 32)))
    assert caught.value.slug == "idempotency-mismatch"
    assert await backend.comments.load(site, other.id) is None


async def test_a_key_belongs_to_its_site(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    await backend.comments.submit(site, writer.order(idempotency=key_of()))
    foreign = Writer(clock, other)
    accepted = await backend.comments.submit(other, foreign.order(idempotency=key_of(fingerprint="0" * 32)))
    assert not accepted.replayed


async def test_a_replay_is_answered_although_the_thread_was_closed(
    backend: Backend, site: Site, writer: Writer
) -> None:
    first = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    await backend.comments.patch_thread(
        site, THREAD, changes=Thread(key=THREAD, closed=True), fields=frozenset({"closed"})
    )
    again = await backend.comments.submit(site, writer.order(idempotency=key_of()))
    assert (again.id, again.replayed) == (first.id, True)


async def test_only_what_was_accepted_is_remembered(backend: Backend, site: Site, writer: Writer) -> None:
    closed, opened = (Thread(key=THREAD, closed=value) for value in (True, False))
    await backend.comments.patch_thread(site, THREAD, changes=closed, fields=frozenset({"closed"}))
    with pytest.raises(Conflict):
        await backend.comments.submit(site, writer.order(idempotency=key_of()))
    await backend.comments.patch_thread(site, THREAD, changes=opened, fields=frozenset({"closed"}))
    accepted = await backend.comments.submit(site, writer.order(idempotency=key_of(fingerprint="0" * 32)))
    assert not accepted.replayed


async def test_a_retry_of_the_very_same_order_is_the_same_work(backend: Backend, site: Site, writer: Writer) -> None:
    order = writer.order(idempotency=key_of(), limits=limits_of(author_per_minute=2))
    answers = [await backend.comments.submit(site, order) for _ in range(5)]
    assert {answer.id for answer in answers} == {order.comment.id}
    assert not answers[0].replayed
    assert await entries_of(backend) == 1
    # Had the retries counted, this one would be over the author's limit of two.
    await backend.comments.submit(site, writer.order(limits=limits_of(author_per_minute=2)))


async def test_a_retry_after_the_verdict_changes_nothing(backend: Backend, site: Site, writer: Writer) -> None:
    order = writer.order()
    await backend.comments.submit(site, order)
    shown = await approved(backend, writer, order.comment)
    await backend.comments.submit(site, order)
    assert await backend.comments.load(site, order.comment.id) == shown
    assert await entries_of(backend) == 0


async def test_a_closed_thread_takes_nothing(backend: Backend, site: Site, writer: Writer) -> None:
    await backend.comments.patch_thread(
        site, THREAD, changes=Thread(key=THREAD, closed=True), fields=frozenset({"closed"})
    )
    with pytest.raises(Conflict) as caught:
        await submitted(backend, writer)
    assert caught.value.slug == "thread-closed"
    assert await entries_of(backend) == 0


async def refused_parent(backend: Backend, writer: Writer, parent: str) -> GatepostError:
    reply = writer.comment(parent=parent)
    with pytest.raises(GatepostError) as caught:
        await backend.comments.submit(writer.site, writer.order(reply))
    assert await backend.comments.load(writer.site, reply.id) is None
    return caught.value


async def test_a_parent_that_never_was_or_never_was_public_is_unknown(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    pending = await submitted(backend, writer)
    waiting = await held(backend, writer, await submitted(backend, writer))
    elsewhere = await published(backend, writer, thread="/weir")
    other = Writer(clock, site_of(clock, "other"))
    await backend.directory.add_site(other.site, policy_of())
    foreign = await published(backend, other)
    answers = [
        await refused_parent(backend, writer, parent)
        for parent in (mint(clock()), pending.id, waiting.id, elsewhere.id, foreign.id)
    ]
    assert {(type(e), e.slug, e.detail) for e in answers} == {(NotFound, "unknown-parent", answers[0].detail)}


async def test_a_withdrawn_parent_is_a_conflict(backend: Backend, site: Site, writer: Writer) -> None:
    for withdraw in (writer.delete, lambda c: writer.decide(c, "held"), lambda c: writer.decide(c, "rejected")):
        parent = await published(backend, writer)
        await backend.comments.move(site, withdraw(parent))
        assert (await refused_parent(backend, writer, parent.id)).slug == "parent-withdrawn"


async def test_a_comment_cannot_answer_itself(backend: Backend, site: Site, writer: Writer) -> None:
    comment = writer.comment()
    with pytest.raises(NotFound):
        await backend.comments.submit(site, writer.order(replaced(comment, parent_id=comment.id)))
    assert await backend.comments.load(site, comment.id) is None


async def test_a_full_lane_refuses_all_its_sites(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    comments = backend.bounded(backlog=2, site_backlog=100)
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    for _ in range(2):
        await comments.submit(site, writer.order())
    late = Writer(clock, other)
    order = late.order(idempotency=key_of())
    with pytest.raises(Unavailable) as caught:
        await comments.submit(other, order)
    assert caught.value.slug == "queue-full"
    assert await comments.load(other, order.comment.id) is None
    assert await comments.thread(other, THREAD) is None
    # Imports are outside admission.
    await comments.submit(other, late.order(stream="bulk"))
    assert await entries_of(backend) == 3


async def test_a_full_site_leaves_others_alone(backend: Backend, site: Site, writer: Writer, clock: Clock) -> None:
    comments = backend.bounded(backlog=100, site_backlog=2)
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy_of())
    sent = [await submitted(backend, writer) for _ in range(2)]
    with pytest.raises(Unavailable):
        await comments.submit(site, writer.order())
    await comments.submit(other, Writer(clock, other).order())
    await held(backend, writer, sent[0])
    await comments.submit(site, writer.order())


@pytest.mark.parametrize(
    ("limits", "other"),
    [
        (limits_of(address_burst=2, address_per_minute=1), limits_of("work", address_burst=2, address_per_minute=1)),
        (limits_of(author_per_minute=2), limits_of(author="ben", author_per_minute=2)),
    ],
    ids=["address", "author"],
)
async def test_a_limit_counts_whom_it_names(
    backend: Backend, site: Site, writer: Writer, limits: Limits, other: Limits
) -> None:
    for _ in range(2):
        await backend.comments.submit(site, writer.order(limits=limits))
    order = writer.order(limits=limits, idempotency=key_of())
    with pytest.raises(TooMany) as caught:
        await backend.comments.submit(site, order)
    assert 1 <= caught.value.retry_after <= 60
    assert await backend.comments.load(site, order.comment.id) is None
    # A refusal counts nothing, neither its own limit nor the others, and remembers no key.
    with pytest.raises(TooMany):
        await backend.comments.submit(site, order)
    await backend.comments.submit(site, writer.order(limits=other))
    await backend.comments.submit(site, writer.order())


async def test_new_threads_have_a_limit_of_their_own(backend: Backend, site: Site, writer: Writer) -> None:
    limits = limits_of(threads_per_hour=2)
    for thread in ("/a", "/b"):
        await backend.comments.submit(site, writer.order(writer.comment(thread=thread), limits=limits))
    with pytest.raises(TooMany) as caught:
        await backend.comments.submit(site, writer.order(writer.comment(thread="/c"), limits=limits))
    assert 1 <= caught.value.retry_after <= 1800
    assert await backend.comments.thread(site, "/c") is None
    await backend.comments.submit(site, writer.order(writer.comment(thread="/a"), limits=limits))


async def test_the_page_first_named_by_a_reader_stays_until_the_site_names_it(
    backend: Backend, site: Site, writer: Writer
) -> None:
    for url, title, verified in (
        ("https://mill.example/1", "", False),
        ("https://mill.example/2", "One", False),
        ("", "Two", False),
        ("", "Three", True),
        ("", "Four", False),
    ):
        await backend.comments.submit(site, writer.order(url=url, title=title, title_verified=verified))
    thread = await backend.comments.thread(site, THREAD)
    assert thread is not None
    assert (thread.url, thread.title, thread.title_verified) == ("https://mill.example/1", "Three", True)


async def test_a_site_that_was_removed_takes_nothing_from_who_still_remembers_it(
    backend: Backend, site: Site, writer: Writer
) -> None:
    await backend.directory.remove_site(site)
    with pytest.raises(NotFound) as refused:
        await submitted(backend, writer)
    assert refused.value.slug == "unknown-site"
    assert await backend.queue.take("main", "w", count=10, block_ms=1) == []
