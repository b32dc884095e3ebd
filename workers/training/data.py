"""Labelled comments for fitting and judging classifiers: where they lie, what they hold, which may be fitted on."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
"""The labels of `train.parquet`, in the order that every array of this package uses."""
ABUSIVE = 0.5
"""A comment with a label at or above this carries it: half of the annotators or more said so."""

_HATE, _NEITHER = 0, 2  # classes of the tweets; 1 is offensive language


class Labelled(NamedTuple):
    """`n` comments of one kind of use."""

    texts: list[str]
    labels: NDArray[np.float32]
    """Shape (n, 6), values in [0, 1], NaN where nobody was asked."""
    sources: NDArray[np.str_]
    """Shape (n,): the data set that each comment came from."""

    def __add__(self, other: object) -> "Labelled":
        """Put the comments of `other` behind these."""
        if not isinstance(other, Labelled):
            return NotImplemented
        return Labelled(
            self.texts + other.texts,
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.sources, other.sources]),
        )


def _only(values: "pd.Series[float]", label: str) -> NDArray[np.float32]:
    labels = np.full((len(values), len(LABELS)), np.nan, np.float32)
    labels[:, LABELS.index(label)] = values
    return labels


def fitting(folder: Path) -> Labelled:
    """Return every comment that may be fitted on: `train.parquet` without its dev rows, and `hatemoji_train.parquet`.

    Raises `FileNotFoundError` if the folder lacks `train.parquet`; the emoji set is left out where it is missing.
    """
    frame = pd.read_parquet(folder / "train.parquet")
    frame = frame[~frame["dev"]]
    rows = Labelled(
        frame["text"].tolist(), frame[list(LABELS)].to_numpy(np.float32), frame["src"].to_numpy().astype(np.str_)
    )
    emoji_path = folder / "hatemoji_train.parquet"
    if not emoji_path.exists():
        return rows
    emoji = pd.read_parquet(emoji_path)
    sources = np.full(len(emoji), "hatemoji")
    gold = emoji["label_gold"].astype(float)
    return rows + Labelled(emoji["text"].astype(str).tolist(), _only(gold, "toxicity"), sources)


def dev(folder: Path) -> Labelled:
    """Return the rows of `train.parquet` that are for choosing and calibrating, never for fitting."""
    frame = pd.read_parquet(folder / "train.parquet")
    frame = frame[frame["dev"]]
    return Labelled(
        frame["text"].tolist(), frame[list(LABELS)].to_numpy(np.float32), frame["src"].to_numpy().astype(np.str_)
    )


def evaluation(folder: Path) -> dict[str, Labelled]:
    """Return the sets kept for evaluation alone, by name; a missing file is left out.

    `davidson` counts hate speech and offensive language as toxic and hate speech as identity attack; `hatemojicheck`
    has toxicity only; `civil_spans` has the soft labels of several annotators.
    """
    sets: dict[str, Labelled] = {}
    for name in ("davidson", "hatemojicheck", "civil_spans"):
        path = folder / f"eval_{name}.parquet"
        if not path.exists():
            continue
        frame = pd.read_parquet(path)
        sources = np.full(len(frame), name)
        if name == "davidson":
            labels = _only(frame["class"] != _NEITHER, "toxicity")
            labels[:, LABELS.index("identity_attack")] = frame["class"] == _HATE
            sets[name] = Labelled(frame["tweet"].tolist(), labels, sources)
        elif name == "hatemojicheck":
            gold = frame["label_gold"].astype(float)
            sets[name] = Labelled(frame["text"].astype(str).tolist(), _only(gold, "toxicity"), sources)
        else:
            sets[name] = Labelled(frame["text"].tolist(), frame[list(LABELS)].to_numpy(np.float32), sources)
    return sets
