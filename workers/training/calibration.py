"""Turn raw scores into probabilities: a monotone curve per label, fitted on rows that the weights never saw."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from workers.training.data import ABUSIVE, LABELS, Labelled
from workers.training.evaluate import SELECTED, calibration_error

Floats: TypeAlias = NDArray[np.float64]
Knots: TypeAlias = tuple[list[float], list[float]]
"""Ascending logits and, for each, a probability; between two knots the curve is a straight line, beyond them flat."""

_REACH = 16.0
_STEP = 0.25
_BENDS = (0.02, 0.1, 0.4, 0.8)  # quantiles of the logits of rows that carry the label
_FEWEST = 30  # a label carried by fewer rows has too little to bend a curve by
_LEAST_SLOPE = 0.1  # two scores that differ stay different
_SPLITS = 4


def _terms(logits: Floats, bends: Floats) -> Floats:
    """Lay out an intercept and how far each logit goes into each segment between bends."""
    edges = np.concatenate([[-2 * _REACH], bends, [2 * _REACH]])
    segments = [np.clip(logits, low, high) - low for low, high in pairwise(edges)]
    return np.stack([np.ones_like(logits), *segments], axis=1)


def curve(logits: Floats, truth: Floats) -> Knots:
    """Fit a logistic curve (Platt, 1999) whose slope may change at four places; soft labels count as they are.

    On dev halves as close as isotonic steps (.010 and .011 for toxicity); two scores that differ stay different.
    """
    carried = logits[truth >= ABUSIVE]
    bends = np.quantile(carried, _BENDS) if len(carried) >= _FEWEST else np.zeros(0)
    terms = _terms(logits, bends)

    def loss(weights: Floats) -> tuple[float, Floats]:
        bent = terms @ weights
        gradient = terms.T @ (0.5 + 0.5 * np.tanh(0.5 * bent) - truth)
        return float((np.logaddexp(0, bent) - truth * bent).mean()), gradient / len(truth)

    start = np.concatenate([[-2 * _REACH], np.ones(len(bends) + 1)])
    bounds = [(None, None), *[(_LEAST_SLOPE, None)] * (len(bends) + 1)]
    weights = scipy.optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", tol=1e-10).x
    places = np.arange(-_REACH, _REACH + _STEP, _STEP)
    heights = 0.5 + 0.5 * np.tanh(0.5 * (_terms(places, bends) @ weights))
    return places.tolist(), [round(height, 7) for height in heights.tolist()]


def split_half_error(logits: Floats, truth: Floats) -> float:
    """Fit on one half, measure on the other, both ways, over four random splits; the mean calibration error."""
    errors = []
    for seed in range(_SPLITS):
        half = np.random.default_rng(seed).permutation(len(logits)) % 2 == 0
        for here in (half, ~half):
            probabilities = np.interp(logits[~here], *curve(logits[here], truth[here]))
            errors.append(calibration_error(probabilities, truth[~here]))
    return round(float(np.mean(errors)), 4)


def curves(logits: Floats, judged: Labelled) -> tuple[list[Knots], dict[str, float]]:
    """Fit a curve per label on rows the weights never saw; returns them with their split-half errors."""
    found, errors = [], {}
    ordinary = ~np.isin(judged.sources, SELECTED)
    for column, label in enumerate(LABELS):
        known = ordinary & ~np.isnan(judged.labels[:, column])
        truth = judged.labels[known, column].astype(np.float64)
        found.append(curve(logits[known, column], truth))
        errors[label] = split_half_error(logits[known, column], truth)
    return found, errors


def apply(knots: Sequence[Knots], logits: Floats) -> Floats:
    """Turn logits into probabilities, both of shape (texts, labels)."""
    return np.stack([np.interp(logits[:, label], *line) for label, line in enumerate(knots)], axis=1)
