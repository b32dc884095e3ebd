"""What is learnt from recorded pairs."""

import math
import random
from collections.abc import Callable

import pytest

from service.domain.errors import Invalid
from service.domain.foreign import along
from service.workflow.fitting import LEAST_PAIRS, THRESHOLDS, Pair, curve_of, fit, scores_of

Distortion = Callable[[float], float]


def theirs_at_random(rng: random.Random) -> float:
    """Give a score as another service spreads them: most low, a few high."""
    return round(rng.betavariate(0.6, 2.2), 6)


DISTORTIONS: dict[str, Distortion] = {
    "cubed": lambda x: x**3,
    "a third root": lambda x: x ** (1 / 3),
    "logistic": lambda x: 1 / (1 + math.exp(-14 * (x - 0.7))),
    "half": lambda x: x / 2,
    "in steps": lambda x: round(x**2, 2),
    "two slopes": lambda x: 0.1 * x if x < 0.5 else 0.05 + 1.9 * (x - 0.5),
}


def pairs_of(count: int, distortion: Distortion, seed: int) -> list[Pair]:
    rng = random.Random(seed)
    made = []
    for number in range(count):
        theirs = {"TOXICITY": theirs_at_random(rng), "INSULT": theirs_at_random(rng), "SPAM": 0.5}
        ours = {name: round(distortion(theirs[name]), 4) for name in ("TOXICITY", "INSULT")}
        made.append(Pair(at="", text=str(number), classifier="toy", hash="70f", theirs=theirs, ours=ours))
    return made


@pytest.mark.parametrize("distortion", DISTORTIONS.values(), ids=list(DISTORTIONS))
@pytest.mark.parametrize("count", [500, 5_000])
def test_a_planted_distortion_is_undone_on_unseen_pairs(distortion: Distortion, count: int) -> None:
    found = fit(pairs_of(count, distortion, seed=1), name="m")
    unseen = pairs_of(5_000, distortion, seed=2)
    for attribute in ("TOXICITY", "INSULT"):
        for threshold in (*THRESHOLDS, 0.3, 0.85):
            agree = sum(
                (found.map.value(attribute, pair.ours[attribute]) >= threshold) == (pair.theirs[attribute] >= threshold)
                for pair in unseen
            )
            assert agree >= 0.98 * len(unseen), (attribute, threshold)


def test_without_a_map_the_same_thresholds_would_disagree() -> None:
    # Or the test above would pass without a curve.
    found = fit(pairs_of(2_000, DISTORTIONS["cubed"], seed=1), name="m")
    row = next(row for row in found.rows if (row.attribute, row.threshold) == ("TOXICITY", 0.5))
    assert row.raw < row.theirs - 0.05
    assert abs(row.mapped - row.theirs) < 0.01


def test_flag_rates_are_kept_where_scores_only_nearly_agree() -> None:
    rng = random.Random(3)

    def noisy(x: float) -> float:
        return min(1.0, max(0.0, x**2 + rng.gauss(0, 0.08)))

    found = fit(pairs_of(4_000, noisy, seed=3), name="m")
    for row in found.rows:
        assert abs(row.mapped - row.theirs) <= 0.012, row


def test_a_curve_rises_and_stays_between_0_and_1() -> None:
    for distortion in DISTORTIONS.values():
        pairs = [(pair.ours["TOXICITY"], pair.theirs["TOXICITY"]) for pair in pairs_of(3_000, distortion, seed=4)]
        curve = curve_of(pairs)
        assert len(curve) <= 400
        values = [along(curve, place / 1000) for place in range(1001)]
        assert values == sorted(values)
        assert 0 <= values[0] <= values[-1] <= 1


def test_only_pairs_of_one_classifier_count() -> None:
    old = [
        Pair(at="", text="", classifier="old", hash="0", theirs=p.theirs, ours={"TOXICITY": 0.0})
        for p in pairs_of(200, float, 5)
    ]
    found = fit([*old, *pairs_of(200, float, seed=6)], name="m")
    assert (found.map.classifier, found.map.hash) == ("toy", "70f")
    assert found.pairs == {"TOXICITY": 200, "INSULT": 200}
    assert fit([*old, *pairs_of(200, float, seed=6)], name="m", classifier_hash="0").map.classifier == "old"


def test_too_few_pairs_make_no_curve() -> None:
    few = pairs_of(LEAST_PAIRS - 1, float, seed=7)
    for pairs in ([], few):
        with pytest.raises(Invalid, match="have no attribute"):
            fit(pairs, name="m")
    rare = [Pair(at="", text="", classifier="toy", hash="70f", theirs={"THREAT": 0.5}, ours={"THREAT": 0.5})]
    assert fit([*few, *few, *rare], name="m").too_few == {"THREAT": 1}


def test_scores_are_read_from_answers_and_nothing_else_is() -> None:
    answer = {
        "attributeScores": {
            "TOXICITY@6": {"summaryScore": {"value": 0.5}},
            "INSULT": {},
            "X": {"summaryScore": {"value": "9"}},
        }
    }
    assert scores_of(answer) == {"TOXICITY": 0.5}
    assert scores_of({"attributeScores": None}) == scores_of({}) == {}
