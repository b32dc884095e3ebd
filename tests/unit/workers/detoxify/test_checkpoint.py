"""What a checkpoint must be: anything else is refused with a sentence that says why."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="needs gatepost[detoxify]")

from tests.detoxify_checkpoints import KINDS, move
from tests.detoxify_making import Making
from workers.classifiers.detoxify_checkpoint import BadCheckpoint, load_checkpoint
from workers.classifiers.detoxify_model import DetoxifyModel

Spoil = Callable[[dict[str, Any]], None]
HEAD = "classifier.weight"


def _prefix(content: dict[str, Any]) -> None:
    content["state_dict"] = {f"model.{name}": tensor for name, tensor in content["state_dict"].items()}


def _headless(content: dict[str, Any]) -> None:
    del content["state_dict"][HEAD]


def _one_more(content: dict[str, Any]) -> None:
    content["state_dict"]["pooler.weight"] = torch.zeros(2)


def _labels_missing(content: dict[str, Any]) -> None:
    content["config"]["dataset"]["args"]["classes"].pop()


def _outputs_missing(content: dict[str, Any]) -> None:
    content["config"]["arch"]["args"]["num_classes"] = 5
    content["config"]["dataset"]["args"]["classes"].pop()


def _unknown_label(content: dict[str, Any]) -> None:
    content["config"]["dataset"]["args"]["classes"][0] = "sarcasm"


def _repeated_label(content: dict[str, Any]) -> None:
    content["config"]["dataset"]["args"]["classes"][0] = "severe_toxicity"


def _half(content: dict[str, Any]) -> None:
    content["state_dict"] = {name: tensor.half() for name, tensor in content["state_dict"].items()}


def _not_finite(content: dict[str, Any]) -> None:
    content["state_dict"][HEAD][0, 0] = float("nan")


def _other_architecture(content: dict[str, Any]) -> None:
    content["config"]["arch"]["args"]["model_name"] = "GPT2ForSequenceClassification"


def _other_tokenizer(content: dict[str, Any]) -> None:
    content["config"]["arch"]["args"]["tokenizer_name"] = "AutoTokenizer"


def _no_config(content: dict[str, Any]) -> None:
    del content["config"]


def _no_weights(content: dict[str, Any]) -> None:
    content["state_dict"] = {}


def _no_classes(content: dict[str, Any]) -> None:
    del content["config"]["dataset"]


def _no_tensor(content: dict[str, Any]) -> None:
    content["state_dict"][HEAD] = [1.0, 2.0]


def _positions_moved(content: dict[str, Any]) -> None:
    content["state_dict"]["bert.embeddings.position_ids"] = torch.arange(512).flip(0)[None]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_prefix, "begins with 'model.'"),
        (_headless, "Missing key.*classifier.weight"),
        (_one_more, "Unexpected key.*pooler.weight"),
        (_labels_missing, "6 outputs do not fit its 5 labels"),
        (_outputs_missing, "size mismatch for classifier"),
        (_unknown_label, "sarcasm"),
        (_repeated_label, "not distinct"),
        (_half, "float16, not float32"),
        (_not_finite, "not finite"),
        (_other_architecture, "GPT2ForSequenceClassification, which is none of"),
        (_other_tokenizer, "AutoTokenizer, which is none of"),
        (_no_config, "no `config`"),
        (_no_weights, "no `state_dict`"),
        (_no_classes, "lacks 'dataset'"),
        (_no_tensor, "is no tensor"),
        (_positions_moved, "position_ids is not the same"),
    ],
)
def test_spoilt_checkpoint_is_refused(making: Making, tmp_path: Path, spoil: Spoil, says: str) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "spoilt")
    content = torch.load(path, weights_only=True)
    spoil(content)
    torch.save(content, path)
    with pytest.raises(BadCheckpoint, match=says):
        load_checkpoint(path)


def test_truncated_file_is_refused(making: Making, tmp_path: Path) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "spoilt")
    whole = path.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BadCheckpoint, match="truncated"):
            load_checkpoint(path)


def test_what_is_no_checkpoint_is_refused(making: Making, tmp_path: Path) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "spoilt")
    for content in (b"<!doctype html><title>Sign in</title>", pickle.dumps([1, 2]), b"\x00" * 4096):
        path.write_bytes(content)
        with pytest.raises(BadCheckpoint):
            load_checkpoint(path)
    torch.save(torch.zeros(3), path)
    with pytest.raises(BadCheckpoint, match="not in Detoxify's format"):
        load_checkpoint(path)


class _Malice:
    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return (Path.touch, (self._target,))


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_does_not_run(making: Making, tmp_path: Path, *, zipped: bool) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "spoilt")
    mark = tmp_path / "it-ran"
    content = {"config": {}, "state_dict": {"a": _Malice(mark)}}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(BadCheckpoint, match="holds code"):
        load_checkpoint(path)
    assert not mark.exists()


def test_missing_base_files_are_named(making: Making, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        path = move(making.checkpoint("bert"), tmp_path / name)
        (path.parent / name).unlink()
        with pytest.raises(BadCheckpoint, match=f"{name} is missing"):
            load_checkpoint(path)


def test_base_files_of_another_model_are_refused(making: Making, tmp_path: Path) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "bert")
    described = json.loads((path.parent / "config.json").read_text())
    for change, says in (({"model_type": "roberta"}, "of a roberta model"), ({"vocab_size": 9}, "9")):
        (path.parent / "config.json").write_text(json.dumps(described | change))
        with pytest.raises(BadCheckpoint, match=says):
            load_checkpoint(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_tensor_of_the_file_is_in_the_model(making: Making, kind: str) -> None:
    path = making.checkpoint(kind)
    inside = load_checkpoint(path).model.state_dict()
    stored = torch.load(path, weights_only=True)["state_dict"]
    assert set(stored) == set(inside)
    assert all(torch.equal(tensor, inside[name]) for name, tensor in stored.items())


def test_positions_that_old_files_carry_are_accepted(making: Making, tmp_path: Path) -> None:
    path = move(making.checkpoint("bert"), tmp_path / "old")
    content = torch.load(path, weights_only=True)
    content["state_dict"]["bert.embeddings.position_ids"] = torch.arange(512)[None]
    torch.save(content, path)
    assert load_checkpoint(path).labels[0] == "toxicity"


def test_labels_have_our_names_and_identities_are_dropped(making: Making) -> None:
    bert = DetoxifyModel.load(f"detoxify:{making.checkpoint('bert')}")
    assert bert.labels == ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
    roberta = DetoxifyModel.load(f"detoxify:{making.checkpoint('roberta')}")
    assert roberta.labels[-1] == "sexual_explicit"
    assert len(roberta.labels) == len(roberta.score(["fool"])[0]) == 7
    assert roberta.languages == {"en"}
