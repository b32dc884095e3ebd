"""From a torch model to ONNX files."""

import logging
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from workers.classifiers.detoxify_checkpoint import Checkpoint

_OPSET = 17


class _Probabilities(torch.nn.Module):  # type: ignore[misc]  # torch is Any to the checks
    """The model with its sigmoid, without the outputs that are no labels."""

    def __init__(self, model: Any, labels: int) -> None:
        super().__init__()
        self.model = model
        self.labels = labels

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return torch.sigmoid(logits[:, : self.labels])


def export_fp32(checkpoint: Checkpoint, path: Path) -> None:
    """Write the model as plain ONNX: ids and mask of shape (batch, tokens) in, probabilities (batch, labels) out.

    The graph is left unfused, for onnxruntime fuses it better after int8 than before.
    """
    # The exporter gives the wrapper's children the wrapper's training flag back: without eval() on the wrapper,
    # dropout comes alive in them and looks like an export error of 0.35.
    wrapper = _Probabilities(checkpoint.model, len(checkpoint.labels)).eval()
    ids = torch.randint(0, checkpoint.model.config.vocab_size, (3, min(17, checkpoint.max_len)))
    mask = torch.ones_like(ids)
    mask[0, 2:] = 0
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        # The exporter through TorchScript is deprecated, and the only one whose graph onnxruntime fuses and quantises.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            wrapper,
            (ids, mask),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["probabilities"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "probabilities": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    graph = onnx.load(path)
    fold_identities(graph.graph)
    onnx.save(graph, path)


def fold_identities(graph: Any) -> None:
    """Let every node read shared weights themselves: ALBERT's hide behind Identity nodes, where int8 misses them."""
    weights = {weight.name for weight in graph.initializer}
    stands_for: dict[str, str] = {}
    kept = []
    for node in graph.node:
        source = stands_for.get(node.input[0], node.input[0]) if node.input else ""
        if node.op_type == "Identity" and source in weights:
            stands_for[node.output[0]] = source
        else:
            kept.append(node)
    for node in kept:
        for position, name in enumerate(node.input):
            node.input[position] = stands_for.get(name, name)
    del graph.node[:]
    graph.node.extend(kept)


def export_int8(fp32: Path, path: Path) -> tuple[int, int]:
    """Write the model with int8 weights, a scale per channel; returns how many products are int8, and how many are not.

    Products of two activations (attention scores) stay in fp32 and are not counted.
    """
    # It advises, on the root logger, to run shape inference first, which these models do not need.
    root = logging.getLogger()
    root.addFilter(_no_advice)
    try:
        _quantise(fp32, path)
    finally:
        root.removeFilter(_no_advice)
    graph = onnx.load(path).graph
    weights = {weight.name for weight in graph.initializer}
    done = sum(node.op_type == "MatMulInteger" for node in graph.node)
    left = sum(node.op_type in ("MatMul", "Gemm") and node.input[1] in weights for node in graph.node)
    return done, left


def _no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()


def _quantise(fp32: Path, path: Path) -> None:
    quantize_dynamic(
        fp32,
        path,
        per_channel=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gemm"],
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
