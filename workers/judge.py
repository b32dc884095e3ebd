"""From waiting comments to moves: scores, language, verdict and the words that raised a score.

Everything here runs in the worker's one classifying thread and touches nothing but the classifier.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from service.domain.comment import Comment, Reason
from service.domain.policy import Rule
from service.domain.ports import Classifier, Move, Waiting
from service.workflow.classify import name_text, verdict_move
from workers.scoring import Labels, Scorer

_NAMES = 4_096


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
        self.scorer = Scorer(classifier)
        self._rules = rules
        self._uncovered = uncovered
        self._worker = worker
        self._now = now
        self._names: OrderedDict[str, Labels] = OrderedDict()

    def judge(self, batch: Sequence[Waiting]) -> list[Move]:
        """Make one move for each waiting comment, in order; raises whatever the classifier raises."""
        scored = self.scorer.score([waiting.comment.body for waiting in batch])
        for position, waiting in enumerate(batch):
            if self.scorer.near(scored[position], waiting.policy.thresholds):
                scored[position] = self.scorer.exact([waiting.comment.body])[0]
        names = self._name_scores([name_text(waiting.comment) for waiting in batch])
        return [
            self._move(waiting, labels, name_labels)
            for waiting, labels, name_labels in zip(batch, scored, names, strict=True)
        ]

    def _name_scores(self, names: Sequence[str]) -> list[Labels]:
        """Score names and websites exactly, once: people keep theirs."""
        new = [name for name in dict.fromkeys(names) if name and name not in self._names]
        self._names.update(zip(new, self.scorer.exact(new), strict=True))
        scored = [self._names.get(name, {}) for name in names]
        while len(self._names) > _NAMES:
            self._names.popitem(last=False)
        return scored

    def _move(self, waiting: Waiting, labels: Labels, name_labels: Labels) -> Move:
        comment, classifier = waiting.comment, self.scorer.classifier
        move = verdict_move(
            waiting,
            self.scorer.stamp(labels),
            name_scores=name_labels,
            uncovered=self._uncovered(comment.body, classifier.languages),
            rules=self._rules,
            worker=self._worker,
            at=self._now(),
        )
        if not any(_is_explained(reason) for reason in move.after.reasons):
            return move
        return msgspec.structs.replace(move, after=_explained(move.after, classifier.spans(comment.body)))


def _is_explained(reason: Reason) -> bool:
    return reason.rule == "thresholds" and reason.label is not None


def _explained(comment: Comment, spans: dict[str, list[tuple[int, int]]]) -> Comment:
    # The trail keeps the reasons without spans: it is kept for ever and says enough with the figures.
    reasons = tuple(
        msgspec.structs.replace(reason, spans=tuple(spans.get(reason.label or "", ())))
        if _is_explained(reason)
        else reason
        for reason in comment.reasons
    )
    return msgspec.structs.replace(comment, reasons=reasons)
