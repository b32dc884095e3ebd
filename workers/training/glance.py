"""Weigh word pieces for the glance that decides which windows of a long text the transformer reads."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from workers.classifiers.pieces import ROOM, SPECIAL, encode, suspicion, tokenizer
from workers.training.data import ABUSIVE, Labelled

Floats = NDArray[np.float32]
_READ = 0.25
"""Share of harmless windows whose suspicion is high enough to be read.

Of abuse put into the middle of long harmless dev rows 78 % is held so, 84 % when every window is read, and 6 % when
none is.
"""


def weights(ids: Sequence[Sequence[int]], toxicity: Floats, sizes: Floats, pieces: int) -> NDArray[np.float16]:
    """Fit a logistic weight per piece on which pieces stand in a text; `sizes` weigh the texts."""
    columns = [np.unique(text) for text in ids]
    rows = np.repeat(np.arange(len(ids)), [len(found) for found in columns])
    table = scipy.sparse.csr_matrix((np.ones(len(rows)), (rows, np.concatenate(columns))), shape=(len(ids), pieces))
    model = LogisticRegression(C=0.5, max_iter=200).fit(table, toxicity >= ABUSIVE, sample_weight=sizes)
    fitted: NDArray[np.float16] = model.coef_[0].astype(np.float16)
    fitted[: len(SPECIAL)] = 0
    return fitted


def suspicious(vocabulary: Sequence[str], glance: Sequence[float], rows: Labelled, normalised: Sequence[str]) -> float:
    """Return the suspicion that a quarter of the windows of harmless texts reach."""
    pieces = tokenizer(vocabulary)
    found = []
    for text, toxicity in zip(normalised, rows.labels[:, 0], strict=True):
        ids = encode(pieces, text) if toxicity < ABUSIVE else []
        found += [suspicion(ids[start : start + ROOM], glance) for start in range(0, len(ids) - ROOM, ROOM)]
    return round(float(np.quantile(found, 1 - _READ)), 2) if found else 0.0
