"""Scoring without workers, by any classifier, in this process."""

from service.domain.errors import NoWorker
from service.domain.express import Answer, Question, Told
from service.domain.ports import Classifier
from workers.scoring import Scorer


class MemoryExpress:
    """The Express over one classifier; without one nobody is there."""

    def __init__(self, classifier: Classifier | None = None) -> None:
        """Take the classifier."""
        self.classifier = classifier
        self.asked: list[Question] = []

    async def score(self, question: Question, *, seconds: float) -> Answer:
        """See Express."""
        self.asked.append(question)
        if self.classifier is None:
            message = "No worker is alive."
            raise NoWorker(message, retry_after=2)
        scorer = Scorer(self.classifier)
        told = []
        for text in question.texts:
            try:
                labels = scorer.exact([text])[0]
            except ValueError:
                told.append(Told(scores=None))
                continue
            spans = self.classifier.spans_of([text])[0] if question.spans else {}
            found = {label: tuple(places) for label, places in spans.items()}
            told.append(Told(scores=scorer.stamp(labels), spans=found))
        return Answer(texts=tuple(told), languages=tuple(sorted(self.classifier.languages)))
