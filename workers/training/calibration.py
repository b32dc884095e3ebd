"""Turn raw scores into probabilities: a monotone curve per label, fitted on rows that the weights never saw."""

from itertools import pairwise

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from workers.training.evaluate import calibration_error

Floats = NDArray[np.float64]
Knots = tuple[list[float], list[float]]
"""Ascending logits and, for each, a probability; between two knots the curve is a straight line, beyond them flat."""

_REACH = 16.0
_STEP = 0.25
_BLOCK = 20  # rows that an isotonic step must rest on


def sigmoid_knots(logits: Floats, truth: Floats) -> Knots:
    """Fit a logistic curve (Platt, 1999); two parameters, for labels that few rows carry."""

    def loss(parameters: Floats) -> float:
        bent = parameters[0] * logits + parameters[1]
        return float((np.logaddexp(0, bent) - truth * bent).sum())

    slope, offset = scipy.optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    places = np.arange(-_REACH, _REACH + _STEP, _STEP)
    curve = 0.5 + 0.5 * np.tanh(0.5 * (max(slope, 1e-3) * places + offset))
    return places.tolist(), [round(value, 6) for value in curve.tolist()]


def isotonic_knots(logits: Floats, truth: Floats) -> Knots:
    """Fit a monotone curve through the middles of isotonic steps, and a logistic one beyond the first and last."""
    order = np.argsort(logits, kind="stable")
    logits, truth = logits[order], truth[order]
    steps = IsotonicRegression().fit_transform(logits, truth)
    edges = [0]
    for place in range(_BLOCK, len(steps) - _BLOCK + 1):
        if steps[place] != steps[place - 1] and place - edges[-1] >= _BLOCK:
            edges.append(place)
    edges.append(len(steps))
    middles = [float(np.mean(logits[first:last])) for first, last in pairwise(edges)]
    heights = [float(np.mean(truth[first:last])) for first, last in pairwise(edges)]
    tails = sigmoid_knots(logits, truth)
    low = [(at, min(height, heights[0])) for at, height in zip(*tails, strict=True) if at < middles[0]]
    high = [(at, max(height, heights[-1])) for at, height in zip(*tails, strict=True) if at > middles[-1]]
    knots = low + list(zip(middles, heights, strict=True)) + high
    values = np.maximum.accumulate([height for _at, height in knots])
    return [round(at, 4) for at, _height in knots], [round(value, 6) for value in values.tolist()]


def split_half_error(logits: Floats, truth: Floats, *, isotonic: bool) -> float:
    """Fit on every other row, measure on the rest, both ways; returns the mean expected calibration error."""
    fit = isotonic_knots if isotonic else sigmoid_knots
    errors = []
    for half in (0, 1):
        here = np.arange(len(logits)) % 2 == half
        probabilities = np.interp(logits[~here], *fit(logits[here], truth[here]))
        errors.append(calibration_error(probabilities, truth[~here]))
    return float(np.mean(errors))


def calibrate(logits: Floats, truth: Floats) -> tuple[Knots, float]:
    """Return the better of the two curves, fitted on all rows, and its split-half calibration error."""
    errors = {isotonic: split_half_error(logits, truth, isotonic=isotonic) for isotonic in (False, True)}
    isotonic = errors[True] < errors[False]
    fit = isotonic_knots if isotonic else sigmoid_knots
    return fit(logits, truth), round(errors[isotonic], 4)
