"""`embedded`: a small fine-tuned transformer in int8, served by onnxruntime; the classifier a site starts with."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from service.domain.text import normalise, normalise_with_offsets
from workers.classifiers import pieces
from workers.classifiers.pieces import CLOSE, OPEN, PAD

MODEL = Path(__file__).with_name("embedded.npz")
"""The model that ships in the package."""
LONGEST = 20_480
"""Code points read of a text: what is asked past the queue may have as many bytes, a comment has at most 10,000."""

_BUDGET = 512  # pieces in a batch, padding included: larger ones are no faster
_MOST_OCCLUDED = 16  # finds 92 % of what 24 find, in half the time
_LEAST_SPAN = 0.25  # a word counts as a cause from this share of what the strongest word raises

Floats: TypeAlias = NDArray[np.float32]


class Embedded:
    """Score English comments for six labels by what they mean, more than by which words they have.

    Probabilities are calibrated on the dev rows of the training data. A text longer than some 90 word pieces is read
    at its two ends and in overlapping windows wherever a glance finds something suspicious; each label takes the
    highest.
    """

    name = "embedded"
    band = 0.0
    """Each text is read alone: batch-mates would move its int8 scores by up to .16, and are hardly faster together."""

    def __init__(self, content: bytes) -> None:
        """Read a model file's `content`, as `workers.training.export.encode` makes it; `ValueError` if it is not."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                meta = json.loads(arrays["meta"].tobytes())
                graph = arrays["graph"].tobytes()
                vocabulary = arrays["pieces"].tobytes().decode().split("\n")
                self._glance: list[float] = arrays["glance"].astype(np.float64).tolist()
        except (zipfile.BadZipFile, EOFError) as error:
            message = f"{self.name}: the model file is damaged: {error}"
            raise ValueError(message) from error
        self.version: str = meta["version"]
        self.hash = hashlib.sha256(content).hexdigest()[:16]
        self.labels: tuple[str, ...] = tuple(meta["labels"])
        self.languages: frozenset[str] = frozenset(meta["languages"])
        self.thresholds: dict[str, tuple[float, float | None]] = {
            label: (hold, reject) for label, (hold, reject) in meta["thresholds"].items()
        }
        self._suspicious: float = meta["suspicious"]
        self._calibration = [(np.array(logits), np.array(chances)) for logits, chances in meta["calibration"]]
        self._pieces = pieces.tokenizer(vocabulary)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no base of their own
            message = f"{self.name}: the graph in the model file cannot be run: {error}"
            raise ValueError(message) from error

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Load the shipped model, or the one at `path`; `OSError` if it cannot be read, `ValueError` if malformed."""
        return cls((path or MODEL).read_bytes())

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return one probability in [0, 1] per label, in the order of `labels`, for each text.

        A text's scores never depend on its batch-mates. Raises `ValueError` where a score is not a finite number.
        """
        return self._calibrated(self.logits(texts))

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return what `score` returns: here batch-mates make no difference."""
        return self.score(texts)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the uncalibrated scores: shape (len(texts), len(labels)), any finite number."""
        rows = [self._highest(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, len(self.labels)), np.float32)

    def _highest(self, text: str) -> Floats:
        ids = pieces.encode(self._pieces, normalise(text, LONGEST))
        views = pieces.windows(ids, self._glance, self._suspicious)
        highest: Floats = self._read([[ids[place] for place in view] for view in views]).max(axis=0)
        return highest

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Say for each text what `spans` says of it alone."""
        return [self.spans(text, limit) for text in texts]

    def spans(self, text: str, limit: int = 5) -> dict[str, list[tuple[int, int]]]:
        """Say which words raised the score, per label: at most `limit` ranges [start, end) in ascending order.

        Offsets count code points of `text`. A word's part is how far the score falls when it is left out of the
        window that scored highest; some 17 more readings for each such window. Labels that no word raises have an
        empty list.
        """
        aligned = normalise_with_offsets(text, LONGEST)
        whole = pieces.cut(self._pieces, aligned.text)
        views = pieces.windows(whole.ids, self._glance, self._suspicious)
        logits = self._read([[whole.ids[place] for place in view] for view in views])
        best = logits.argmax(axis=0).tolist()
        found: dict[str, list[tuple[int, int]]] = {}
        parts = {view: self._parts(whole, views[view], aligned.text) for view in sorted(set(best))}
        for label, (name, view) in enumerate(zip(self.labels, best, strict=True)):
            raised = {place: float(logits[view, label] - without[label]) for place, without in parts[view].items()}
            strongest = sorted(raised, key=lambda place: -raised[place])[:limit]
            least = max(_LEAST_SPAN * raised[strongest[0]], 1e-6) if strongest else 0.0
            found[name] = sorted(aligned.original(*place) for place in strongest if raised[place] >= least)
        return found

    def _parts(self, whole: pieces.Cut, view: Sequence[int], text: str) -> dict[tuple[int, int], Floats]:
        """Return the logits without each word of a view, by the word's characters in the normalised text."""
        words: dict[int | None, list[int]] = {}
        for place in view:
            words.setdefault(whole.words[place], []).append(place)
        spans = {
            word: (whole.places[own[0]][0], whole.places[own[-1]][1])
            for word, own in words.items()
            if any(char.isalnum() for char in text[whole.places[own[0]][0] : whole.places[own[-1]][1]])
        }
        weight = {word: sum(self._glance[whole.ids[place]] for place in words[word]) for word in spans}
        chosen = sorted(spans, key=lambda word: -weight[word])[:_MOST_OCCLUDED]
        without = [[whole.ids[place] for place in view if whole.words[place] != word] for word in chosen]
        return dict(zip((spans[word] for word in chosen), self._read(without), strict=True))

    def _read(self, views: Sequence[Sequence[int]]) -> Floats:
        """Return the logits of each view: shape (len(views), len(labels))."""
        logits = np.zeros((len(views), len(self.labels)), np.float32)
        for batch in _batches([len(view) + 2 for view in views]):
            longest = max(len(views[row]) for row in batch) + 2
            ids = np.full((len(batch), longest), PAD, np.int64)
            mask = np.zeros((len(batch), longest), np.int64)
            for line, row in enumerate(batch):
                size = len(views[row]) + 2
                ids[line, :size] = [OPEN, *views[row], CLOSE]
                mask[line, :size] = 1
            logits[batch] = self._session.run(["logits"], {"ids": ids, "mask": mask})[0]
        if not np.isfinite(logits).all():
            message = f"{self.name} {self.hash}: a score is not a finite number"
            raise ValueError(message)
        return logits

    def _calibrated(self, logits: Floats) -> list[tuple[float, ...]]:
        columns = [np.interp(logits[:, label], *knots) for label, knots in enumerate(self._calibration)]
        return list(zip(*(column.tolist() for column in columns), strict=True))


def _batches(lengths: Sequence[int]) -> Iterable[list[int]]:
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > _BUDGET:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
