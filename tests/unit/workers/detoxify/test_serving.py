"""Serving a converted model: no torch, no crash, no silent change."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs gatepost[detoxify]")

from click.testing import CliRunner

from tests.detoxify_making import Making
from workers.classifiers.detoxify_model import DetoxifyModel
from workers.classifiers.onnx_model import OnnxModel, Precision
from workers.classifiers.registry import CannotLoad, load_classifier
from workers.cli import score

ODD = [
    "",
    " \t\n",
    "😀😀🤦🏽‍♀️",
    "a" * 10_000,
    "\u200f\u202eabc\u202c\u200e",
    "liar " * 10_000,
    "nul\x00 in \x00 between",
    "\ufffd\ufeff\u0000",
    "[CLS] [SEP] [PAD] <s> </s> <pad> <mask>",
]


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "albert"])
def test_odd_texts_have_scores(making: Making, kind: str) -> None:
    onnx = OnnxModel(making.converted(kind))
    for rows in (onnx.score(ODD), onnx.exact(ODD[:3])):
        assert all(0 <= value <= 1 for row in rows for value in row)
    assert onnx.score([]) == onnx.exact([]) == []
    assert DetoxifyModel.load(f"detoxify:{making.checkpoint(kind)}").score([]) == []


def test_invalid_text_is_an_error_of_its_own_line(making: Making) -> None:
    folder = making.converted("bert")
    lines = (
        b'"fine"\n"\\ud800"\n"\xff"\n{"text": "also fine"}\n{"text": 3}\n"' + b"a" * 50_000 + b'"\n""\n"nul \\u0000"\n'
    )
    done = CliRunner().invoke(score, ["--classifier", f"onnx:{folder}"], input=lines, catch_exceptions=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["scores" in answer for answer in answers] == [True, False, False, True, False, True, True, True]
    assert all("scores" in answer or answer["error"] for answer in answers)


def test_lone_surrogates_are_an_error(making: Making) -> None:
    with pytest.raises(ValueError, match="not valid Unicode"):
        OnnxModel(making.converted("bert")).score(["fine", "\ud800"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_an_error(making: Making, monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    onnx = OnnxModel(making.converted("bert"))

    class Broken:
        def get_outputs(self) -> list[object]:
            return list(onnx._session.get_outputs())

        def run(self, _names: None, inputs: dict[str, Any]) -> list[Any]:
            return [np.full((len(inputs["input_ids"]), len(onnx.labels)), value, np.float32)]

    broken = OnnxModel(making.converted("bert"))
    monkeypatch.setattr(broken, "_session", Broken())
    monkeypatch.setattr(broken, "_fp32", Broken())
    for method in (broken.score, broken.exact):
        with pytest.raises(ValueError, match="not a finite number"):
            method(["fool"])


def test_abuse_behind_padding_is_found_and_shown(making: Making) -> None:
    onnx = OnnxModel(making.converted("bert"), "fp32")
    words = ("you", "are", "idiot", "fool", "council", "budget", "article", "street", "library", "tax")
    column = 0
    hot, cold = (pick(words, key=lambda word: onnx.exact([word * 1])[0][column]) for pick in (max, min))
    padding = f"{cold} " * 700
    text = f"{padding}{hot} {hot} {hot} {padding}"
    spans = onnx.spans(text)
    assert set(spans) == set(onnx.labels)
    for found in spans.values():
        assert found == sorted(found)
        assert len(found) <= 5
        assert all(text[start:stop].strip() == text[start:stop] != "" for start, stop in found)
    assert onnx.spans("") == {label: [] for label in onnx.labels}


def test_name_version_and_hash(making: Making) -> None:
    int8, fp32 = (OnnxModel(making.converted("bert"), precision) for precision in ("int8", "fp32"))
    assert int8.name == fp32.name == "detoxify:bert"
    assert int8.hash == fp32.hash
    assert (int8.version[8:], fp32.version[8:]) == ("-int8", "-fp32")
    assert len(int8.hash) == 16


def test_processor_without_int8_serves_fp32_and_says_so(
    making: Making, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("workers.classifiers.onnx_model.multiplies_int8", lambda: False)
    assert OnnxModel(making.converted("bert")).precision == "fp32"
    assert "no int8 dot products" in caplog.text
    monkeypatch.setattr("workers.classifiers.onnx_model.multiplies_int8", lambda: True)
    assert OnnxModel(making.converted("bert")).precision == "int8"


def test_changed_or_missing_files_are_refused(making: Making, tmp_path: Path) -> None:
    for name in ("fp32.onnx", "int8.onnx", "tokenizer.json"):
        folder = tmp_path / name
        shutil.copytree(making.converted("bert"), folder)
        precision: Precision = "int8" if name == "int8.onnx" else "fp32"
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(ValueError, match="not the file that was converted"):
            OnnxModel(folder, precision)
        (folder / name).unlink()
        with pytest.raises(ValueError, match="is missing"):
            OnnxModel(folder, precision)


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "not what this version"), ("{}", "not what this version"), ('{"format": 2}', "not what this version")],
)
def test_facts_that_are_none_are_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(CannotLoad, match="no converted model"):
        load_classifier(f"onnx:{tmp_path}")
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(CannotLoad, match=says):
        load_classifier(f"onnx:{tmp_path}")


def test_registry_loads_both_and_refuses_what_is_not_there(making: Making, tmp_path: Path) -> None:
    assert load_classifier(f"onnx:{making.converted('roberta')}").name == "detoxify:roberta"
    path = making.checkpoint("roberta")
    assert load_classifier(f"detoxify:{path}").name == f"detoxify:{path}"
    with pytest.raises(CannotLoad, match=r"nothing\.ckpt is missing"):
        load_classifier(f"detoxify:{tmp_path}/nothing.ckpt")


def test_released_model_is_looked_for_where_fetch_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CannotLoad, match="run `gatepost model fetch original`"):
        load_classifier("detoxify:original")


def test_serving_imports_no_torch(making: Making) -> None:
    program = (
        "import sys; from workers.classifiers.registry import load_classifier;"
        "c = load_classifier(sys.argv[1]); c.score(['fool']); c.exact(['fool']); c.spans('you fool');"
        "print(sorted({'torch', 'transformers', 'detoxify', 'onnx', 'huggingface_hub'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, f"onnx:{making.converted('bert')}"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "[]"
