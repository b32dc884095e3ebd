"""From comments to judgements: scores, language, verdict and the words that raised a score.

Everything here runs in the worker's one classifying thread and touches nothing but the classifier.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from service.domain.comment import Reason
from service.domain.policy import Rule, Verdict
from service.domain.ports import Classifier
from service.domain.scores import Scores
from service.domain.work import Subject
from service.workflow.classify import name_text, verdict_on
from workers.scoring import Labels, Scorer

_NAMES = 4_096


class Judgement(Struct, frozen=True, kw_only=True):
    """A verdict with the scores it rests on; `reasons` are the verdict's, with the words that raised each score."""

    verdict: Verdict
    scores: Scores
    reasons: tuple[Reason, ...]


class Judge:
    """A classifier with the rules, as the worker uses them."""

    def __init__(
        self,
        classifier: Classifier,
        rules: Sequence[Rule],
        *,
        uncovered: Callable[[str, frozenset[str]], str | None],
    ) -> None:
        """Take the classifier, the rules and the language check."""
        self.scorer = Scorer(classifier)
        self._rules = rules
        self._uncovered = uncovered
        self._names: OrderedDict[str, Labels] = OrderedDict()

    def judge(self, batch: Sequence[Subject]) -> list[Judgement]:
        """Judge each comment, in order; raises whatever the classifier raises."""
        scored = self.scorer.score([subject.comment.body for subject in batch])
        for position, subject in enumerate(batch):
            if self.scorer.near(scored[position], subject.policy.thresholds):
                scored[position] = self.scorer.exact([subject.comment.body])[0]
        names = self._name_scores([name_text(subject.comment) for subject in batch])
        judgements = [self._judged(*parts) for parts in zip(batch, scored, names, strict=True)]
        return self._explained(batch, judgements)

    def _name_scores(self, names: Sequence[str]) -> list[Labels]:
        """Score names and websites exactly, once: people keep theirs."""
        new = [name for name in dict.fromkeys(names) if name and name not in self._names]
        self._names.update(zip(new, self.scorer.exact(new), strict=True))
        scored = [self._names.get(name, {}) for name in names]
        while len(self._names) > _NAMES:
            self._names.popitem(last=False)
        return scored

    def _judged(self, subject: Subject, labels: Labels, name_labels: Labels) -> Judgement:
        scores = self.scorer.stamp(labels)
        verdict = verdict_on(
            subject,
            scores,
            name_scores=name_labels,
            uncovered=self._uncovered(subject.comment.body, self.scorer.classifier.languages),
            rules=self._rules,
        )
        return Judgement(verdict=verdict, scores=scores, reasons=verdict.reasons)

    def _explained(self, batch: Sequence[Subject], judgements: list[Judgement]) -> list[Judgement]:
        """Add the words that raised a score, for all comments at once: that is cheaper than one by one."""
        wanted = [number for number, judgement in enumerate(judgements) if _wants_words(judgement.reasons)]
        spans = self.scorer.classifier.spans_of([batch[number].comment.body for number in wanted]) if wanted else []
        for number, found in zip(wanted, spans, strict=True):
            reasons = tuple(_with_words(reason, found) for reason in judgements[number].reasons)
            judgements[number] = msgspec.structs.replace(judgements[number], reasons=reasons)
        return judgements


def _rests_on_score(reason: Reason) -> bool:
    return reason.rule == "thresholds" and reason.label is not None


def _wants_words(reasons: Sequence[Reason]) -> bool:
    # Words of a language that the model does not know say nothing.
    foreign = any(reason.rule == "language" for reason in reasons)
    return not foreign and any(map(_rests_on_score, reasons))


def _with_words(reason: Reason, spans: dict[str, list[tuple[int, int]]]) -> Reason:
    if not _rests_on_score(reason):
        return reason
    return msgspec.structs.replace(reason, spans=tuple(spans.get(reason.label or "", ())))
