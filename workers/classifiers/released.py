"""Detoxify's releases as Gatepost names them: labels, languages and files, known without loading anything."""

from collections.abc import Sequence
from pathlib import Path

from service.domain.catalogue import CLASSIFIERS
from service.domain.scores import LABELS

KIND = "detoxify"
HF_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
"""What lies beside a checkpoint: the base model's configuration and its tokenizer."""
SOURCE = "source"
"""The folder of a fetched model that keeps the checkpoint with its `HF_FILES`."""
# As `Detoxify.predict` renames them; every other label keeps its name.
_RENAMED = {"toxic": "toxicity", "identity_hate": "identity_attack", "severe_toxic": "severe_toxicity"}


def released() -> tuple[str, ...]:
    """List the names that follow `detoxify:`, such as `original`."""
    return tuple(sorted(name.removeprefix(f"{KIND}:") for name in CLASSIFIERS if name.startswith(f"{KIND}:")))


def labels_of(classes: Sequence[object]) -> tuple[str, ...]:
    """Translate a checkpoint's class names into labels, in order; ValueError for none, unknown or repeated ones."""
    labels = tuple(_RENAMED.get(str(name), str(name)) for name in classes)
    unknown = sorted(set(labels) - set(LABELS))
    if unknown or not labels or len(set(labels)) != len(labels):
        message = f"its class names {list(classes)} are not distinct labels out of {', '.join(LABELS)}"
        raise ValueError(message)
    return labels


def languages_of(name: str) -> frozenset[str]:
    """Tell the languages that a model such as `detoxify:multilingual` was evaluated on; English for any other file."""
    return CLASSIFIERS[name if name in CLASSIFIERS else KIND].languages


def home_of(name: str) -> Path:
    """Tell where `gatepost model fetch NAME` puts a model unless it is told otherwise."""
    return Path.home() / ".cache" / "gatepost" / "models" / name
