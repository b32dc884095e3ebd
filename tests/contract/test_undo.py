"""Taking back a decision: records, indexes and threads are what they were, and the trail tells both."""

import msgspec
import pytest

from service.domain.comment import Comment, Reason
from service.domain.moves import retried
from service.domain.orders import Gone, Lost, Move, Moved
from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import ReviewQuery
from tests.builders import THREAD, Writer, policy_of, scores_of
from tests.ports import Backend
from tests.steps import applied, entry_of, held, judged, published, submitted


def apart_from_history(comment: Comment) -> Comment:
    return msgspec.structs.replace(comment, version=0, trail=(), former=None, notes=())


async def listed(backend: Backend, site: Site) -> list[tuple[str, str]]:
    page = await backend.comments.page(site, THREAD, sort="oldest", limit=100, after=None)
    return [(comment.id, comment.status) for comment in page.comments]


async def lists(backend: Backend, site: Site) -> list[list[str]]:
    """Say what every list of moderators and readers holds, and in which order."""
    queries = (
        *(ReviewQuery(status=status) for status in ("approved", "held", "rejected")),
        ReviewQuery(look=True),
        *(ReviewQuery(status="held", sort=sort) for sort in ("riskiest", "first")),
        *(ReviewQuery(status="held", sort="first", queue=queue) for queue in ("urgent", "escalated")),
    )
    found = [[c.id for c in (await backend.comments.review(site, query)).comments] for query in queries]
    return [*found, [f"{i} {status}" for i, status in await listed(backend, site)]]


async def start(backend: Backend, writer: Writer, kind: str) -> Comment:
    comment = await submitted(backend, writer)
    if kind == "looked at":
        return await judged(backend, writer, comment, "approved", look=True, scores=scores_of(0.6))
    if kind == "escalated":
        return await applied(backend, writer, writer.escalate(await held(backend, writer, comment, scores_of(0.6))))
    if kind == "urgent":
        move = writer.judge(comment, "held", entry=await entry_of(backend, comment), scores=scores_of(0.6, threat=0.4))
        urgent = msgspec.structs.replace(
            move.after, urgent=True, reasons=(Reason(rule="mode", code="pre-moderation", spans=((0, 1),)),)
        )
        return await applied(backend, writer, msgspec.structs.replace(move, after=urgent))
    if kind == "rejected by a human":
        waits = await held(backend, writer, comment)
        return await applied(backend, writer, writer.decide(waits, "rejected", by="ben", statement="Be kind."))
    return await judged(backend, writer, comment, kind)  # type: ignore[arg-type]


CASES: list[tuple[str, Status]] = [
    ("held", "approved"),
    ("held", "rejected"),
    ("approved", "held"),
    ("approved", "rejected"),
    ("rejected", "approved"),
    ("looked at", "approved"),
    ("looked at", "rejected"),
    ("escalated", "approved"),
    ("urgent", "rejected"),
    ("rejected by a human", "approved"),
]


@pytest.mark.parametrize(("kind", "to"), CASES)
async def test_everything_is_as_it_was(backend: Backend, site: Site, writer: Writer, kind: str, to: Status) -> None:
    other = await held(backend, writer, await submitted(backend, writer), scores_of(0.55))
    before = await start(backend, writer, kind)
    seen = await lists(backend, site)
    decided = await applied(backend, writer, writer.decide(before, to, statement="No."))
    move = writer.undo(decided)
    for _ in range(2):
        after = await applied(backend, writer, move)
    stored = await backend.comments.load(site, before.id)
    assert stored == after
    assert apart_from_history(after) == apart_from_history(before)
    assert after.decided_at == before.decided_at
    assert (after.version, len(after.trail)) == (before.version + 2, len(before.trail) + 2)
    assert after.trail[-1].undoes == decided.trail[-1].id
    assert (after.trail[-1].before, after.trail[-1].after) == (to, before.status)
    assert await lists(backend, site) == seen
    assert await backend.comments.load(site, other.id) == other


async def test_a_withdrawn_parent_s_place_is_filled_again(backend: Backend, site: Site, writer: Writer) -> None:
    root = await published(backend, writer)
    middle = await published(backend, writer, parent=root.id)
    leaf = await published(backend, writer, parent=middle.id)
    whole = await listed(backend, site)
    gone = await applied(backend, writer, writer.decide(middle, "rejected"))
    assert (middle.id, "rejected") in await listed(backend, site)
    await applied(backend, writer, writer.undo(gone))
    assert await listed(backend, site) == whole
    # The last of a chain of places takes them along, and brings them back.
    gone = await applied(backend, writer, writer.decide(await _now(backend, site, middle), "rejected"))
    away = await applied(backend, writer, writer.decide(leaf, "held"))
    assert await listed(backend, site) == [(root.id, "approved")]
    await applied(backend, writer, writer.undo(away))
    assert await listed(backend, site) == [(root.id, "approved"), (middle.id, "rejected"), (leaf.id, "approved")]
    await applied(backend, writer, writer.undo(gone))
    assert await listed(backend, site) == whole


async def _now(backend: Backend, site: Site, comment: Comment) -> Comment:
    stored = await backend.comments.load(site, comment.id)
    assert stored is not None
    return stored


async def test_whoever_decides_meanwhile_is_first(backend: Backend, site: Site, writer: Writer) -> None:
    waits = await held(backend, writer, await submitted(backend, writer))
    decided = await applied(backend, writer, writer.decide(waits, "approved", by="anna"))
    undo = writer.undo(decided, by="anna")
    again = await applied(backend, writer, writer.decide(decided, "rejected", by="ben"))
    assert await backend.comments.move(site, undo) == Lost(current=again)
    backend.erase(site, waits.id)
    assert await backend.comments.move(site, undo) == Gone()
    # Its indexes stay behind, which the audit at the end would tell.
    await backend.directory.remove_site(site)
    await backend.directory.add_site(site, policy_of())


async def test_a_note_and_an_escalation_leave_the_status_and_who_reads_sees_nothing(
    backend: Backend, site: Site, writer: Writer
) -> None:
    waits = await held(backend, writer, await submitted(backend, writer), scores_of(0.6))
    before = await lists(backend, site)
    noted = await applied(backend, writer, writer.note(waits))
    assert await lists(backend, site) == before
    assert [note.text for note in noted.notes] == ["Seen."]
    assert noted.decided_at == waits.decided_at
    left = await applied(backend, writer, writer.escalate(noted))
    queue = ReviewQuery(status="held", sort="first", queue="escalated")
    assert (await backend.comments.review(site, queue)).comments == (left,)
    taken_back = await applied(backend, writer, writer.undo(left))
    assert (await backend.comments.review(site, queue)).comments == ()
    assert taken_back.notes == noted.notes
    assert isinstance(await backend.comments.move(site, Move(before=waits, after=writer.note(waits).after)), Lost)


async def test_a_note_does_not_take_the_undo_away(backend: Backend, site: Site, writer: Writer) -> None:
    waits = await held(backend, writer, await submitted(backend, writer), scores_of(0.6))
    decided = await applied(backend, writer, writer.decide(waits, "approved"))
    noted = await applied(backend, writer, writer.note(decided, by="ben"))
    back = await applied(backend, writer, writer.undo(noted))
    assert apart_from_history(back) == apart_from_history(waits)
    assert len(back.notes) == 1


async def test_what_no_worker_could_judge_can_still_be_tried_again_after_a_note_and_an_undo(
    backend: Backend, site: Site, writer: Writer
) -> None:
    comment = await submitted(backend, writer)
    buried = await applied(backend, writer, writer.bury(comment, await entry_of(backend, comment)))
    back = await applied(
        backend, writer, writer.undo(await applied(backend, writer, writer.decide(buried, "approved")))
    )
    noted = await applied(backend, writer, writer.note(back))
    again = retried(noted, by="operator", at=backend.clock())
    assert isinstance(await backend.comments.move(site, Move(before=noted, after=again, requeue=True)), Moved)


async def test_an_erased_comment_keeps_no_note_and_nothing_of_what_it_was(
    backend: Backend, site: Site, writer: Writer
) -> None:
    waits = await held(backend, writer, await submitted(backend, writer, "Berta lives in Mill Lane."))
    noted = await applied(backend, writer, writer.note(waits))
    decided = await applied(backend, writer, writer.decide(noted, "rejected", statement="Berta!"))
    gone = await applied(backend, writer, writer.delete(decided))
    assert (gone.notes, gone.former, gone.statement, gone.body) == ((), None, "", "")
    stored = await backend.comments.load(site, waits.id)
    assert stored == gone
    assert "Berta" not in repr(stored)
