"""Judge a classifier on everything there is, and lay the figures out for a terminal or as pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
from matplotlib import pyplot as plt

from service.domain.clearing import SLOW
from workers.training import data
from workers.training.clearing import clearing, told
from workers.training.evaluate import Classifier, chances, evaluate
from workers.training.suite_tables import disguises, identity, speech

mpl.use("Agg")

Found: TypeAlias = Mapping[str, Any]
"""What `judge` returns."""

_GOAL_BPSN = 0.96


def judge(classifier: Classifier, folder: Path) -> dict[str, Any]:
    """Return what `evaluate` does, with the identity, speech and disguise tables; plain values, ready for JSON.

    For `embedded` also what `embedded-fast` may clear for it.
    """
    rows = data.dev(folder)
    found = {
        **evaluate(classifier, folder),
        "identity": identity(classifier),
        "speech": speech(classifier),
        "disguised": disguises(classifier, rows),
    }
    if classifier.name == SLOW:
        found["fast_clear"] = clearing(chances(classifier, rows.texts), rows, classifier.thresholds)
    return found


def lines(found: Found) -> list[str]:
    """Lay out what `judge` returned for reading in a terminal."""
    text = ["", "AUC"]
    for name, values in found["auc"].items():
        text.append(f"  {name:20} " + "  ".join(f"{label} {value}" for label, value in values.items()))
    text += ["", "calibration error: as served; isotonic, one half of dev measured on the other"]
    text += [
        f"  {label:20} {error}  {found['isotonic_error'][label]}" for label, error in found["calibration_error"].items()
    ]
    text += ["", "thresholds: hold, reject"]
    text += [f"  {label:20} {pair}" for label, pair in found["thresholds"].items()]
    text += ["", "policy, per source of the dev rows"]
    for source, values in found["policy"].items():
        text.append(f"  {source:20} " + "  ".join(f"{what} {value}" for what, value in values.items()))
    text += ["", "identity sentences"]
    text += [f"  {what:20} {value}" for what, value in found["identity"].items() if what != "bpsn"]
    text += [f"  BPSN {group:15} {value}" for group, value in found["identity"]["bpsn"].items()]
    text += ["", "testimony, reporting, quoting, reclaimed words"]
    for kind, values in found["speech"].items():
        text.append(f"  {kind:20} " + "  ".join(f"{what} {value}" for what, value in values.items()))
    text += ["", "AUC of toxicity, half of the words disguised"]
    text += [f"  {way:20} {value}" for way, value in found["disguised"].items()]
    return text + (told(found["fast_clear"]) if "fast_clear" in found else [])


def draw(found: Found, folder: Path) -> list[Path]:
    """Draw AUC, identity and disguise tables as PNG into `folder`, which is made; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    name = found["classifier"]
    toxicity = {place: values["toxicity"] for place, values in found["auc"].items() if "toxicity" in values}
    kinds = {kind: values["toxicity_from_0.5"] / values["sentences"] for kind, values in found["speech"].items()}
    return [
        _bars(f"{name}: AUC of toxicity", toxicity, folder / f"{name}-auc.png", start=0.5),
        _bars(f"{name}: BPSN per group", found["identity"]["bpsn"], folder / f"{name}-identity.png", start=0.5,
              goal=_GOAL_BPSN),
        _bars(f"{name}: share scored 0.5 or more, none abusive", kinds, folder / f"{name}-speech.png", start=0),
        _bars(f"{name}: AUC of toxicity, disguised", found["disguised"], folder / f"{name}-disguised.png", start=0.8),
    ]  # fmt: skip


def _bars(title: str, values: Mapping[str, float], path: Path, *, start: float, goal: float | None = None) -> Path:
    figure, axes = plt.subplots(figsize=(7, 0.8 + 0.24 * len(values)))
    bars = axes.barh(list(values), list(values.values()), color="#33607a")
    axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
    axes.set_xlim(start, 1.04)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    if goal is not None:
        axes.axvline(goal, color="#b04a2f", linewidth=1)
    figure.savefig(path, dpi=70, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    return path
