"""The intervals of a rehearsal and of the audits' figure against ledgers whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from service.domain.auditing import sample_size
from service.domain.intervals import Group, estimated
from service.domain.rule_settings import AuditRule
from workers.replay import FIT, UNFIT, UNKNOWN, cells_of, fit_in

RUNS = 1_000
DAYS = 14
RULE = AuditRule()


@dataclass(frozen=True)
class Truth:
    """How unfit comments are: at a score of 0, at a score of 1, and how steeply it rises."""

    name: str
    a_day: int
    lowest: float
    highest: float
    steepness: float
    reported: float = 0.0


TRUTHS = (
    Truth("ordinary", 400, 0.02, 0.95, 2.0),
    Truth("rare: one published of a thousand is unfit", 700, 0.001, 0.9, 12.0),
    Truth("nothing published is unfit, nothing rejected is fit", 300, 0.0, 1.0, 40.0),
    Truth("the scores say nothing", 300, 0.3, 0.3, 1.0),
    Truth("readers report what is unfit", 500, 0.03, 0.9, 3.0, reported=0.4),
    Truth("a small site", 12, 0.05, 0.9, 2.0),
)


class Town:
    """A ledger: scores, what the machine did, what the draft would do, and what is true."""

    def __init__(self, truth: Truth, rng: np.random.Generator) -> None:
        size = truth.a_day * DAYS
        scores = rng.beta(0.5, 1.0, size)
        unfit = truth.lowest + (truth.highest - truth.lowest) * scores**truth.steepness
        self.fit = rng.random(size) >= unfit
        # Days are not alike: on some there is twice as much.
        self.day = rng.choice(DAYS, size, p=np.linspace(1, 2, DAYS) / np.linspace(1, 2, DAYS).sum())
        self.before = decided(scores, 0.6, 0.9)
        self.draft = decided(scores, 0.7, 0.85)
        self.frames = [
            np.flatnonzero((self.day == day) & (self.before == stratum)) for day in range(DAYS) for stratum in (0, 2)
        ]
        self.reported = (rng.random(size) < truth.reported) & ~self.fit & (self.before == 0)

    def audited(self, rng: np.random.Generator) -> list[tuple[int, float]]:
        """Draw every day's sample, as the chore does: which were drawn, and what each stands for."""
        found = []
        for frame in self.frames:
            sample = sample_size(RULE, len(frame))
            if sample:
                drawn = rng.choice(len(frame), sample, replace=False)
                found += [(int(frame[place]), len(frame) / sample) for place in drawn]
        return found


def decided(scores: NDArray[np.float64], hold: float, reject: float) -> NDArray[np.int8]:
    return (scores >= hold).astype(np.int8) + (scores >= reject).astype(np.int8)


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.name)
def test_intervals_cover_the_truth_in_93_of_100_runs(truth: Truth) -> None:
    rng = np.random.default_rng(20_261_124)
    town = Town(truth, rng)
    real = {place: int(town.fit[town.draft == place].sum()) for place in (0, 2)}
    published_fit = town.fit[town.before == 0].mean()
    covered = {"published": 0, "rejected": 0, "figure": 0}
    refused = {"published": 0, "rejected": 0, "figure": 0}
    naive = 0
    for _ in range(RUNS):
        drawn = town.audited(rng)
        figure = estimated(groups(town, drawn, 0))
        assert figure is not None
        naive += abs(figure.share - published_fit) <= 1.96 * (figure.share * (1 - figure.share) / figure.n) ** 0.5
        covered["figure"] += figure.low - 1e-9 <= published_fit <= figure.high + 1e-9
        for name, fit, place in zip(("published", "rejected"), rehearsed(town, drawn, rng), (0, 2), strict=True):
            if fit is None:
                refused[name] += 1
            else:
                covered[name] += fit[1] - 1e-6 <= real[place] <= fit[2] + 1e-6
    for name, count in covered.items():
        assert count >= 0.93 * (RUNS - refused[name]), (name, count, refused)
    # What is often used instead, and what this test would say of it.
    assert truth.name != TRUTHS[1].name or naive < 0.93 * RUNS
    # A region that nobody has judged is refused, and that is rare where there is much to judge.
    assert truth.name == "a small site" or sum(refused.values()) <= 0.05 * RUNS, refused


def groups(town: Town, drawn: list[tuple[int, float]], stratum: int) -> list[Group]:
    return [Group(weight=w, n=1, hits=int(town.fit[i])) for i, w in drawn if town.before[i] == stratum]


def rehearsed(
    town: Town, drawn: list[tuple[int, float]], rng: np.random.Generator
) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Rehearse: of what is held a fifth still waits, and what was reported people have seen."""
    seen = ((town.before == 1) & (rng.random(len(town.fit)) < 0.8)) | town.reported
    truth = np.where(seen, np.where(town.fit, FIT, UNFIT), UNKNOWN).astype(np.int8)
    audited = [
        (int(town.before[i]), int(town.draft[i]), FIT if town.fit[i] else UNFIT, weight)
        for i, weight in drawn
        if not town.reported[i]
    ]
    cells = cells_of(town.before, town.draft, truth, audited)
    return fit_in(cells, 0), fit_in(cells, 2)
