"""Deciding anew over fake ports: which decisions are taken, and what cannot be judged."""

from datetime import datetime, timedelta

import msgspec
import pytest

from service.domain import moves
from service.domain.comment import Comment
from service.domain.policy import Verdict
from service.domain.rules import WORKER_RULES
from service.domain.site import Site
from tests.builders import Writer, policy_of, replaced, scores_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.steps import applied, approved, held, published, submitted
from tests.toy_classifier import ToyClassifier
from workers.judge import Judge
from workers.redecide import Choice, Outcome, Redecider
from workers.scoring import BrokenClassifier


class Desk:
    """A site over fake ports, and a redecider with a toy."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.backend = FakeBackend(clock)
        self.site: Site = site_of(clock)
        self.writer = Writer(clock, self.site)
        self.toy = ToyClassifier()
        self.began: datetime = clock()

    async def open(self) -> None:
        await self.backend.directory.add_site(self.site, policy_of())

    async def run(self, *, dry_run: bool = False) -> Outcome:
        judge = Judge(self.toy, WORKER_RULES, uncovered=lambda _t, _l: None)
        redecider = Redecider(self.backend.comments, judge, by="redecide-1", now=self.clock)
        choice = Choice(since=self.began, until=self.clock())
        return await redecider.run(self.site, choice, dry_run=dry_run)

    async def load(self, comment: Comment) -> Comment:
        found = await self.backend.comments.load(self.site, comment.id)
        assert found is not None
        return found


@pytest.fixture
async def desk(clock: Clock) -> Desk:
    made = Desk(clock)
    await made.open()
    return made


def decided_at(clock: Clock, at: datetime, *, version: int = 1) -> Comment:
    comment = Writer(clock, site_of(clock)).comment()
    verdict = Verdict(status="approved", look=False, reasons=())
    return moves.judged(comment, verdict, scores_of(), by="w1", at=at, policy_version=version)


def test_a_span_takes_its_beginning_and_not_its_end(clock: Clock) -> None:
    at, second = clock(), timedelta(seconds=1)
    comment = decided_at(clock, at)
    assert Choice(since=at, until=at + second).takes(comment)
    assert not Choice(since=at - second, until=at).takes(comment)
    assert not Choice(since=at + second, until=at + 2 * second).takes(comment)


def test_a_choice_is_by_content_hash_or_policy_version(clock: Clock) -> None:
    at = clock()
    choice = Choice(since=at, until=at + timedelta(seconds=1))
    comment = decided_at(clock, at, version=3)
    assert msgspec.structs.replace(choice, classifier="00").takes(comment)
    assert not msgspec.structs.replace(choice, classifier="01").takes(comment)
    assert not msgspec.structs.replace(choice, classifier="00").takes(replaced(comment, scores=None))
    assert msgspec.structs.replace(choice, policy=3).takes(comment)
    assert not msgspec.structs.replace(choice, policy=2).takes(comment)


@pytest.mark.parametrize("mark", ["[raise]", "[nan]", "[short]"])
async def test_what_cannot_be_judged_stops_no_other(desk: Desk, mark: str) -> None:
    """Poison was held by the system once: it stands in the middle of what is decided anew."""
    sent = [await published(desk.backend, desk.writer, b) for b in ("You idiot.", f"poison {mark}", "You fool.")]
    outcome = await desk.run()
    assert (outcome.moved, outcome.failed, outcome.examined) == (2, 1, 3)
    assert [(await desk.load(c)).status for c in sent] == ["rejected", "approved", "held"]


async def test_a_broken_classifier_ends_the_run_and_moves_nothing(desk: Desk) -> None:
    shown = await published(desk.backend, desk.writer, "You idiot.")
    desk.toy.broken = True
    with pytest.raises(BrokenClassifier):
        await desk.run()
    assert await desk.load(shown) == shown


async def test_it_moves_in_every_direction_by_the_present_policy(desk: Desk) -> None:
    wrongly_held = await held(desk.backend, desk.writer, await submitted(desk.backend, desk.writer))
    hidden = await submitted(desk.backend, desk.writer, "You idiot.")
    hidden = await held(desk.backend, desk.writer, hidden)
    right = await published(desk.backend, desk.writer)
    waits = await submitted(desk.backend, desk.writer, "You idiot.")
    await desk.backend.directory.put_policy(desk.site, policy_of(version=2), replaces=1)
    dry = await desk.run(dry_run=True)
    assert (await desk.load(wrongly_held), await desk.load(hidden)) == (wrongly_held, hidden)
    outcome = await desk.run()
    assert dry.changes == outcome.changes == {"held → approved": 1, "held → rejected": 1}
    assert (outcome.moved, outcome.unchanged, dry.moved) == (2, 1, 0)
    assert await desk.load(right) == right
    # What waits is a worker's.
    assert await desk.load(waits) == waits
    after = await desk.load(hidden)
    assert after.trail[-1].policy_version == 2
    # Words are marked on the record, and not on the trail, which is kept for ever.
    assert [r.spans for r in after.reasons] == [((4, 9),)]
    assert [r.spans for r in after.trail[-1].reasons] == [()]


async def test_what_its_author_rewrote_is_a_worker_s_again(desk: Desk) -> None:
    shown = await published(desk.backend, desk.writer)
    edited = await applied(desk.backend, desk.writer, desk.writer.edit(shown, "You idiot."))
    assert (await desk.run()).moved == 0
    assert await desk.load(shown) == edited
    await approved(desk.backend, desk.writer, edited)
    assert (await desk.run()).changes == {"approved → rejected": 1}


async def test_what_a_human_ever_decided_stays(desk: Desk) -> None:
    shown = await published(desk.backend, desk.writer, "You idiot.")
    now_held = await applied(desk.backend, desk.writer, desk.writer.decide(shown, "held"))
    back = await applied(desk.backend, desk.writer, desk.writer.decide(now_held, "approved"))
    outcome = await desk.run()
    assert (outcome.moved, outcome.untouched) == (0, 1)
    assert await desk.load(shown) == back


async def test_a_long_site_is_walked_to_its_end(desk: Desk) -> None:
    for number in range(450):
        comment = desk.writer.comment("You idiot." if number % 2 else "fine")
        await desk.backend.comments.submit(desk.site, desk.writer.order(comment))
        await applied(desk.backend, desk.writer, desk.writer.judge(comment, "approved"))
    outcome = await desk.run()
    assert (outcome.examined, outcome.moved, outcome.unchanged) == (450, 225, 225)


async def test_what_its_author_wrote_anew_after_a_moderator_is_taken(desk: Desk) -> None:
    writer = desk.writer
    comment = await published(desk.backend, writer)
    choice = writer.decide(comment, "rejected").after
    await applied(desk.backend, writer, writer.decide(comment, "rejected"))
    await applied(desk.backend, writer, writer.edit(choice, "You fool."))
    edited = await desk.load(comment)
    await applied(desk.backend, writer, writer.judge(edited, "approved"))
    desk.clock.advance(1)
    outcome = await desk.run()
    assert outcome.changes == {"approved → held": 1}
    assert (await desk.load(comment)).status == "held"


async def test_in_mode_post_it_sends_what_is_published_to_be_looked_at_once(clock: Clock) -> None:
    desk = Desk(clock)
    await desk.backend.directory.add_site(desk.site, policy_of("post"))
    comment = desk.writer.comment("You fool.")
    order = desk.writer.order(comment)
    await desk.backend.comments.submit(desk.site, order)
    await applied(desk.backend, desk.writer, desk.writer.judge(comment, "approved"))
    desk.clock.advance(1)
    assert (await desk.run()).changes == {"approved → approved, to be looked at": 1}
    assert (await desk.load(comment)).look
    assert (await desk.run()).changes == {}
