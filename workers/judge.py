"""From comments to judgements: scores, language, verdict and the words that raised a score.

Everything here runs in the worker's one classifying thread and touches nothing but the classifier.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from service.domain.clearing import clears, may_clear
from service.domain.comment import Reason
from service.domain.policy import Rule, Verdict
from service.domain.ports import Classifier
from service.domain.scores import Scores
from service.domain.work import Subject
from service.workflow.classify import name_text, verdict_on
from workers.allowance import Allowance
from workers.scoring import Labels, Scorer

_NAMES = 4_096


class Judgement(Struct, frozen=True, kw_only=True):
    """A verdict with the scores it rests on; `reasons` are the verdict's, with the words that raised each score.

    `cleared` tells that the scores are the fast classifier's, and the ordinary one was not asked.
    """

    verdict: Verdict
    scores: Scores
    reasons: tuple[Reason, ...]
    cleared: bool = False


class Judge:
    """A classifier with the rules, as the worker uses them."""

    def __init__(
        self,
        classifier: Classifier,
        rules: Sequence[Rule],
        *,
        uncovered: Callable[[str, frozenset[str]], str | None],
        load_fast: Callable[[], Classifier] | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the classifier, the rules, the language check, how to load what clears under overload, and a clock."""
        self.scorer = Scorer(classifier)
        self._load_fast = load_fast
        self._seconds = seconds
        self._explaining = Allowance(seconds)
        self._fast: Scorer | None = None
        self._rules = rules
        self._uncovered = uncovered
        self._names: OrderedDict[str, Labels] = OrderedDict()

    def judge(self, batch: Sequence[Subject]) -> list[Judgement]:
        """Decide each comment, in order, and explain as far as there is time; raises whatever the classifier raises."""
        return self.explain(batch, self.decide(batch))

    def decide(self, batch: Sequence[Subject]) -> list[Judgement]:
        """Decide each comment, in order, without the words that raised its score; raises as `judge` does."""
        cleared = self._cleared(batch)
        read = iter(self._read([subject for position, subject in enumerate(batch) if position not in cleared]))
        return [cleared[position] if position in cleared else next(read) for position in range(len(batch))]

    def _cleared(self, batch: Sequence[Subject]) -> dict[int, Judgement]:
        """Judge by the fast classifier what has waited too long, and only what it finds harmless."""
        name = self.scorer.classifier.name
        late = [
            position
            for position, subject in enumerate(batch)
            if may_clear(subject.policy, subject.mode, name, subject.waited_seconds)
        ]
        if not late or self._load_fast is None:
            return {}
        fast = self._fast = self._fast or Scorer(self._load_fast())
        scored = fast.exact([batch[position].comment.body for position in late])
        low = {position: labels for position, labels in zip(late, scored, strict=True) if clears(labels)}
        # Of a name alone the fast classifier is never so sure; it is short, and most are known already.
        names = self._name_scores([name_text(batch[position].comment) for position in low])
        return {
            position: self._judged(batch[position], labels, name_labels, fast, cleared=True)
            for (position, labels), name_labels in zip(low.items(), names, strict=True)
        }

    def _read(self, batch: Sequence[Subject]) -> list[Judgement]:
        scored = self.scorer.score([subject.comment.body for subject in batch])
        for position, subject in enumerate(batch):
            if self.scorer.near(scored[position], subject.policy.thresholds):
                scored[position] = self.scorer.exact([subject.comment.body])[0]
        names = self._name_scores([name_text(subject.comment) for subject in batch])
        return [self._judged(*parts, self.scorer) for parts in zip(batch, scored, names, strict=True)]

    def _name_scores(self, names: Sequence[str]) -> list[Labels]:
        """Score names and websites exactly, once: people keep theirs."""
        new = [name for name in dict.fromkeys(names) if name and name not in self._names]
        self._names.update(zip(new, self.scorer.exact(new), strict=True))
        scored = [self._names.get(name, {}) for name in names]
        while len(self._names) > _NAMES:
            self._names.popitem(last=False)
        return scored

    def _judged(
        self, subject: Subject, labels: Labels, name_labels: Labels, scorer: Scorer, *, cleared: bool = False
    ) -> Judgement:
        scores = scorer.stamp(labels)
        verdict = verdict_on(
            subject,
            scores,
            name_scores=name_labels,
            uncovered=self._uncovered(subject.comment.body, scorer.classifier.languages),
            rules=self._rules,
            cleared=cleared,
        )
        return Judgement(verdict=verdict, scores=scores, reasons=verdict.reasons, cleared=cleared)

    def explain(self, batch: Sequence[Subject], decided: Sequence[Judgement]) -> list[Judgement]:
        """Add the words that raised a score, as far as there is time for it.

        Occlusion reads a text anew for each word: while much is waiting, decisions go first.
        """
        judgements = list(decided)
        wanted = [number for number, judgement in enumerate(judgements) if wants_words(judgement)]
        began, done, together = self._seconds(), 0, 1
        while wanted and together and self._explaining.left() > 0:
            now, wanted = wanted[:together], wanted[together:]
            started = self._seconds()
            spans = self.scorer.classifier.spans_of([batch[number].comment.body for number in now])
            for number, found in zip(now, spans, strict=True):
                reasons = tuple(_with_words(reason, found) for reason in judgements[number].reasons)
                judgements[number] = msgspec.structs.replace(judgements[number], reasons=reasons)
            done += len(now)
            ended = self._seconds()
            self._explaining.spend(ended - started)
            # Several at once are cheaper for some classifiers; the first tells what one costs at most.
            together = int(self._explaining.left() * done / max(ended - began, 1e-4))
        return judgements


def _rests_on_score(reason: Reason) -> bool:
    return reason.rule == "thresholds" and reason.label is not None


def wants_words(judgement: Judgement) -> bool:
    """Tell whether words of the text would say why it was decided so."""
    # Words of a language that the model does not know say nothing.
    foreign = any(reason.rule == "language" for reason in judgement.reasons)
    return not foreign and any(map(_rests_on_score, judgement.reasons))


def _with_words(reason: Reason, spans: dict[str, list[tuple[int, int]]]) -> Reason:
    if not _rests_on_score(reason):
        return reason
    return msgspec.structs.replace(reason, spans=tuple(spans.get(reason.label or "", ())))
