"""Scores for texts that are not stored."""

from collections.abc import Sequence

from msgspec.structs import replace

from service.domain.errors import Fault, Invalid
from service.domain.express import MOST_TEXTS, Answer, Question, Told
from service.domain.scores import LABELS
from service.workflow.house import House

MOST_BYTES = 20_480
"""Of one text, in UTF-8."""
SECONDS = 2.0
LEAST_SECONDS, MOST_SECONDS = 0.05, 30.0


async def score_texts(
    house: House,
    texts: Sequence[str],
    *,
    labels: Sequence[str] | None = None,
    spans: bool = False,
    seconds: float = SECONDS,
) -> Answer:
    """Have 1 to 64 texts scored within `seconds` (0.05 to 30); only `labels`, if any are named.

    A label that the classifier lacks is left out. Raises Invalid, NoWorker, Late or StorageDown.
    """
    faults = list(_faults(texts, labels, seconds))
    if faults:
        raise Invalid(tuple(faults))
    answer = await house.express.score(Question(texts=tuple(texts), spans=spans), seconds=seconds)
    if labels is None:
        return answer
    return Answer(texts=tuple(_only(told, frozenset(labels)) for told in answer.texts), languages=answer.languages)


def _faults(texts: Sequence[str], labels: Sequence[str] | None, seconds: float) -> list[Fault]:
    faults = []
    if not 1 <= len(texts) <= MOST_TEXTS:
        faults.append(Fault(path="$.texts", message=f"must have 1 to {MOST_TEXTS} texts, not {len(texts)}"))
    faults += [
        Fault(path=f"$.texts[{number}]", message=f"is longer than {MOST_BYTES} bytes")
        for number, text in enumerate(texts)
        if len(text.encode()) > MOST_BYTES
    ]
    faults += [
        Fault(path=f"$.labels[{number}]", message=f"is none of {', '.join(LABELS)}")
        for number, label in enumerate(labels or ())
        if label not in LABELS
    ]
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        most, least = round(MOST_SECONDS * 1000), round(LEAST_SECONDS * 1000)
        faults.append(Fault(path="$.deadline_ms", message=f"is not in {least} to {most}"))
    return faults


def _only(told: Told, labels: frozenset[str]) -> Told:
    if told.scores is None:
        return told
    kept = {label: value for label, value in told.scores.labels.items() if label in labels}
    spans = {label: places for label, places in told.spans.items() if label in labels}
    return Told(scores=replace(told.scores, labels=kept), spans=spans)
