"""A classifier as the worker uses it: checked, rounded, and sure of itself near a threshold."""

import math
from collections.abc import Mapping, Sequence

from service.domain.policy import Threshold
from service.domain.ports import Classifier
from service.domain.scores import Scores
from workers.batching import micro_batches

# Harmless, of ordinary length: a classifier that cannot score this is broken, whatever the comment before it was.
CONTROL_TEXT = "The library on Mill Street opens an hour later on Thursdays."
DECIMALS = 4

Labels = dict[str, float]


class BrokenClassifier(Exception):
    """The classifier cannot even score the control text."""


class Scorer:
    """Scores texts in micro-batches, and again alone where the batch could have tipped a verdict."""

    def __init__(self, classifier: Classifier) -> None:
        """Take the classifier."""
        self.classifier = classifier

    def prove(self) -> None:
        """Score the control text; raises BrokenClassifier when that fails or makes no sense."""
        try:
            self.score([CONTROL_TEXT])
        except Exception as error:
            message = f"{self.classifier.name} cannot score the control text: {type(error).__name__}"
            raise BrokenClassifier(message) from error

    def score(self, texts: Sequence[str]) -> list[Labels]:
        """Give each text's labels, four decimals; raises ValueError for what is no probability."""
        scored: list[Labels] = [{}] * len(texts)
        for positions in micro_batches(texts):
            rows = self.classifier.score([texts[i] for i in positions])
            for position, row in zip(positions, rows, strict=True):
                scored[position] = self._labels(row)
        return scored

    def exact(self, texts: Sequence[str]) -> list[Labels]:
        """Give each text's labels as if it were alone in the world."""
        if self.classifier.band == 0 or not texts:
            return self.score(texts)
        return [self._labels(row) for row in self.classifier.exact(texts)]

    def near(self, labels: Labels, thresholds: Mapping[str, Threshold]) -> bool:
        """Tell whether a batch's imprecision could put a label on the other side of a threshold."""
        # Both scores are rounded, which may bring them one last decimal further apart.
        band = self.classifier.band + 10**-DECIMALS
        return self.classifier.band > 0 and any(
            limit is not None and abs(labels[label] - limit) <= band
            for label, threshold in thresholds.items()
            if label in labels
            for limit in (threshold.hold, threshold.reject)
        )

    def stamp(self, labels: Labels) -> Scores:
        """Say whose scores these are."""
        classifier = self.classifier
        return Scores(labels=labels, classifier=classifier.name, version=classifier.version, hash=classifier.hash)

    def _labels(self, row: Sequence[float]) -> Labels:
        if len(row) != len(self.classifier.labels) or not all(
            math.isfinite(value) and 0 <= value <= 1 for value in row
        ):
            message = "the classifier gave something that is no probability"
            raise ValueError(message)
        return dict(zip(self.classifier.labels, (round(float(value), DECIMALS) for value in row), strict=True))
