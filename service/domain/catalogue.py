"""The classifiers that Gatepost knows by name, and what each was evaluated for."""

from types import MappingProxyType

from msgspec import Struct

from service.domain.scores import LABELS


class ClassifierFacts(Struct, frozen=True, kw_only=True):
    """What can be said of a classifier without loading it; thresholds are (hold, reject or None) per label."""

    languages: frozenset[str]
    labels: tuple[str, ...]
    thresholds: dict[str, tuple[float, float | None]]


CLASSIFIERS = MappingProxyType(
    {
        "embedded-fast": ClassifierFacts(
            languages=frozenset({"en"}),
            labels=LABELS[:6],
            # What the shipped model file carries, as `workers/training/evaluate.py` derives it. Nothing rejects by
            # score alone: no large source of the dev rows has enough abusive rows to prove the precision.
            thresholds={
                "toxicity": (0.2, None),
                "severe_toxicity": (0.2, None),
                "obscene": (0.2, None),
                "threat": (0.2, None),
                "insult": (0.2, None),
                "identity_attack": (0.5, None),
            },
        ),
    }
)
