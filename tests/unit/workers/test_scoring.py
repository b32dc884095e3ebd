"""Scores near a threshold: what a comment's neighbours do to a batch never tips a verdict."""

import random
from collections.abc import Sequence

import pytest

from service.domain.policy import Policy, Threshold
from service.domain.rules import WORKER_RULES
from service.domain.work import Subject
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.toy_classifier import ToyClassifier
from workers.judge import Judge
from workers.scoring import Scorer

BAND = 0.01
THRESHOLDS = {"toxicity": Threshold(hold=0.5, reject=0.9), "insult": Threshold(hold=0.7)}


class SwayedToy(ToyClassifier):
    """Read the score from the text; in a batch it lies off by as much as the band allows, by the neighbours."""

    def __init__(self) -> None:
        """Start with a band."""
        super().__init__()
        self.band = BAND
        self.alone: list[str] = []

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Score texts, each swayed by those beside it."""
        self.batches.append(list(texts))
        sway = BAND * random.Random(repr(texts)).choice((-1, 1))
        return [tuple(min(1.0, max(0.0, value + sway)) for value in self._score(text)) for text in texts]

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Score texts as they are."""
        self.alone += texts
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> tuple[float, ...]:
        first = text.split(maxsplit=1)[0]
        value = float(first) if first[0].isdigit() else 0.01
        return (value, value / 2)


@pytest.fixture
def swayed() -> SwayedToy:
    return SwayedToy()


@pytest.mark.parametrize(
    ("labels", "near"),
    [
        ({"toxicity": 0.49, "insult": 0.1}, True),
        ({"toxicity": 0.51, "insult": 0.1}, True),
        ({"toxicity": 0.4898, "insult": 0.1}, False),
        ({"toxicity": 0.5102, "insult": 0.1}, False),
        ({"toxicity": 0.89, "insult": 0.1}, True),
        ({"toxicity": 0.91, "insult": 0.1}, True),
        ({"toxicity": 0.7, "insult": 0.1}, False),
        ({"toxicity": 0.1, "insult": 0.705}, True),
        ({"toxicity": 0.1, "threat": 0.5}, False),
    ],
)
def test_near_is_within_the_band_of_any_threshold(swayed: SwayedToy, labels: dict[str, float], *, near: bool) -> None:
    assert Scorer(swayed).near(labels, THRESHOLDS) is near


def test_without_a_band_nothing_is_near_and_exact_is_the_same() -> None:
    toy = ToyClassifier()
    scorer = Scorer(toy)
    assert not scorer.near({"toxicity": 0.5}, THRESHOLDS)
    assert scorer.exact(["You fool."]) == scorer.score(["You fool."]) == [{"toxicity": 0.6, "insult": 0.3}]


def test_exact_scores_are_checked_and_rounded(swayed: SwayedToy) -> None:
    scorer = Scorer(swayed)
    assert scorer.exact(["0.123456 x"]) == [{"toxicity": 0.1235, "insult": 0.0617}]
    assert scorer.exact([]) == []
    with pytest.raises(ValueError, match="no probability"):
        scorer.exact(["1.5 x"])


@pytest.mark.parametrize("threshold", [0.5, 0.9])
@pytest.mark.parametrize("sway", [-1, 1])
def test_rounding_hides_nothing_that_is_near(swayed: SwayedToy, threshold: float, sway: int) -> None:
    """Whatever lies on the other side by up to the band is near, to the last decimal."""
    scorer = Scorer(swayed)
    for step in range(-200, 201):
        value = threshold + step * 0.00005
        batch = round(value + sway * BAND, 4)
        if (batch >= threshold) != (round(value, 4) >= threshold):
            assert scorer.near({"toxicity": batch}, THRESHOLDS), (value, batch)


def subject_of(writer: Writer, body: str, policy: Policy) -> Subject:
    return Subject(comment=writer.comment(body), site=writer.site, policy=policy, mode=policy.mode, parent_shown=True)


def test_a_verdict_never_depends_on_its_neighbours(swayed: SwayedToy, clock: Clock) -> None:
    writer, policy = Writer(clock, site_of(clock)), policy_of()
    values = [0.3, 0.7, 0.95, *(round(limit + step / 1000, 4) for limit in (0.5, 0.9) for step in range(-12, 13))]
    bodies = [f"{value} of a comment" for value in values]
    want = {
        body: "rejected" if value >= 0.9 else "held" if value >= 0.5 else "approved"
        for body, value in zip(bodies, values, strict=True)
    }
    chance = random.Random(20261124)
    for _ in range(20):
        chosen = chance.sample(bodies, chance.randrange(1, len(bodies)))
        judge = Judge(swayed, WORKER_RULES, uncovered=lambda _t, _l: None)
        judged = judge.judge([subject_of(writer, body, policy) for body in chosen])
        assert {body: j.verdict.status for body, j in zip(chosen, judged, strict=True)} == {
            body: want[body] for body in chosen
        }


def test_only_what_is_near_is_scored_again(swayed: SwayedToy, clock: Clock) -> None:
    writer, policy = Writer(clock, site_of(clock)), policy_of()
    judge = Judge(swayed, WORKER_RULES, uncovered=lambda _t, _l: None)
    judge.judge([subject_of(writer, f"{value} said", policy) for value in (0.1, 0.5, 0.7, 0.9, 0.99)])
    assert [text for text in swayed.alone if text.endswith("said")] == ["0.5 said", "0.9 said"]


def test_a_name_is_scored_exactly_and_once(swayed: SwayedToy, clock: Clock) -> None:
    writer, policy = Writer(clock, site_of(clock)), policy_of()
    judge = Judge(swayed, WORKER_RULES, uncovered=lambda _t, _l: None)
    for _ in range(2):
        judge.judge([subject_of(writer, "fine", policy), subject_of(writer, "fine", policy)])
    assert swayed.alone == ["Anna"]
