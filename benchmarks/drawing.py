"""Curves of a measurement, as its findings hold them: one panel below the other over one axis."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

_COLOURS = ("#1f5c4a", "#b3452c", "#4a6fa5", "#999999")

Points = tuple[list[float], list[float]]


def described(title: str, x: str, panels: dict[str, dict[str, Points]], *, logarithmic: bool = False) -> dict[str, Any]:
    """Describe curves: panels by what their y axis says, lines by their name, each as x and y values."""
    drawn = {y: {name: [list(xs), list(ys)] for name, (xs, ys) in lines.items()} for y, lines in panels.items()}
    return {"title": title, "x": x, "logarithmic": logarithmic, "panels": drawn}


def curves(what: dict[str, Any], target: Path) -> None:
    """Draw what `described` gave."""
    panels = what["panels"]
    drawing, axes = plt.subplots(
        len(panels), 1, figsize=(7, 2.4 * len(panels)), sharex=True, squeeze=False, layout="constrained"
    )
    for axis, (label, lines) in zip(axes[:, 0], panels.items(), strict=True):
        for (name, (xs, ys)), colour in zip(lines.items(), _COLOURS, strict=False):
            axis.plot(xs, ys, marker="o" if len(xs) < 10 else "", color=colour, label=name)  # noqa: PLR2004 - few points
        axis.set_ylim(bottom=0)
        axis.set_ylabel(label)
        axis.legend()
        if what["logarithmic"]:
            axis.set_xscale("log")
    axes[-1, 0].set_xlabel(what["x"])
    drawing.suptitle(what["title"])
    drawing.savefig(target, dpi=80)
    plt.close(drawing)
