"""Judge a classifier on labelled comments: ranking, calibration, and what a policy would do with its scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

from workers.training import data
from workers.training.data import ABUSIVE, LABELS, Labelled

Floats: TypeAlias = NDArray[np.float64]
Thresholds: TypeAlias = Mapping[str, tuple[float, float | None]]

_BATCH = 256
_FEWEST = 5  # an AUC over fewer positives or negatives than this says nothing
_BINS = 10
LARGE = 500
"""A source with at least this many dev rows must prove a reject threshold by itself."""
PROVEN = 0.98
"""The lower 95 % bound of precision from which a score alone may reject."""
SELECTED = ("civil_spans",)
"""Sources chosen for being close to toxic (70 % are): no site's comments are, so calibration leaves them out."""
_NORMAL_95 = 1.96


class Classifier(Protocol):
    """What is judged."""

    name: str
    version: str
    hash: str
    labels: tuple[str, ...]
    thresholds: dict[str, tuple[float, float | None]]

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return one probability per label for each text."""
        ...


def chances(classifier: Classifier, texts: Sequence[str]) -> Floats:
    """Score `texts` in batches: shape (len(texts), 6), in the order of `LABELS`, NaN for labels it does not have."""
    scored: list[tuple[float, ...]] = []
    for first in range(0, len(texts), _BATCH):
        scored += classifier.score(texts[first : first + _BATCH])
    result = np.full((len(texts), len(LABELS)), np.nan)
    for column, label in enumerate(LABELS):
        if label in classifier.labels:
            place = classifier.labels.index(label)
            result[:, column] = [row[place] for row in scored]
    return result


def aucs(scores: Floats, rows: Labelled) -> dict[str, float]:
    """Return the area under the ROC curve per label, where at least five rows carry it and five do not."""
    found = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(rows.labels[:, column]) & ~np.isnan(scores[:, column])
        truth = rows.labels[known, column] >= ABUSIVE
        if min(truth.sum(), (~truth).sum()) >= _FEWEST:
            found[label] = round(float(roc_auc_score(truth, scores[known, column])), 4)
    return found


def calibration_error(probabilities: Floats, truth: Floats) -> float:
    """Return the expected calibration error over 10 bins of equal width; soft labels count as they are."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = np.abs(np.bincount(bins, probabilities, _BINS) - np.bincount(bins, truth, _BINS))
    return float(gaps.sum() / max(len(truth), 1))


def isotonic_error(probabilities: Floats, truth: Floats) -> float:
    """Fit isotonic steps on one half, measure on the other, both ways; returns the larger calibration error."""
    half = np.random.default_rng(0).permutation(len(truth)) % 2 == 0
    errors = []
    for here in (half, ~half):
        steps = IsotonicRegression(out_of_bounds="clip").fit(probabilities[here], truth[here])
        errors.append(calibration_error(steps.predict(probabilities[~here]), truth[~here]))
    return round(max(errors), 4)


def lower_bound(right: int, total: int) -> float:
    """Return the lower end of the 95 % Wilson interval of a share; 0 where nothing was counted."""
    if not total:
        return 0.0
    share, square = right / total, _NORMAL_95**2
    spread = _NORMAL_95 * np.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return float((share + square / (2 * total) - spread) / (1 + square / total))


def large_sources(rows: Labelled) -> list[str]:
    """Name the sources with enough rows to judge a threshold by, in alphabetical order."""
    names, counts = np.unique(rows.sources, return_counts=True)
    return [str(name) for name, count in zip(names, counts, strict=True) if count >= LARGE]


def rejection(scores: Floats, rows: Labelled, label: str, threshold: float) -> dict[str, tuple[int, int, float]]:
    """Per large source: rows rejected by `label` alone, how many of them are abusive, the lower bound of precision.

    Abusive means toxicity of at least one half, the label that every source has. For soft labels that is what most
    annotators said.
    """
    found = {}
    for source in large_sources(rows):
        hit = (rows.sources == source) & (scores[:, LABELS.index(label)] >= threshold)
        right = int((rows.labels[hit, 0] >= ABUSIVE).sum())
        total = int(hit.sum())
        found[source] = (total, right, round(lower_bound(right, total), 4))
    return found


def proven_reject(scores: Floats, rows: Labelled, label: str) -> float | None:
    """Return the lowest threshold, in steps of 0.01, at which every large source proves its precision, or None.

    A source in which the threshold rejects too few rows to prove anything fails it: 189 without a mistake is the
    fewest that reach a bound of 0.98. `identity_attack` never rejects.
    """
    sources = large_sources(rows)
    if label == "identity_attack" or not sources:
        return None
    for step in range(50, 100):
        counted = rejection(scores, rows, label, step / 100)
        if all(bound >= PROVEN for _total, _right, bound in counted.values()):
            return step / 100
    return None


def policy(scores: Floats, rows: Labelled, thresholds: Thresholds) -> dict[str, dict[str, float | int | None]]:
    """Say per source what `thresholds` do: shares held and rejected, precision of both, abusive text approved."""
    held, rejected = np.zeros(len(scores), bool), np.zeros(len(scores), bool)
    for label, (hold, reject) in thresholds.items():
        column = scores[:, LABELS.index(label)]
        held |= column >= hold
        if reject is not None:
            rejected |= column >= reject
    held &= ~rejected
    abusive = rows.labels[:, 0] >= ABUSIVE
    table: dict[str, dict[str, float | int | None]] = {}
    for source in [str(name) for name in np.unique(rows.sources)]:
        here = rows.sources == source
        table[source] = {
            "rows": int(here.sum()),
            "abusive": _share(abusive, here),
            "held": _share(held, here),
            "rejected": _share(rejected, here),
            "precision_of_hold": _share(abusive, here & held),
            "precision_of_reject": _share(abusive, here & rejected),
            "abusive_approved": _share(~held & ~rejected, here & abusive),
        }
    return table


def _share(what: NDArray[np.bool_], among: NDArray[np.bool_]) -> float | None:
    return round(float(what[among].mean()), 4) if among.any() else None


def evaluate(classifier: Classifier, folder: Path) -> dict[str, object]:
    """Judge `classifier` on the dev rows and evaluation sets of `folder`; returns plain values, ready for JSON."""
    rows = data.dev(folder)
    scores = chances(classifier, rows.texts)
    by_source = {}
    for source in [str(name) for name in np.unique(rows.sources)]:
        here = rows.sources == source
        found = aucs(scores[here], Labelled([], rows.labels[here], rows.sources[here]))
        if found:
            by_source[source] = found
    calibration, isotonic = {}, {}
    ordinary = ~np.isin(rows.sources, SELECTED)
    for column, label in enumerate(LABELS):
        known = ordinary & ~np.isnan(rows.labels[:, column]) & ~np.isnan(scores[:, column])
        calibration[label] = round(calibration_error(scores[known, column], rows.labels[known, column]), 4)
        isotonic[label] = isotonic_error(scores[known, column], rows.labels[known, column])
    return {
        "classifier": classifier.name,
        "version": classifier.version,
        "hash": classifier.hash,
        "auc": {
            "dev": aucs(scores, rows),
            **{f"dev:{source}": found for source, found in by_source.items()},
            **{
                name: aucs(chances(classifier, labelled.texts), labelled)
                for name, labelled in data.evaluation(folder).items()
            },
        },
        "calibration_error": calibration,
        "isotonic_error": isotonic,
        "thresholds": {label: list(pair) for label, pair in classifier.thresholds.items()},
        "policy": policy(scores, rows, classifier.thresholds),
    }
