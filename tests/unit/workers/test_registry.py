"""Classifiers by name: one loads, or a sentence says why not."""

import sys

import pytest

from workers.classifiers.registry import CannotLoad, load_classifier


@pytest.mark.parametrize("name", ["nothing", "", "detoxify", "detoxify:", "onnx:", "embedded-fast:x", "torch:x"])
def test_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(CannotLoad, match=r"known are .*embedded-fast.*detoxify:PATH, onnx:DIR"):
        load_classifier(name)


@pytest.mark.parametrize(
    ("name", "module", "missing", "extra"),
    [
        ("onnx:/nowhere", "onnx_model", "onnxruntime", "onnx"),
        ("onnx:/nowhere", "tokens", "tokenizers", "onnx"),
        ("detoxify:original", "detoxify_checkpoint", "torch", "detoxify"),
    ],
)
def test_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, missing: str, extra: str
) -> None:
    for loaded in ("onnx_model", "detoxify_model", module):
        monkeypatch.delitem(sys.modules, f"workers.classifiers.{loaded}", raising=False)
    # None is how an import is made to fail.
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(CannotLoad, match=rf"install gatepost\[{extra}\]"):
        load_classifier(name)
