"""Train `embedded-fast`: fit the weights, calibrate on the dev rows, and derive the default thresholds."""

from pathlib import Path

import numpy as np

from workers.classifiers.embedded_fast import EmbeddedFast
from workers.training import data, model_file
from workers.training.calibration import Knots, apply, curves
from workers.training.data import LABELS, Labelled
from workers.training.evaluate import proven_reject
from workers.training.ngram import Recipe, fit
from workers.training.sentences import sentences

VERSION = "1"
"""Raised whenever the recipe, the features or the normaliser change: scores of two versions are not comparable."""

_PATIENCE = 4
HOLDS = {**dict.fromkeys(LABELS, 1 / (1 + _PATIENCE)), "identity_attack": 0.5}
"""Hold from a calibrated probability of 0.2: one abusive comment shown weighs as much as four decent ones that wait.

Below 0.5 `identity_attack` mostly holds neutral mentions of a group; toxicity holds what is hostile about them.
"""

_STRAIGHT: Knots = ([-1.0, 1.0], [0.0, 1.0])


def train(folder: Path, seed: int = 0, recipe: Recipe | None = None) -> tuple[bytes, dict[str, float]]:
    """Return the model file made from the data in `folder`, and the split-half calibration error per label.

    The same data, seed, recipe and machine give the same bytes with one BLAS thread; the seed orders the rows.
    """
    recipe = recipe or Recipe()
    rows = data.fitting(folder) + sentences()
    order = np.random.default_rng(seed).permutation(len(rows.texts))
    rows = Labelled([rows.texts[row] for row in order], rows.labels[order], rows.sources[order])
    fitted = fit(rows, recipe)
    meta: dict[str, object] = {
        "version": VERSION,
        "labels": LABELS,
        "languages": ["en"],
        "bias": [float(value) for value in fitted.bias],
        "length_power": recipe.length_power,
        "seed": seed,
        "calibration": [_STRAIGHT for _ in LABELS],
        "thresholds": {label: (HOLDS[label], None) for label in LABELS},
    }
    judged = data.dev(folder)
    logits = EmbeddedFast(model_file.encode(fitted.chars, fitted.words, meta)).logits(judged.texts)
    knots, errors = curves(logits, judged)
    probabilities = apply(knots, logits)
    rejects = {label: proven_reject(probabilities, judged, label) for label in LABELS}
    thresholds = {label: (HOLDS[label], rejects[label]) for label in LABELS}
    final = {**meta, "calibration": knots, "thresholds": thresholds}
    return model_file.encode(fitted.chars, fitted.words, final), errors
