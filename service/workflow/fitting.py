"""Learn from recorded pairs how our scores read on another service's scale, so that its thresholds keep their meaning.

Quantiles are matched: the share of texts at or above a mapped score is the share at or above that score there. So a
threshold flags as much as it did. A regression would pull every score towards the middle and flag less.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from service.domain.errors import Fault, Invalid
from service.domain.foreign import Curve, ScoreMap, along

LEAST_PAIRS = 50
"""Fewer pairs of an attribute make no curve."""
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_KNOTS = 384


class Pair(Struct, frozen=True, kw_only=True):
    """What `gatepost perspective record` keeps of one comment: a keyed hash of its text, and both score sets.

    `ours` has an attribute only where our classifier measures it.
    """

    at: str
    text: str
    classifier: str
    hash: str
    theirs: dict[str, float]
    ours: dict[str, float]


class Row(Struct, frozen=True, kw_only=True):
    """How a threshold fares on pairs that the curve was not fitted on.

    The shares flagged by them, by our scores as they are and mapped, and how often the mapped decide as they did.
    """

    attribute: str
    threshold: float
    theirs: float
    raw: float
    mapped: float
    agree: float


class Fit(Struct, frozen=True, kw_only=True):
    """A map, how each threshold fares, the pairs of each attribute, and the attributes with too few of them."""

    map: ScoreMap
    rows: tuple[Row, ...]
    pairs: dict[str, int]
    too_few: dict[str, int]


def fit(pairs: Sequence[Pair], *, name: str, classifier_hash: str | None = None) -> Fit:
    """Learn a curve per attribute from the pairs of one classifier, that of the last pair unless a hash names another.

    Raises Invalid where no attribute has enough pairs.
    """
    if not pairs:
        raise _nothing()
    wanted = classifier_hash or pairs[-1].hash
    chosen = [pair for pair in pairs if pair.hash == wanted]
    by_name: dict[str, list[tuple[float, float]]] = {}
    for pair in chosen:
        for attribute, theirs in pair.theirs.items():
            if attribute in pair.ours:
                by_name.setdefault(attribute, []).append((pair.ours[attribute], theirs))
    enough = {attribute: found for attribute, found in sorted(by_name.items()) if len(found) >= LEAST_PAIRS}
    if not enough:
        raise _nothing()
    rows = [row for attribute, found in enough.items() for row in _judge(attribute, found)]
    curves = {attribute: curve_of(found) for attribute, found in enough.items()}
    return Fit(
        map=ScoreMap(name=name, classifier=chosen[-1].classifier, hash=wanted, curves=curves),
        rows=tuple(rows),
        pairs={attribute: len(found) for attribute, found in enough.items()},
        too_few={attribute: len(found) for attribute, found in by_name.items() if attribute not in enough},
    )


def curve_of(pairs: Sequence[tuple[float, float]]) -> Curve:
    """Match the quantiles of (ours, theirs): a rising curve of at most some 400 knots."""
    ours, theirs = sorted(pair[0] for pair in pairs), sorted(pair[1] for pair in pairs)
    knots = []
    # Where ours are the same, theirs cannot be told apart: all of them read as their mean.
    for score, group in groupby(zip(ours, theirs, strict=True), key=lambda pair: pair[0]):
        values = [value for _, value in group]
        knots.append((score, sum(values) / len(values)))
    if len(knots) <= _KNOTS:
        return tuple(knots)
    # Evenly by rank, and again evenly by their scores: thresholds lie where few texts do.
    chosen = {round(place * (len(knots) - 1) / (_KNOTS // 2)) for place in range(_KNOTS // 2 + 1)}
    low, high = knots[0][1], knots[-1][1]
    step, following = (high - low) / (_KNOTS // 2), low
    for place, (_, value) in enumerate(knots):
        if value >= following:
            chosen.add(place)
            following = value + step
    return tuple(knots[place] for place in sorted(chosen))


def _judge(attribute: str, pairs: Sequence[tuple[float, float]]) -> list[Row]:
    """Fit on each half and look at the other."""
    halves = (pairs[::2], pairs[1::2])
    judged = [
        (ours, along(curve, ours), theirs)
        for half, other in (halves, halves[::-1])
        for curve in (curve_of(half),)
        for ours, theirs in other
    ]
    return [_row(attribute, threshold, judged) for threshold in THRESHOLDS]


def _row(attribute: str, threshold: float, judged: Sequence[tuple[float, float, float]]) -> Row:
    flags = [(raw >= threshold, mapped >= threshold, theirs >= threshold) for raw, mapped, theirs in judged]
    count = len(flags)
    return Row(
        attribute=attribute,
        threshold=threshold,
        theirs=sum(theirs for _, _, theirs in flags) / count,
        raw=sum(raw for raw, _, _ in flags) / count,
        mapped=sum(mapped for _, mapped, _ in flags) / count,
        agree=sum(mapped == theirs for _, mapped, theirs in flags) / count,
    )


def _nothing() -> Invalid:
    fault = Fault(path="pairs", message=f"have no attribute with {LEAST_PAIRS} scores of both sides by one classifier")
    return Invalid((fault,))


def scores_of(answer: Mapping[str, object]) -> dict[str, float]:
    """Read the summary scores of an answer of `comments:analyze`; what is not there is left out."""
    found: dict[str, float] = {}
    attributes = answer.get("attributeScores")
    for name, one in attributes.items() if isinstance(attributes, dict) else ():
        summary = one.get("summaryScore") if isinstance(one, dict) else None
        value = summary.get("value") if isinstance(summary, dict) else None
        if isinstance(value, int | float) and 0 <= value <= 1:
            found[str(name).partition("@")[0]] = float(value)
    return found
