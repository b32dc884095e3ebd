"""Fit the weights of the n-gram classifier: masked logistic regression for all labels at once.

The recipe: counts of hashed n-grams, word n-grams weighted above character ones, divided by a power of the text's
length; every feature scaled by its naive-Bayes log ratio (Wang and Manning, 2012, "Baselines and Bigrams"); an
intercept per source, dropped when serving, because base rates differ between sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from service.domain.text import normalise
from workers.classifiers import ngrams
from workers.training.data import Labelled

Floats = NDArray[np.float32]
_CHUNK = 2000
_EPSILON = 0.3


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The choices of a fit; the defaults are what the shipped model was made with, chosen on the dev rows."""

    read: int = 800
    """Code points read of each training text."""
    word_weight: float = 3.0
    """Weight of a word n-gram against a character n-gram."""
    length_power: float = 0.4
    """Counts are divided by (number of character n-grams) to this power."""
    penalty: float = 1.5
    """L2 penalty on the scaled weights."""
    source_penalty: float = 10.0
    """L2 penalty on the intercepts of sources."""
    iterations: int = 60
    """L-BFGS iterations."""
    weights: dict[str, float] = field(default_factory=lambda: {"civil_spans": 0.5, "hatemoji": 0.75, "sentences": 3.0})
    """Weight of a comment by its source; 1 where not named."""


@dataclass(frozen=True)
class Fitted:
    """Weights per slot and label, as served: `word_weight` is folded into `words`."""

    chars: Floats
    words: Floats
    bias: Floats


def matrix(texts: Sequence[str], recipe: Recipe) -> scipy.sparse.csr_matrix:
    """Count the n-grams of `texts`: shape (len(texts), character slots + word slots), scaled by length."""
    parts = []
    for first in range(0, len(texts), _CHUNK):
        batch = [normalise(text[: recipe.read]) for text in texts[first : first + _CHUNK]]
        grams = ngrams.extract(batch)
        lengths = grams.ends - grams.starts
        row_of_char = np.repeat(np.arange(len(batch)), lengths + 1)
        factor = np.array([max(ngrams.char_count(int(n)), 1) for n in lengths]) ** -recipe.length_power
        rows, columns, values = [], [], []
        for slots in grams.chars:
            real = slots != ngrams.NOTHING
            rows.append(row_of_char[real])
            columns.append(slots[real])
            values.append(factor[rows[-1]])
        row_of_word = row_of_char[grams.word_starts]
        for slots, word_rows in zip(grams.words, (row_of_word, row_of_word[grams.pair_starts]), strict=True):
            rows.append(word_rows)
            columns.append(slots + ngrams.NOTHING)
            values.append(factor[rows[-1]] * recipe.word_weight)
        shape = (len(batch), ngrams.NOTHING + (1 << ngrams.WORD_BITS))
        triple = np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns))
        parts.append(scipy.sparse.csr_matrix(triple, shape=shape, dtype=np.float32))
    return scipy.sparse.vstack(parts, format="csr")


def _log_ratios(features: scipy.sparse.csr_matrix, targets: Floats, weights: Floats) -> Floats:
    ratios = np.ones((features.shape[1], targets.shape[1]), np.float32)
    for label in range(targets.shape[1]):
        positive = targets[:, label] * weights[:, label]
        negative = (1 - targets[:, label]) * weights[:, label]
        seen = features.T @ positive + _EPSILON
        unseen = features.T @ negative + _EPSILON * negative.sum() / max(positive.sum(), 1.0)
        ratios[:, label] = np.abs(np.log((seen / seen.sum()) / (unseen / unseen.sum())))
    return ratios


def fit(rows: Labelled, recipe: Recipe) -> Fitted:
    """Fit the weights on `rows`; deterministic on one machine with one BLAS thread."""
    features = matrix(rows.texts, recipe)
    transposed = features.T.tocsr()
    known = ~np.isnan(rows.labels)
    targets = np.where(known, rows.labels, 0).astype(np.float32)
    by_source = np.array([recipe.weights.get(source, 1.0) for source in rows.sources], np.float32)
    weights = known * by_source[:, None]
    names, source = np.unique(rows.sources, return_inverse=True)
    membership = np.eye(len(names), dtype=np.float32)[source]
    ratios = _log_ratios(features, targets, weights)
    slots, labels = ratios.shape
    split = slots * labels, slots * labels + len(names) * labels
    start = np.zeros(split[1] + labels)
    start[split[1] :] = np.log(np.clip((weights * targets).sum(0) / np.maximum(weights.sum(0), 1), 1e-4, 0.5))

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = flat[: split[0]].reshape(slots, labels).astype(np.float32)
        offsets = flat[split[0] : split[1]].reshape(len(names), labels)
        bias = flat[split[1] :].astype(np.float32)
        logits = features @ (ratios * scaled) + membership @ offsets.astype(np.float32) + bias
        losses = weights * (np.logaddexp(0, logits) - targets * logits)
        errors = weights * (0.5 + 0.5 * np.tanh(0.5 * logits) - targets)
        slope = (transposed @ errors) * ratios + recipe.penalty * scaled
        offset_slope = membership.T @ errors + recipe.source_penalty * offsets
        penalty = 0.5 * recipe.penalty * np.square(scaled, dtype=np.float64).sum()
        loss = losses.sum(dtype=np.float64) + penalty + 0.5 * recipe.source_penalty * np.square(offsets).sum()
        gradient = np.concatenate([slope.ravel(), offset_slope.ravel(), errors.sum(0)]).astype(np.float64)
        return float(loss), gradient

    flat, _loss, _report = scipy.optimize.fmin_l_bfgs_b(objective, start, maxiter=recipe.iterations, m=8)
    served = flat[: split[0]].reshape(slots, labels).astype(np.float32) * ratios
    words = served[ngrams.NOTHING :] * np.float32(recipe.word_weight)
    return Fitted(served[: ngrams.NOTHING], words, flat[split[1] :].astype(np.float32))
