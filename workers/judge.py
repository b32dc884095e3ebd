"""From waiting comments to moves: scores, language, verdict and the words that raised a score.

Everything here runs in the worker's one classifying thread and touches nothing but the classifier.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from service.domain.comment import Comment, Reason
from service.domain.policy import Rule
from service.domain.ports import Classifier, Move, Waiting
from service.domain.scores import Scores
from service.workflow.classify import name_text, verdict_move
from workers.batching import micro_batches

# Harmless, of ordinary length: a classifier that cannot score this is broken, whatever the comment before it was.
CONTROL_TEXT = "The library on Mill Street opens an hour later on Thursdays."
DECIMALS = 4
_NAMES = 4_096


class BrokenClassifier(Exception):
    """The classifier cannot even score the control text."""


class Judge:
    """A classifier with the rules, as the worker uses them."""

    def __init__(
        self,
        classifier: Classifier,
        rules: Sequence[Rule],
        *,
        uncovered: Callable[[str, frozenset[str]], str | None],
        worker: str,
        now: Callable[[], datetime],
    ) -> None:
        """Take the classifier, the rules, the language check and the worker's name for the trail."""
        self.classifier = classifier
        self._rules = rules
        self._uncovered = uncovered
        self._worker = worker
        self._now = now
        self._names: OrderedDict[str, dict[str, float]] = OrderedDict()

    def prove(self) -> None:
        """Score the control text; raises BrokenClassifier when that fails or makes no sense."""
        try:
            self._score([CONTROL_TEXT])
        except Exception as error:
            message = f"{self.classifier.name} cannot score the control text: {type(error).__name__}"
            raise BrokenClassifier(message) from error

    def judge(self, batch: Sequence[Waiting]) -> list[Move]:
        """Make one move for each waiting comment, in order; raises whatever the classifier raises."""
        names = [name_text(waiting.comment) for waiting in batch]
        new_names = [name for name in dict.fromkeys(names) if name and name not in self._names]
        scored = self._score([*(waiting.comment.body for waiting in batch), *new_names])
        for name, labels in zip(new_names, scored[len(batch) :], strict=True):
            self._names[name] = labels
        moves = [
            self._move(waiting, labels, self._names.get(name, {}))
            for waiting, labels, name in zip(batch, scored, names, strict=False)
        ]
        while len(self._names) > _NAMES:
            self._names.popitem(last=False)
        return moves

    def _score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        scored: list[dict[str, float]] = [{}] * len(texts)
        for positions in micro_batches(texts):
            rows = self.classifier.score([texts[i] for i in positions])
            for position, row in zip(positions, rows, strict=True):
                if len(row) != len(self.classifier.labels) or not all(
                    math.isfinite(value) and 0 <= value <= 1 for value in row
                ):
                    message = "the classifier gave something that is no probability"
                    raise ValueError(message)
                scored[position] = dict(
                    zip(self.classifier.labels, (round(float(value), DECIMALS) for value in row), strict=True)
                )
        return scored

    def _move(self, waiting: Waiting, labels: dict[str, float], name_labels: dict[str, float]) -> Move:
        classifier = self.classifier
        comment = waiting.comment
        scores = Scores(labels=labels, classifier=classifier.name, version=classifier.version, hash=classifier.hash)
        move = verdict_move(
            waiting,
            scores,
            name_scores=name_labels,
            uncovered=self._uncovered(comment.body, classifier.languages),
            rules=self._rules,
            worker=self._worker,
            at=self._now(),
        )
        raised = {reason.label for reason in move.after.reasons if reason.rule == "thresholds" and reason.label}
        if not raised:
            return move
        spans = classifier.spans(comment.body)
        return msgspec.structs.replace(move, after=_with_spans(move.after, spans))


def _with_spans(comment: Comment, spans: dict[str, list[tuple[int, int]]]) -> Comment:
    def mark(reason: Reason) -> Reason:
        if reason.rule != "thresholds" or reason.label is None:
            return reason
        return msgspec.structs.replace(reason, spans=tuple(spans.get(reason.label, ())))

    # The trail keeps the reasons without spans: it is kept for ever and says enough with the figures.
    return msgspec.structs.replace(comment, reasons=tuple(mark(reason) for reason in comment.reasons))
