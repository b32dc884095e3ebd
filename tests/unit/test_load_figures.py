"""What the figures under load are worked out by."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs the optional extra `bench`")

from benchmarks.drawing import curves, described
from benchmarks.findings import Findings
from benchmarks.overload import _recovered
from benchmarks.phases import Answer, accepted, windows
from benchmarks.soak import _by_stored, _findings


def answer(at: float, status: int = 202, seconds: float = 0.01) -> Answer:
    return Answer(at=at, status=status, seconds=seconds, retry_after=None)


def test_windows_hold_what_came_in_them() -> None:
    cut = windows([answer(0.0), answer(0.9), answer(1.0), answer(3.5, 503)], 1.0)
    assert [len(window) for window in cut] == [2, 1, 0, 1]
    assert [len(accepted(window)) for window in cut] == [2, 1, 0, 0]


def test_it_is_as_before_once_all_are_accepted_in_no_more_than_twice_the_time() -> None:
    slow, refused = answer(0.1, seconds=2.0), answer(0.3, 503)
    assert _recovered([slow, refused, answer(0.6)], usual_ms=10.0) == 0.5
    assert _recovered([answer(0.1)], usual_ms=10.0) == 0.0
    assert _recovered([slow, refused], usual_ms=10.0) == float("inf")


@pytest.mark.parametrize(("leak", "met"), [(0.0, True), (4.0, False)])
def test_a_soak_tells_growth_and_drift_from_none(leak: float, met: bool) -> None:  # noqa: FBT001 - one of two cases
    rows = [
        {
            "at": float(n),
            "stored": 100.0 * n,
            "waiting": 0.0,
            "redis_mb": 0.1 * n * (1 + leak * n / 60),
            "api_mb": 50.0 + leak * n,
            "worker_mb": 70.0 + leak * n,
        }
        for n in range(60)
    ]
    answers = [answer(n / 10, seconds=0.01 * (1 + leak * n / 600)) for n in range(600)]
    found: Findings = _findings(100.0, answers, rows, 60)
    judged = {figure.name: figure.met for figure in found.figures if figure.target}
    assert len(judged) == 5
    assert set(judged.values()) == {met}
    assert (_by_stored(rows) > 1.05) is not met


def test_curves_are_drawn(tmp_path: Path) -> None:
    what = described("As it grows", "stored", {"ms": {"reads": ([1.0, 10.0], [5.0, 6.0])}}, logarithmic=True)
    curves(what, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
