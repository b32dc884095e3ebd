"""Classifiers by name."""

import importlib
from collections.abc import Callable
from typing import NamedTuple

from service.domain.errors import GatepostError
from service.domain.ports import Classifier
from workers.classifiers.embedded_fast import EmbeddedFast


class CannotLoad(GatepostError):
    """A classifier cannot be loaded; says which and why."""


class _Optional(NamedTuple):
    """A classifier that stands on an optional extra: where it is, and what `gatepost[extra]` brings."""

    module: str
    name: str
    extra: str


_OPTIONAL = {
    "detoxify": _Optional("workers.classifiers.detoxify_model", "DetoxifyModel", "detoxify"),
    "onnx": _Optional("workers.classifiers.onnx_model", "OnnxModel", "onnx"),
}


def _embedded() -> Classifier:
    # Imported only now: who asks for another classifier does not wait for onnxruntime.
    loaded: Classifier = importlib.import_module("workers.classifiers.embedded").Embedded.load()
    return loaded


_LOADERS: dict[str, Callable[[], Classifier]] = {"embedded": _embedded, "embedded-fast": EmbeddedFast.load}


def load_classifier(name: str) -> Classifier:
    """Load a classifier by the name in GATEPOST_CLASSIFIER; raises CannotLoad, and never takes another instead."""
    kind, _, rest = name.partition(":")
    loader = _LOADERS.get(name)
    if loader is None and not (kind in _OPTIONAL and rest):
        known = ", ".join([*sorted(_LOADERS), "detoxify:NAME", "detoxify:PATH", "onnx:DIR"])
        message = f"There is no classifier {name}: known are {known}."
        raise CannotLoad(message)
    try:
        return loader() if loader else _load_optional(_OPTIONAL[kind], name)
    except (ImportError, OSError, ValueError, KeyError) as error:
        message = f"The classifier {name} cannot be loaded: {error}."
        raise CannotLoad(message) from error


def _load_optional(optional: _Optional, name: str) -> Classifier:
    """Import what the classifier stands on only now: torch alone takes seconds that no other worker should spend."""
    try:
        module = importlib.import_module(optional.module)
    except ModuleNotFoundError as error:
        message = f"The classifier {name} needs {error.name}: install gatepost[{optional.extra}]."
        raise CannotLoad(message) from error
    classifier: Classifier = getattr(module, optional.name).load(name)
    return classifier
