"""`embedded-fast`: a hashed n-gram model that scores thousands of English comments a second with numpy alone."""

import functools
import hashlib
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.domain.text import Aligned, normalise, normalise_with_offsets
from workers.classifiers import ngrams

MODEL = Path(__file__).with_name("embedded_fast.npz")
"""The model that ships in the package."""
LONGEST = 20_480
"""Code points read of a text: what is asked past the queue may have as many bytes, a comment has at most 10,000."""

_ZERO = 128  # what a stored weight of 0 is biased to, so that packed sums never borrow
_LANE_BITS = 21
_LANES = 64 // _LANE_BITS
_LANE_MASK = np.uint64((1 << _LANE_BITS) - 1)
_WHOLE = 1600  # a text up to here is read whole: its 5 n-grams a character are fewer than 2 ** _LANE_BITS / 255
_PASSAGE = 200  # short windows find abuse that padding dilutes ...
_PASSAGE_COST = 2.0  # ... and must beat the whole by this logit: dev AUC stays, that of padded dev rows rises by .15
_BATCH_CHARS = 60_000  # bounds the working memory to some 10 MB, whatever the batch
_LEAST_SPAN = 0.25  # a word counts as a cause from this share of the strongest word's part in the score

Floats: TypeAlias = NDArray[np.float64]
Packed: TypeAlias = NDArray[np.uint64]


def _pack(weights: NDArray[np.int8], slots: int) -> Packed:
    """Lay int8 weights of shape (slots, labels) into lanes of unsigned integers, whose sums are exact in any order."""
    labels = weights.shape[1]
    packed = np.zeros((slots, -(-labels // _LANES)), np.uint64)
    for label in range(labels):
        column, lane = divmod(label, _LANES)
        biased = (weights[:, label].astype(np.int16) + _ZERO).astype(np.uint64)
        packed[: len(weights), column] |= biased << np.uint64(lane * _LANE_BITS)
    return packed


def _unpack(sums: Packed, counts: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    numbers = np.arange(labels)
    shifts = (numbers % _LANES * _LANE_BITS).astype(np.uint64)
    lanes = (sums[:, numbers // _LANES] >> shifts) & _LANE_MASK
    return lanes.astype(np.int64) - _ZERO * counts[:, None]


class _Sums(NamedTuple):
    """Running sums of packed weights over a batch: any window's sum is one difference."""

    chars: Packed
    words: list[Packed]
    places: list[ngrams.Indices]
    """Per size in `WORD_SIZES`: the character at which each n-gram of words starts, ascending."""


class _Windows(NamedTuple):
    starts: ngrams.Indices
    stops: ngrams.Indices
    texts: ngrams.Indices
    """The number of the text that each window lies in, ascending."""


class EmbeddedFast:
    """Score English comments for six labels by their character and word n-grams.

    Probabilities are calibrated on the dev rows of the training data. A text is read whole (above 1,600 normalised
    characters: in overlapping windows of that size) and again in passages of 200; each label takes its best reading.
    """

    name = "embedded-fast"
    band = 0.0

    def __init__(self, content: bytes) -> None:
        """Read `content`, as `workers.training.model_file.encode` makes it; `ValueError` if it is something else."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            meta = json.loads(arrays["meta"].tobytes())
            chars, words = arrays["chars"], arrays["words"]
        self.version: str = meta["version"]
        self.hash = hashlib.sha256(content).hexdigest()[:16]
        self.labels: tuple[str, ...] = tuple(meta["labels"])
        self.languages: frozenset[str] = frozenset(meta["languages"])
        self.thresholds: dict[str, tuple[float, float | None]] = {
            label: (hold, reject) for label, (hold, reject) in meta["thresholds"].items()
        }
        self._chars = _pack(chars, ngrams.NOTHING + 1)
        self._words = _pack(words, 1 << ngrams.WORD_BITS)
        self._char_scale = np.array(meta["char_scale"])
        self._word_scale = np.array(meta["word_scale"])
        self._bias = np.array(meta["bias"])
        self._calibration = [(np.array(logits), np.array(chances)) for logits, chances in meta["calibration"]]
        counts = np.maximum(np.arange(len(ngrams.CHAR_SIZES) * (_WHOLE + 2) + 1), 1)
        self._by_length = counts ** -float(meta["length_power"])

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Load the shipped model, or the one at `path`; `OSError` if it cannot be read, `ValueError` if malformed."""
        return cls((path or MODEL).read_bytes())

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return one probability in [0, 1] per label, in the order of `labels`, for each text.

        A text's scores never depend on its batch-mates. Raises `ValueError` where a score is not a finite number.
        """
        logits = self.logits(texts)
        if not np.isfinite(logits).all():
            message = f"{self.name} {self.hash}: a score is not a finite number"
            raise ValueError(message)
        columns = [np.interp(logits[:, label], *knots) for label, knots in enumerate(self._calibration)]
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return what `score` returns: here batch-mates make no difference."""
        return self.score(texts)

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the uncalibrated scores: shape (len(texts), len(labels)), any finite number."""
        normalised = [normalise(text, LONGEST) for text in texts]
        parts = [self._logits(batch) for batch in _batches(normalised)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)))

    def _logits(self, texts: Sequence[str]) -> Floats:
        grams = ngrams.extract(texts)
        sums = _Sums(
            _running(functools.reduce(np.add, [self._chars[slots] for slots in grams.chars])),
            [_running(self._words[slots]) for slots in grams.words],
            [grams.word_starts, grams.word_starts[grams.pair_starts]],
        )
        whole = self._highest(sums, grams, _windows(grams, _WHOLE))
        if (grams.ends - grams.starts).max() <= _PASSAGE:
            return whole
        return np.maximum(whole, self._highest(sums, grams, _windows(grams, _PASSAGE)) - _PASSAGE_COST)

    def _highest(self, sums: "_Sums", grams: ngrams.Grams, windows: "_Windows") -> Floats:
        starts, stops, texts = windows
        ends = grams.ends[texts]
        counts = np.zeros(len(starts), np.int64)
        for size in ngrams.CHAR_SIZES:
            counts += np.maximum(np.minimum(stops, ends - size + 1) - starts, 0)
        chars = _unpack(sums.chars[stops] - sums.chars[starts], counts, len(self.labels))
        totals = chars * self._char_scale
        for running, places in zip(sums.words, sums.places, strict=True):
            first, last = np.searchsorted(places, starts), np.searchsorted(places, stops)
            totals += _unpack(running[last] - running[first], last - first, len(self.labels)) * self._word_scale
        logits = totals * self._by_length[counts][:, None] + self._bias
        return np.maximum.reduceat(logits, np.searchsorted(texts, np.arange(len(grams.ends))))

    def spans(self, text: str, limit: int = 5) -> dict[str, list[tuple[int, int]]]:
        """Say which words raised the score, per label: at most `limit` ranges [start, end) in ascending order.

        Offsets count code points of `text`. A word's part is exact: the weights of all n-grams that overlap it, each
        shared out evenly among its characters. Labels that no word raises have an empty list.
        """
        return self.spans_of([text], limit)[0]

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Say it for many texts: a third of what as many calls of `spans` cost."""
        aligned = [normalise_with_offsets(text, LONGEST) for text in texts]
        found: list[dict[str, list[tuple[int, int]]]] = []
        for batch in _batches([one.text for one in aligned]):
            grams = ngrams.extract(batch)
            parts = self._parts(grams)
            running = np.zeros((len(parts) + 1, parts.shape[1]))
            np.cumsum(parts, axis=0, out=running[1:])
            # Rounded, so that words that weigh the same stay equal whatever stands before them in the batch.
            raised = np.round(running[grams.word_ends] - running[grams.word_starts], 9)
            begins, ends = grams.origins[grams.word_starts].tolist(), grams.origins[grams.word_ends - 1].tolist()
            firsts = np.searchsorted(grams.word_starts, grams.starts).tolist()
            lasts = np.searchsorted(grams.word_starts, grams.ends).tolist()
            for first, last in zip(firsts, lasts, strict=True):
                one = aligned[len(found)]
                found.append(self._best(raised[first:last], begins[first:last], ends[first:last], one, limit))
        return found

    def _best(
        self, raised: Floats, begins: list[int], ends: list[int], aligned: Aligned, limit: int
    ) -> dict[str, list[tuple[int, int]]]:
        order = np.argsort(-raised, axis=0, kind="stable")[:limit].T.tolist()
        found: dict[str, list[tuple[int, int]]] = {}
        for label, (name, best) in enumerate(zip(self.labels, order, strict=True)):
            weights = {word: raised[word, label] for word in best}
            least = max(_LEAST_SPAN * weights[best[0]], 1e-9) if best else 0.0
            found[name] = [
                aligned.original(begins[word], ends[word] + 1) for word in sorted(best) if weights[word] >= least
            ]
        return found

    def _parts(self, grams: ngrams.Grams) -> Floats:
        """Share each n-gram's weight out among its characters: shape (characters, labels)."""
        length = len(grams.origins)
        steps = np.zeros((length + max(ngrams.CHAR_SIZES) + 1, len(self.labels)))
        ones = np.ones(length, np.int64)
        for size, slots in zip(ngrams.CHAR_SIZES, grams.chars, strict=True):
            real = slots != ngrams.NOTHING
            weights = _unpack(self._chars[slots], ones, len(self.labels)) * real[:, None] * (self._char_scale / size)
            steps[:length] += weights
            steps[size : size + length] -= weights
        pairs = grams.pair_starts
        for slots, opens, closes in (
            (grams.words[0], grams.word_starts, grams.word_ends),
            (grams.words[1], grams.word_starts[pairs], grams.word_ends[pairs + 1] if len(pairs) else pairs),
        ):
            weights = _unpack(self._words[slots], ones[: len(slots)], len(self.labels)) * self._word_scale
            weights /= (closes - opens)[:, None]
            # No two words start or end at the same character, nor do two pairs.
            steps[opens] += weights
            steps[closes] -= weights
        return np.cumsum(steps, axis=0)[:length]


def _running(terms: Packed) -> Packed:
    sums = np.zeros((len(terms) + 1, terms.shape[1]), np.uint64)
    np.cumsum(terms, axis=0, out=sums[1:])
    return sums


def _windows(grams: ngrams.Grams, size: int) -> _Windows:
    """Cut texts longer than `size` characters into windows of that size, each half over the one before."""
    lengths = grams.ends - grams.starts
    stride = size // 2
    pieces = np.where(lengths <= size, 1, -(-np.maximum(lengths - size, 0) // stride) + 1)
    texts = np.repeat(np.arange(len(lengths)), pieces)
    within = np.arange(len(texts)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = grams.starts[texts] + within * stride
    ends = grams.ends[texts]
    return _Windows(starts, np.where(pieces[texts] == 1, ends, np.minimum(starts + size, ends)), texts)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first = total = 0
    for number, length in enumerate(itertools.chain(map(len, texts), [_BATCH_CHARS])):
        if total and total + length > _BATCH_CHARS:
            yield texts[first:number]
            first, total = number, 0
        total += length + 3
