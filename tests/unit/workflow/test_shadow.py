"""The report on a shadow: small sets, counted by hand."""

from datetime import datetime, timedelta

import pytest

from service.domain.comment import Comment
from service.domain.errors import Refused
from service.domain.policy import Policy
from service.domain.scores import Scores
from service.domain.status import Status
from service.domain.work import ShadowPosition
from service.workflow.shadow import FURTHEST, Progress, ShadowReport, by_score, choose, report
from tests.builders import Writer, policy_of, scores_of, site_of
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.steps import applied


class Desk:
    """A site over fake ports, and a shadow's scores put beside its comments."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.backend = FakeBackend(clock)
        self.site = site_of(clock)
        self.writer = Writer(clock, self.site)
        self.policy: Policy = policy_of()
        self.began: datetime = clock()

    async def open(self) -> None:
        await self.backend.directory.add_site(self.site, self.policy)

    async def add(self, to: Status, ours: Scores, shadow: Scores | None, *people: Status) -> Comment:
        comment = self.writer.comment()
        await self.backend.comments.submit(self.site, self.writer.order(comment))
        comment = await applied(self.backend, self.writer, self.writer.judge(comment, to, scores=ours))
        if shadow is not None:
            await self.backend.shadows.store("main", "shadow", ShadowPosition(), [(comment, shadow)])
        for choice in people:
            comment = await applied(self.backend, self.writer, self.writer.decide(comment, choice))
        return comment

    async def report(self, *, since: datetime | None = None, classifier: str | None = None) -> ShadowReport:
        until = self.clock() + timedelta(seconds=1)
        store, feed = self.backend.comments, self.backend.shadows
        return await report(
            store, feed, self.site, self.policy, since=since or self.began, until=until, classifier=classifier
        )


@pytest.fixture
async def desk(clock: Clock) -> Desk:
    made = Desk(clock)
    await made.open()
    return made


async def test_nothing_is_no_agreement(desk: Desk) -> None:
    await desk.add("approved", scores_of(0.1), None)
    said = await desk.report()
    assert (said.comments, said.scored, said.agreement, said.furthest) == (1, 0, None, [])


async def test_a_small_set_is_counted_as_by_hand(desk: Desk) -> None:
    one = await desk.add("approved", scores_of(0.01), scores_of(0.02))
    two = await desk.add("approved", scores_of(0.01, insult=0.2), scores_of(0.95, insult=0.3), "rejected")
    three = await desk.add("held", scores_of(0.6, insult=0.9), scores_of(0.2, insult=0.1), "approved")
    four = await desk.add("rejected", scores_of(0.95), scores_of(0.92), "held", "approved")
    await desk.add("held", scores_of(0.6), None, "approved")
    said = await desk.report()
    assert (said.site, said.comments, said.scored, said.agreement) == ("mill", 5, 4, 0.5)
    assert said.verdicts == {
        "approved/approved": 1,
        "approved/rejected": 1,
        "held/approved": 1,
        "rejected/rejected": 1,
    }
    # A moderator's last choice counts.
    assert said.against_people == {
        "ours, moderator rejected": {"approved": 1},
        "shadow, moderator rejected": {"rejected": 1},
        "ours, moderator approved": {"held": 1, "rejected": 1},
        "shadow, moderator approved": {"approved": 1, "rejected": 1},
    }
    assert [(d.id, d.label, d.ours, d.shadow, d.verdicts) for d in said.furthest] == [
        (two.id, "toxicity", 0.01, 0.95, ("approved", "rejected")),
        (three.id, "insult", 0.9, 0.1, ("held", "approved")),
        (four.id, "toxicity", 0.95, 0.92, ("rejected", "rejected")),
        (one.id, "toxicity", 0.01, 0.02, ("approved", "approved")),
    ]


async def test_the_report_says_what_each_shadow_missed(desk: Desk) -> None:
    assert (await desk.report()).shadows == {}
    await desk.backend.shadows.store("main", "toy@1", ShadowPosition(number=9, scored=6, missed=3), [])
    await desk.backend.shadows.store("other", "toy@2", ShadowPosition(number=9, scored=9), [])
    assert (await desk.report()).shadows == {"toy@1": Progress(scored=6, missed=3)}


async def test_each_of_several_shadows_is_reported_on_alone(desk: Desk) -> None:
    one = await desk.add("approved", scores_of(0.01), None)
    for name, toxicity in (("toy@1", 0.02), ("toy@2", 0.95), ("other@3", 0.6)):
        await desk.backend.shadows.store("main", name, ShadowPosition(scored=1), [(one, scores_of(toxicity))])
    for wanted, chosen, verdict in (
        ("1", "toy@1", "approved"),
        ("toy@2", "toy@2", "rejected"),
        ("other", "other@3", "held"),
    ):
        said = await desk.report(classifier=wanted)
        assert (said.classifier, said.scored, said.verdicts) == (chosen, 1, {f"approved/{verdict}": 1})
        assert said.shadows.keys() == {"toy@1", "toy@2", "other@3"}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (None, "choose one with --classifier NAME|HASH: other@3, toy@1, toy@2."),
        ("toy", "choose one with --classifier NAME|HASH: toy@1, toy@2."),
        ("4", "No shadow 4 has followed this site's lane; there is: other@3, toy@1, toy@2."),
    ],
)
def test_a_shadow_that_is_not_one_is_refused(wanted: str | None, says: str) -> None:
    with pytest.raises(Refused) as refused:
        choose(("toy@2", "toy@1", "other@3"), wanted)
    assert says in refused.value.detail


def test_the_only_shadow_needs_no_name() -> None:
    assert choose(("toy@1",), None) == "toy@1"
    assert choose((), None) is None
    with pytest.raises(Refused, match="there is: none"):
        choose((), "toy")


async def test_unreadable_records_are_counted_and_take_no_other_with_them(desk: Desk) -> None:
    sent = [await desk.add("approved", scores_of(0.1), scores_of(0.1)) for _ in range(3)]
    desk.backend.garble(desk.site, sent[1].id)
    said = await desk.report()
    assert (said.comments, said.scored, said.unreadable) == (2, 2, 1)


async def test_a_span_of_time_is_all_that_counts(desk: Desk) -> None:
    await desk.add("approved", scores_of(0.1), scores_of(0.1))
    middle = desk.clock()
    await desk.add("approved", scores_of(0.1), scores_of(0.6))
    said = await desk.report(since=middle)
    assert (said.comments, said.agreement) == (1, 0.0)


async def test_the_furthest_of_many_pages_are_kept(desk: Desk) -> None:
    for number in range(450):
        await desk.add("approved", scores_of(0.0), scores_of(round(number * 37 % 450 / 450, 4)))
    said = await desk.report()
    assert (said.comments, said.scored, len(said.furthest)) == (450, 450, FURTHEST)
    assert [d.shadow for d in said.furthest] == [round(n / 450, 4) for n in range(449, 449 - FURTHEST, -1)]


@pytest.mark.parametrize(
    ("classifier", "toxicity", "want"),
    [("toy", 0.95, "rejected"), ("toy", 0.6, "held"), ("toy", 0.4, "approved"), ("embedded-fast", 0.3, "held")],
)
def test_each_model_is_judged_by_its_own_thresholds(
    clock: Clock, classifier: str, toxicity: float, want: Status
) -> None:
    comment = Writer(clock, site_of(clock)).comment()
    scores = Scores(labels={"toxicity": toxicity}, classifier=classifier, version="1", hash="0")
    assert by_score(comment, scores, policy_of()) == want
