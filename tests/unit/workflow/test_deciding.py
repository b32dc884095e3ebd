"""Moderators decide one or many, take it back, leave it to others, and name a house rule."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from service.domain.comment import Comment, standing
from service.domain.errors import Conflict, Forbidden, GatepostError, Invalid, LostRace, NotFound, Refused, StorageDown
from service.domain.orders import Move, MoveResult
from service.domain.policy import Policy
from service.domain.rule_settings import HouseRule
from service.domain.site import Principal, Site
from service.domain.views import ReviewQuery
from service.workflow import claiming, remarking, review, undoing
from service.workflow.bulk import Done, decide_together
from service.workflow.house import House
from service.workflow.review import Action, Choice
from service.workflow.undoing import decision_name
from tests.builders import Writer, scores_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.steps import applied, held, published, submitted

ANNA = Principal(id="moderator-anna", role="moderator", sites=("mill",), name="Anna")
BEN = Principal(id="moderator-ben", role="moderator", sites=("mill",), name="Ben")
SENIOR = Principal(id="moderator-cleo", role="moderator", sites=("mill",), name="Cleo", rank="senior")
KEY = "k" * 16
RULE = HouseRule(id="kind", title={"en": "Be kind"}, text={"en": "Be kind to each other."})


@pytest.fixture(autouse=True)
async def _people(fake: FakeBackend) -> None:
    for who in (ANNA, BEN, SENIOR):
        await fake.directory.add_principal(who, f"gpm_{who.name}")


async def with_rules(house: House, mill: Site, **changes: Any) -> Policy:
    policy = await house.directory.policy(mill)
    changed = msgspec.structs.replace(policy, version=policy.version + 1, **changes)
    await house.directory.put_policy(mill, changed, replaces=policy.version)
    return changed


async def waiting(fake: FakeBackend, writer: Writer, count: int = 1, risk: float = 0.6) -> list[Comment]:
    return [await held(fake, writer, await submitted(fake, writer), scores_of(risk)) for _ in range(count)]


def choice(comment: Comment, action: Action = "approve", **more: Any) -> Choice:
    return Choice(site="mill", id=comment.id, version=comment.version, action=action, **more)


def together(action: Action = "approve", **more: Any) -> Choice:
    return Choice(site="mill", id="", version=0, action=action, **more)


def items(comments: Sequence[Comment]) -> list[tuple[str, int]]:
    return [(comment.id, comment.version) for comment in comments]


def slugs(done: Done) -> dict[str, str]:
    return {failed.id: failed.error.slug for failed in done.failed}


async def refused(error: type[GatepostError], slug: str, work: Any) -> GatepostError:
    with pytest.raises(error) as caught:
        await work
    assert caught.value.slug == slug
    return caught.value


async def test_a_rejection_names_a_rule_once_there_are_any(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    first, second, third = await waiting(fake, writer, 3)
    await review.decide(house, ANNA, choice(first, "reject"))
    await with_rules(house, mill, house_rules=(RULE,))
    await refused(Invalid, "house-rule-required", review.decide(house, ANNA, choice(second, "reject")))
    await refused(Invalid, "invalid-field", review.decide(house, ANNA, choice(second, "reject", house_rule="x")))
    await refused(Invalid, "invalid-field", review.decide(house, ANNA, choice(second, house_rule="kind")))
    done = await review.decide(house, ANNA, choice(second, "reject", house_rule="kind"))
    assert done.trail[-1].house_rule == "kind"
    work = decide_together(house, ANNA, together("reject"), items([third]), key=KEY)
    await refused(Invalid, "house-rule-required", work)
    await decide_together(house, ANNA, together("reject", house_rule="kind"), items([third]), key=KEY)
    stored = await house.comments.load(mill, third.id)
    assert stored is not None
    assert (stored.trail[-1].house_rule, stored.trail[-1].batch != "") == ("kind", True)


async def test_a_rejection_that_holds_again_names_its_rule_again(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    await with_rules(house, mill, house_rules=(RULE,))
    (waits,) = await waiting(fake, writer)
    rejected = await review.decide(house, ANNA, choice(waits, "reject", house_rule="kind"))
    approved = await review.decide(house, BEN, choice(rejected))
    back = await undoing.undo(house, BEN, "mill", decision_name(approved))
    assert (back.status, back.trail[-1].house_rule) == ("rejected", "kind")
    assert standing(back.trail) == rejected.trail[-1]


async def test_only_a_senior_decides_what_was_left_to_one(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    waits, other = await waiting(fake, writer, 2)
    left = await remarking.escalate(house, ANNA, "mill", waits.id, waits.version, "I know her.")
    assert (left.escalated, left.notes[-1].text, left.notes[-1].by) == (True, "I know her.", ANNA.id)
    await refused(Forbidden, "needs-senior", review.decide(house, BEN, choice(left)))
    done = await decide_together(house, BEN, together(), items([left, other]), key=KEY)
    assert (done.done, slugs(done)) == (1, {left.id: "needs-senior"})
    taken = await claiming.claim_next(house, BEN, mill, ReviewQuery(sort="first", limit=5))
    assert taken.claimed == ()
    taken = await claiming.claim_next(house, SENIOR, mill, ReviewQuery(sort="first", limit=5))
    assert [comment.id for comment, _ in taken.claimed] == [left.id]
    decided = await review.decide(house, SENIOR, choice(left, claim=taken.claimed[0][1].number))
    assert not decided.escalated
    back = await undoing.undo(house, SENIOR, "mill", decision_name(decided))
    assert back.escalated
    await refused(Conflict, "move-not-allowed", remarking.escalate(house, ANNA, "mill", back.id, back.version, ""))
    # What a senior did not have to hold, anyone may take down.
    shown = await published(fake, writer)
    await refused(Conflict, "move-not-allowed", remarking.escalate(house, ANNA, "mill", shown.id, shown.version, ""))


async def test_the_loser_is_told_who_when_and_what(house: House, mill: Site, fake: FakeBackend, writer: Writer) -> None:
    waits, other = await waiting(fake, writer, 2)
    done = await review.decide(house, ANNA, choice(waits))
    error = await refused(LostRace, "lost-race", review.decide(house, BEN, choice(waits, "reject")))
    assert isinstance(error, LostRace)
    assert (error.decided_by, error.decided_by_name, error.decided_to) == (ANNA.id, "Anna", "approved")
    assert (error.version, error.claimed_by) == (3, None)
    assert error.decided_at == done.trail[-1].at.isoformat().replace("+00:00", "Z")
    (taken,) = (await claiming.claim_these(house, ANNA, mill, [other.id])).claimed
    error = await refused(LostRace, "lost-race", review.decide(house, BEN, choice(other)))
    assert isinstance(error, LostRace)
    assert error.claimed_by == ANNA.id
    refusal = await claiming.claim_these(house, BEN, mill, [other.id, "nonsense", waits.id, waits.id])
    assert [(f.id, f.error.slug) for f in refusal.failed] == [(other.id, "lost-race"), ("nonsense", "unknown-comment")]
    assert [comment.id for comment, _ in refusal.claimed] == [waits.id]
    await house.claims.release(mill, [(other.id, taken[1].number)], by=ANNA.id)
    await house.claims.take(mill, [other], by=BEN.id, most=1)
    await house.claims.release(mill, [(other.id, taken[1].number + 2)], by=BEN.id)
    error = await refused(LostRace, "lost-race", review.decide(house, ANNA, choice(other, claim=taken[1].number)))
    assert isinstance(error, LostRace)
    assert error.claimed_by == ""


@pytest.mark.parametrize("count", [0, 101])
async def test_too_few_or_too_many_claims(house: House, mill: Site, count: int) -> None:
    with pytest.raises(Refused):
        await claiming.claim_these(house, ANNA, mill, [f"id-{number}" for number in range(count)])
    with pytest.raises(Refused):
        await claiming.claim_next(house, ANNA, mill, ReviewQuery(limit=count))


async def test_each_of_many_is_decided_or_refused_on_its_own(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    first, second, edited, claimed = await waiting(fake, writer, 4)
    (severe,) = await waiting(fake, writer, 1, 0.6)
    move = writer.judge(await submitted(fake, writer), "held", scores=scores_of(0.9, threat=0.8))
    severe = await applied(fake, writer, move)
    await applied(fake, writer, writer.edit(edited, "Anew."))
    await house.claims.take(mill, [claimed], by=BEN.id, most=1)
    wanted = [*items([first, severe, edited, claimed, second]), ("nonsense", 1)]
    done = await decide_together(house, ANNA, together("reject", reason="No."), wanted, key=KEY)
    assert done.done == 2
    assert slugs(done) == {
        severe.id: "severe-needs-reading",
        edited.id: "lost-race",
        claimed.id: "lost-race",
        "nonsense": "unknown-comment",
    }
    for comment in (first, second):
        stored = await house.comments.load(mill, comment.id)
        assert stored is not None
        assert (stored.status, stored.statement, stored.trail[-1].batch) == ("rejected", "No.", done.batch)


@pytest.mark.parametrize("bad", [[], [("a", 1)] * 2, [(f"id-{number}", 1) for number in range(501)]])
async def test_what_is_no_bulk_decision(house: House, mill: Site, bad: list[tuple[str, int]]) -> None:
    assert mill.id == "mill"
    with pytest.raises(Refused):
        await decide_together(house, ANNA, together(), bad, key=KEY)


async def test_a_batch_that_broke_off_is_finished_by_its_repetition(
    house: House, mill: Site, fake: FakeBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments = await waiting(fake, writer, 7)
    move, moves = fake.comments.move, 0

    async def breaks_off(site: Site, order: Move) -> MoveResult:
        nonlocal moves
        moves += 1
        if moves == 4:
            message = "away"
            raise StorageDown(message, retry_after=2)
        return await move(site, order)

    with monkeypatch.context() as patch:
        patch.setattr(fake.comments, "move", breaks_off)
        with pytest.raises(StorageDown):
            await decide_together(house, ANNA, together(), items(comments), key=KEY)
    done = await decide_together(house, ANNA, together(), items(comments), key=KEY)
    assert (done.done, done.failed) == (7, ())
    for comment in comments:
        stored = await house.comments.load(mill, comment.id)
        assert stored is not None
        assert [decision.batch for decision in stored.trail] == ["", done.batch]
    # Somebody else's same key is another batch; one's own for something else is refused.
    theirs = await decide_together(house, BEN, together(), items(comments), key=KEY)
    assert (theirs.done, set(slugs(theirs).values())) == (0, {"lost-race"})
    work = decide_together(house, ANNA, together("reject"), items(comments), key=KEY)
    await refused(Conflict, "idempotency-mismatch", work)


async def test_a_batch_is_taken_back_as_one(
    house: House, mill: Site, fake: FakeBackend, writer: Writer, clock: Clock
) -> None:
    comments = await waiting(fake, writer, 3)
    elsewhere, refused_one = comments[1], (await waiting(fake, writer, 1))[0]
    await house.claims.take(mill, [refused_one], by=BEN.id, most=1)
    done = await decide_together(house, ANNA, together(), items([*comments, refused_one]), key=KEY)
    assert done.done == 3
    stored = await house.comments.load(mill, elsewhere.id)
    assert stored is not None
    await review.decide(house, BEN, choice(stored, "reject"))
    await refused(Forbidden, "forbidden", undoing.undo_batch(house, BEN, "mill", done.batch))
    await refused(NotFound, "unknown-decision", undoing.undo_batch(house, ANNA, "mill", "0" * 16))
    for _ in range(2):
        back = await undoing.undo_batch(house, ANNA, "mill", done.batch)
        assert (back.done, slugs(back)) == (2, {elsewhere.id: "lost-race"})
    for comment, status in zip(comments, ("held", "rejected", "held"), strict=True):
        stored = await house.comments.load(mill, comment.id)
        assert stored is not None
        assert stored.status == status
    clock.advance(31)
    late = await waiting(fake, writer, 2)
    done = await decide_together(house, ANNA, together(), items(late), key=KEY * 2)
    clock.advance(31)
    back = await undoing.undo_batch(house, ANNA, "mill", done.batch)
    assert (back.done, set(slugs(back).values())) == (0, {"too-late-to-undo"})


async def test_who_may_take_back_what_and_until_when(
    house: House, mill: Site, fake: FakeBackend, writer: Writer, clock: Clock
) -> None:
    (waits,) = await waiting(fake, writer)
    decided = await review.decide(house, ANNA, choice(waits, reason="Fine."))
    name = decision_name(decided)
    await refused(Forbidden, "forbidden", undoing.undo(house, BEN, "mill", name))
    for unknown in ("", "x", f"{waits.id}.{'0' * 16}", f"{waits.id}.", decided.trail[-1].id, f".{name}"):
        await refused(NotFound, "unknown-decision", undoing.undo(house, ANNA, "mill", unknown))
    # A worker's verdict is nobody's to take back.
    await refused(Forbidden, "forbidden", undoing.undo(house, ANNA, "mill", f"{waits.id}.{waits.trail[-1].id}"))
    clock.advance(29)
    first = await undoing.undo(house, ANNA, "mill", name)
    assert await undoing.undo(house, ANNA, "mill", name) == first
    assert first.status == "held"
    # What was taken back is decided again, and then that is what can be taken back.
    again = await review.decide(house, ANNA, choice(first))
    assert (await undoing.undo(house, ANNA, "mill", name)).version == again.version
    clock.advance(31)
    await refused(Conflict, "too-late-to-undo", undoing.undo(house, ANNA, "mill", decision_name(again)))
    await with_rules(house, mill, undo_seconds=3600)
    later = await undoing.undo(house, ANNA, "mill", decision_name(again))
    edited = await review.decide(house, ANNA, choice(later))
    await applied(fake, writer, writer.edit(edited, "Anew."))
    await refused(LostRace, "lost-race", undoing.undo(house, ANNA, "mill", decision_name(edited)))


async def test_notes_have_an_end_and_need_words(house: House, mill: Site, fake: FakeBackend, writer: Writer) -> None:
    (comment,) = await waiting(fake, writer)
    with pytest.raises(Refused):
        await remarking.note(house, ANNA, "mill", comment.id, comment.version, "")
    for number in range(100):
        comment = await remarking.note(house, ANNA, "mill", comment.id, comment.version, f"Note {number}.")
    with pytest.raises(Conflict):
        await remarking.note(house, ANNA, "mill", comment.id, comment.version, "One more.")
    with pytest.raises(LostRace):
        await remarking.note(house, BEN, "mill", comment.id, comment.version - 1, "Late.")
    pending = await submitted(fake, writer)
    with pytest.raises(Conflict):
        await remarking.note(house, ANNA, "mill", pending.id, 1, "Too early.")
    assert mill.id == comment.site


async def test_what_lies_in_another_section_is_neither_given_nor_annotated(
    house: House, mill: Site, fake: FakeBackend, writer: Writer
) -> None:
    (waits,) = await waiting(fake, writer)
    sport = msgspec.structs.replace(SENIOR, sections=("sport",))
    taken = await claiming.claim_next(house, sport, mill, ReviewQuery(sort="first", limit=5))
    assert taken.claimed == ()
    for work in (
        remarking.note(house, sport, "mill", waits.id, waits.version, "Seen."),
        remarking.escalate(house, sport, "mill", waits.id, waits.version, ""),
        review.decide(house, sport, choice(waits)),
    ):
        await refused(Forbidden, "forbidden", work)
    stored = await house.comments.load(mill, waits.id)
    assert stored == waits
