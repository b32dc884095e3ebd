"""Classifiers by name."""

from collections.abc import Callable

from service.domain.errors import GatepostError
from service.domain.ports import Classifier
from workers.classifiers.embedded_fast import EmbeddedFast


class CannotLoad(GatepostError):
    """A classifier cannot be loaded; says which and why."""


_LOADERS: dict[str, Callable[[], Classifier]] = {"embedded-fast": EmbeddedFast.load}


def load_classifier(name: str) -> Classifier:
    """Load a classifier by the name in GATEPOST_CLASSIFIER; raises CannotLoad, and never takes another instead."""
    loader = _LOADERS.get(name)
    if loader is None:
        message = f"There is no classifier {name}: known are {', '.join(sorted(_LOADERS))}."
        raise CannotLoad(message)
    try:
        return loader()
    except (OSError, ValueError, KeyError) as error:
        message = f"The classifier {name} cannot be loaded: {error}."
        raise CannotLoad(message) from error
