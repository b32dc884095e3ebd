"""The record after a decision, made from the record before."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from service.domain import moves
from service.domain.comment import Comment, Note, Reason, standing
from service.domain.errors import Conflict, LostRace
from service.domain.policy import Verdict
from service.domain.status import STATUSES, Status, may_move
from tests.builders import Writer, scores_of, site_of
from tests.fakes.clock import Clock

AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def comment() -> Comment:
    clock = Clock()
    return Writer(clock, site_of(clock)).comment("A text with a name: Berta.")


def with_status(comment: Comment, status: Status) -> Comment:
    return msgspec.structs.replace(comment, status=status, version=4)


def test_a_verdict_leaves_scores_reasons_and_one_entry(comment: Comment) -> None:
    reason = Reason(rule="thresholds", code="above-hold-threshold", label="toxicity")
    verdict = Verdict(status="held", look=False, reasons=(reason,))
    after = moves.judged(comment, verdict, scores_of(0.6), by="w1", at=AT, policy_version=3)
    assert (after.status, after.version, after.scores, after.reasons) == ("held", 2, scores_of(0.6), (reason,))
    (entry,) = after.trail
    assert (entry.actor, entry.by, entry.before, entry.after) == ("worker", "w1", "pending", "held")
    assert (entry.at, entry.reasons, entry.policy_version) == (AT, (reason,), 3)
    assert after.decided_at == AT


def test_every_decision_has_an_id_of_its_own(comment: Comment) -> None:
    verdict = Verdict(status="held", look=False, reasons=())
    ids = {moves.judged(comment, verdict, scores_of(), by="w", at=AT, policy_version=1).trail[-1].id for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize(("before", "to"), list(itertools.product(STATUSES, STATUSES)))
def test_a_moderator_moves_where_the_table_says(comment: Comment, before: Status, to: Status) -> None:
    start = with_status(comment, before)
    if before == to or not may_move("moderator", before, to):
        with pytest.raises(Conflict):
            moves.decided(start, to, moderator="m", at=AT, statement="", note="")
        return
    after = moves.decided(start, to, moderator="m", at=AT, statement="Be kind.", note="")
    assert (after.status, after.version, after.statement, after.look) == (to, 5, "Be kind.", False)
    assert (after.trail[-1].actor, after.trail[-1].by) == ("moderator", "m")
    assert after.body == start.body


def test_notes_stay(comment: Comment) -> None:
    held = with_status(comment, "held")
    first = moves.decided(held, "rejected", moderator="m", at=AT, statement="", note="Seen before.")
    second = moves.decided(first, "held", moderator="m", at=AT, statement="", note="")
    assert [note.text for note in second.notes] == ["Seen before."]


@pytest.mark.parametrize("before", STATUSES)
def test_an_edit_makes_anything_decided_wait_anew(comment: Comment, before: Status) -> None:
    start = msgspec.structs.replace(with_status(comment, before), scores=scores_of(), look=True, statement="No.")
    if not may_move("author", before, "pending"):
        with pytest.raises(Conflict):
            moves.edited(start, "Anew.", at=AT)
        return
    after = moves.edited(start, "Anew.", at=AT)
    assert (after.status, after.body, after.scores, after.reasons, after.look) == ("pending", "Anew.", None, (), False)
    assert (after.statement, after.edited_at, after.decided_at) == ("", AT, None)


@pytest.mark.parametrize("before", ["pending", "approved", "held", "rejected"])
def test_a_deletion_wipes_everything_personal(comment: Comment, before: Status) -> None:
    start = msgspec.structs.replace(
        with_status(comment, before),
        author=msgspec.structs.replace(comment.author, website="https://berta.example", email="0" * 32),
        scores=scores_of(),
        statement="To Berta",
        notes=(Note(at=AT, by="m", text="Berta again"),),
        reasons=(Reason(rule="x", code="y"),),
    )
    after = moves.deleted(start, at=AT)
    kept = msgspec.json.encode(after).decode().lower()
    assert "berta" not in kept
    assert "anna" not in kept
    assert "0" * 32 not in kept
    assert (after.id, after.thread, after.created_at) == (start.id, start.thread, start.created_at)
    with pytest.raises(Conflict):
        moves.deleted(after, at=AT)


def test_a_burial_holds_and_names_no_person(comment: Comment) -> None:
    reason = Reason(rule="queue", code="classifier-failed")
    after = moves.held_by_system(comment, reason, by="w1", at=AT)
    assert (after.status, after.reasons, after.trail[-1].actor) == ("held", (reason,), "system")


def test_a_note_changes_neither_when_it_was_decided_nor_what_can_be_taken_back(comment: Comment) -> None:
    held = with_status(comment, "held")
    decided = moves.decided(held, "rejected", moderator="m", at=AT, statement="Be kind.", note="")
    noted = moves.annotated(decided, "Seen.", moderator="n", at=AT + timedelta(seconds=9))
    assert (noted.status, noted.version, noted.decided_at, noted.former) == ("rejected", 6, AT, decided.former)
    assert (noted.statement, noted.reasons) == ("Be kind.", decided.reasons)
    assert standing(noted.trail) == decided.trail[-1]
    back = moves.undone(noted, decided.trail[-1].id, by="m", at=AT + timedelta(seconds=30), seconds=30)
    assert (back.status, back.statement, back.former) == ("held", "", None)
    assert [note.text for note in back.notes] == ["Seen."]
    with pytest.raises(Conflict, match="30 seconds"):
        moves.undone(noted, decided.trail[-1].id, by="m", at=AT + timedelta(seconds=31), seconds=30)


@pytest.mark.parametrize("status", ["pending", "deleted"])
def test_what_waits_or_is_gone_has_no_notes(comment: Comment, status: Status) -> None:
    with pytest.raises(Conflict):
        moves.annotated(with_status(comment, status), "Seen.", moderator="m", at=AT)


def test_to_look_at_is_done_by_approving_again(comment: Comment) -> None:
    looked = msgspec.structs.replace(with_status(comment, "approved"), look=True)
    after = moves.decided(looked, "approved", moderator="m", at=AT, statement="", note="")
    assert (after.look, after.former.look if after.former else None) == (False, True)
    with pytest.raises(Conflict):
        moves.decided(after, "approved", moderator="m", at=AT, statement="", note="")


@pytest.mark.parametrize("what", ["edited", "deleted", "judged"])
def test_whatever_comes_after_a_decision_ends_its_undo(comment: Comment, what: str) -> None:
    decided = moves.decided(with_status(comment, "held"), "approved", moderator="m", at=AT, statement="", note="")
    after = {
        "edited": lambda: moves.edited(decided, "Anew.", at=AT),
        "deleted": lambda: moves.deleted(decided, at=AT),
        "judged": lambda: moves.judged(
            decided,
            Verdict(status="held", look=False, reasons=()),
            scores_of(),
            by="r",
            at=AT,
            policy_version=1,
            actor="redecision",
        ),
    }[what]()
    assert after.former is None
    with pytest.raises(LostRace):
        moves.undone(after, decided.trail[-1].id, by="m", at=AT, seconds=30)


def test_a_batch_s_decision_has_the_same_id_each_time(comment: Comment) -> None:
    held = with_status(comment, "held")
    made = [
        moves.decided(held, "approved", moderator="m", at=AT, statement="", note="", batch=batch).trail[-1].id
        for batch in ("a", "a", "b", "")
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_a_lost_race_names_the_last_decision(comment: Comment) -> None:
    after = moves.decided(with_status(comment, "held"), "approved", moderator="m", at=AT, statement="", note="")
    lost = moves.lost_race(after)
    assert (lost.decided_by, lost.decided_at, lost.decided_to, lost.version) == (
        "m",
        "2026-11-24T00:00:00Z",
        "approved",
        5,
    )
    assert moves.lost_race(comment).decided_by == ""
