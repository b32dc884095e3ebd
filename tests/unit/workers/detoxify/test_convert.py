"""A conversion says what `Detoxify(...).predict` says."""

import json
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="needs gatepost[detoxify]")

from click.testing import CliRunner

from tests.detoxify_checkpoints import KINDS, make, texts
from tests.detoxify_making import Making
from workers.classifiers.detoxify_checkpoint import load_checkpoint
from workers.classifiers.detoxify_model import DetoxifyModel
from workers.classifiers.onnx_facts import INT8, read_facts
from workers.classifiers.onnx_model import OnnxModel
from workers.models import gates
from workers.models.convert import convert
from workers.models.export import export_int8
from workers.training.cli import model

PARITY = 1e-5


def _detoxify(path: Path) -> Any:
    detoxify: Any = pytest.importorskip("detoxify")
    # The base model's name leads to a hub; the tests' checkpoints name their own folder.
    return detoxify.Detoxify(checkpoint=str(path))


def _worst(ours: list[tuple[float, ...]], theirs: list[list[float]]) -> float:
    assert len(ours) == len(theirs)
    return max(abs(a - b) for row, other in zip(ours, theirs, strict=True) for a, b in zip(row, other, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_converted_equals_detoxify_within_512_tokens(making: Making, kind: str) -> None:
    detoxify = _detoxify(making.checkpoint(kind))
    comments = [text for text in texts(60, longest=150) if len(detoxify.tokenizer(text)["input_ids"]) <= 512]
    onnx, reference = (
        OnnxModel(making.converted(kind), "fp32"),
        DetoxifyModel.load(f"detoxify:{making.checkpoint(kind)}"),
    )
    assert onnx.labels == reference.labels == tuple(detoxify.predict("fool"))
    one_by_one = [list(detoxify.predict(text).values()) for text in comments]
    assert max(map(max, one_by_one)) - min(map(min, one_by_one)) > 0.3
    padded = list(map(list, zip(*detoxify.predict(comments).values(), strict=True)))
    assert _worst(onnx.exact(comments), one_by_one) < PARITY
    assert _worst(onnx.score(comments), padded) < PARITY
    assert _worst(reference.score(comments), one_by_one) < PARITY


@pytest.mark.parametrize("kind", KINDS)
def test_longer_text_scores_the_highest_of_windows_that_cover_it(making: Making, kind: str) -> None:
    detoxify = _detoxify(making.checkpoint(kind))
    onnx = OnnxModel(making.converted(kind), "fp32")
    reader = load_checkpoint(making.checkpoint(kind)).reader
    for length in (520, 1_000, 2_000):
        text = " ".join(texts(length // 2, longest=9, seed=length))
        whole = detoxify.tokenizer(text)["input_ids"]
        assert len(whole) > 512
        windows = reader.windows([text])
        assert windows[0].ids == detoxify.tokenizer(text, truncation=True)["input_ids"]
        assert windows[-1].ids[-2:] == whole[-2:]
        assert all(len(window.ids) == 512 for window in windows)
        with torch.no_grad():
            rows = torch.cat([detoxify.model(input_ids=torch.tensor([window.ids])).logits for window in windows])
        highest = torch.sigmoid(rows).max(dim=0).values[: len(onnx.labels)].tolist()
        assert _worst(onnx.score([text]), [highest]) < PARITY


@pytest.mark.parametrize("kind", KINDS)
def test_int8_stays_within_its_band(making: Making, kind: str) -> None:
    int8 = OnnxModel(making.converted(kind), "int8")
    comments = texts(60, longest=150, seed=5)
    exact = int8.exact(comments)
    assert 0 < _worst(int8.score(comments), list(map(list, exact))) <= int8.band < 2 * gates.DRIFT
    assert exact == [int8.exact([comment])[0] for comment in comments]
    assert exact == OnnxModel(making.converted(kind), "fp32").exact(comments)


@pytest.mark.parametrize("kind", KINDS)
def test_every_product_with_weights_is_int8(making: Making, kind: str, tmp_path: Path) -> None:
    # Two layers of six, pooler or dense head, classifier; ALBERT maps its embeddings to another size first.
    done, left = export_int8(making.converted(kind) / "fp32.onnx", tmp_path / "int8.onnx")
    assert (done, left) == (15 if kind == "albert" else 14, 0)


def test_conversion_that_drifts_is_served_in_fp32(
    making: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.models.convert.DRIFT", 1e-6)
    told: list[str] = []
    path = making.checkpoint("bert")
    facts = convert(path, path.parent, tmp_path, name="detoxify:x", tell=told.append)
    assert "int8 is 0." in facts.refused
    assert "off fp32 on the sample" in facts.refused
    assert any("will be served in fp32" in line for line in told)
    assert not (tmp_path / INT8).exists()
    assert OnnxModel(tmp_path).precision == "fp32"


def test_conversion_that_says_something_else_is_no_model(
    making: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = making.checkpoint("bert")
    monkeypatch.setattr(gates, "PARITY", -1.0)
    with pytest.raises(gates.Unfaithful, match="differs from the checkpoint"):
        convert(path, path.parent, tmp_path, name="detoxify:x", tell=lambda _line: None)
    with pytest.raises(ValueError, match="no converted model"):
        OnnxModel(tmp_path)


def test_convert_command(tmp_path: Path) -> None:
    path = make(tmp_path / "source", "bert", seed=1)
    out = tmp_path / "out"
    arguments = ["convert", str(path), str(path.parent), str(out), "--json", "--language", "de"]
    done = CliRunner().invoke(model, arguments, catch_exceptions=False)
    found = json.loads(done.stdout)
    facts = read_facts(out)
    assert found["name"] == facts.name == "detoxify:made"
    assert found["version"] == facts.version == facts.source[:8]
    assert facts.languages == ("de",)
    assert OnnxModel(out).hash == found["hash"]
    path.write_bytes(b"nothing")
    done = CliRunner().invoke(model, arguments)
    assert done.exit_code == 1
    assert "truncated, or no checkpoint at all" in done.output
