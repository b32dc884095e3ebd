"""Intervals against figures that tables print."""

import pytest

from service.domain.intervals import Group, Part, Share, binomial, estimated, total


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),
        (5, 10, 0.18709, 0.81291),
        (10, 10, 0.69150, 1.0),
        (1, 1_000, 0.0000253, 0.0055589),
        (0, 100_000, 0.0, 0.0000369),
        (50_000, 100_000, 0.49690, 0.50310),
    ],
)
def test_clopper_and_pearson(hits: float, n: float, low: float, high: float) -> None:
    assert binomial(hits, n) == pytest.approx((low, high), abs=1e-5, rel=2e-3)


def test_a_whole_that_was_judged_is_known() -> None:
    found = estimated([Group(weight=1.0, n=7, hits=6)])
    assert found == Share(share=6 / 7, low=6 / 7, high=6 / 7, n=7)


def test_nothing_is_said_without_a_sample() -> None:
    assert estimated([]) is None
    assert estimated([Group(weight=3.0, n=0, hits=0)]) is None


def test_days_weigh_as_much_as_they_stand_for() -> None:
    found = estimated([Group(weight=100.0, n=5, hits=5), Group(weight=1.0, n=5, hits=0)])
    assert found is not None
    assert found.share == pytest.approx(500 / 505)
    # Five judgements carry it, not ten.
    assert found.low < 0.6


def test_a_sum_keeps_its_parts_own_ends() -> None:
    none = Share(share=0.0, low=0.0, high=0.1, n=30)
    assert total([Part(size=100, estimate=none), Part(size=0, known=40)]) == (40.0, 40.0, 50.0)
