"""The toys among the classifiers that a process can be told to load."""

from tests.toy_classifier import BreakingToy, BrokenToy, PlantedToy, StricterToy, ToyClassifier
from workers.classifiers import registry


def add_toys() -> None:
    """Let GATEPOST_CLASSIFIER name a toy."""
    registry._LOADERS.update(
        {
            "toy": ToyClassifier,
            "toy-planted": PlantedToy,
            "toy-stricter": StricterToy,
            "toy-broken": BrokenToy,
            "toy-breaking": BreakingToy,
        }
    )
