"""OpenAI's categories, and which of our labels each is: what is not measured is said to be unmeasured."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

FLAGGED = 0.5
"""From where a category is true: more likely than not. A client that wants another bound has the score."""


class Category(Struct, frozen=True, kw_only=True):
    """A category as labels: it is as likely as the likeliest of them or, with `every`, as the least likely."""

    labels: tuple[str, ...]
    every: bool = False

    def measured(self, labels: Mapping[str, float]) -> bool:
        """Tell whether a classifier with these labels measures it."""
        if self.every:
            return all(label in labels for label in self.labels)
        return any(label in labels for label in self.labels)

    def score(self, labels: Mapping[str, float]) -> float:
        """Give its probability."""
        found = [labels[label] for label in self.labels if label in labels]
        return min(found) if self.every else max(found)


CATEGORIES: Mapping[str, Category | None] = MappingProxyType(
    {
        # Rude and demeaning language at anybody: OpenAI has no category of its own for what is toxic without a target.
        "harassment": Category(labels=("toxicity", "insult")),
        "harassment/threatening": Category(labels=("threat",)),
        "hate": Category(labels=("identity_attack",)),
        "hate/threatening": Category(labels=("identity_attack", "threat"), every=True),
        "illicit": None,
        "illicit/violent": None,
        "self-harm": None,
        "self-harm/intent": None,
        "self-harm/instructions": None,
        # `obscene` is foul language, most of which is not sexual.
        "sexual": Category(labels=("sexual_explicit",)),
        "sexual/minors": None,
        # A depiction of violence; `threat` announces it.
        "violence": None,
        "violence/graphic": None,
    }
)
