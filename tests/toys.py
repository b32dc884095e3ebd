"""The toys among the classifiers that a process can be told to load."""

from tests.toy_classifier import PlantedToy, StricterToy, ToyClassifier
from workers.classifiers import registry


def broken() -> ToyClassifier:
    """Make a toy that fails on everything."""
    toy = ToyClassifier()
    toy.broken = True
    return toy


def add_toys() -> None:
    """Let GATEPOST_CLASSIFIER name a toy."""
    registry._LOADERS.update(
        {"toy": ToyClassifier, "toy-planted": PlantedToy, "toy-stricter": StricterToy, "broken toy": broken}
    )
