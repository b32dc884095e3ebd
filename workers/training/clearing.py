"""What it costs and saves to let the fast classifier clear comments for the slow one."""

import numpy as np

from service.domain.clearing import FAST, SHARE
from workers.classifiers.embedded_fast import EmbeddedFast
from workers.training.data import LABELS, Labelled
from workers.training.evaluate import SELECTED, Floats, Thresholds, chances

Table = dict[str, dict[str, float | int | None]]


def clearing(slow: Floats, rows: Labelled, thresholds: Thresholds) -> Table:
    """Say per source of the dev rows what the fast classifier clears, and what the slow one would have held of that.

    `slow` are the slow classifier's probabilities, shape (rows, 6). Sources chosen for being near-toxic stand in the
    table, and not in `all`.
    """
    positive = _at_least(slow, {label: hold for label, (hold, _reject) in thresholds.items()})
    fast = EmbeddedFast.load()
    low = {label: SHARE * hold for label, (hold, _reject) in fast.thresholds.items()}
    cleared = ~_at_least(chances(fast, rows.texts), low)
    places = {str(name): rows.sources == name for name in np.unique(rows.sources)}
    places["all"] = ~np.isin(rows.sources, SELECTED)
    return {
        name: {
            "rows": int(here.sum()),
            "cleared": round(float(cleared[here].mean()), 4),
            "positives": int((positive & here).sum()),
            "lost": int((positive & cleared & here).sum()),
            "lost_share": round(float(cleared[here & positive].mean()), 4) if (here & positive).any() else None,
        }
        for name, here in places.items()
    }


def _at_least(scores: Floats, limits: dict[str, float]) -> np.ndarray:
    above = np.zeros(len(scores), bool)
    for label, limit in limits.items():
        above |= scores[:, LABELS.index(label)] >= limit
    return above


def told(table: Table) -> list[str]:
    """Lay the table out for reading in a terminal."""
    head = f"what {FAST} may clear under overload (each label below {SHARE:.0%} of its hold threshold)"
    return ["", head, *(f"  {name:20} " + "  ".join(f"{k} {v}" for k, v in row.items()) for name, row in table.items())]
