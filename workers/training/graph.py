"""Write the network as an ONNX graph: in fp32 to compare with, and in int8 to serve.

The graph is built node by node from the weights, not traced: a tracer would see the dropout of a network, or of a part
of one, that somebody forgot to put into evaluation mode.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from workers.classifiers.pieces import WINDOW
from workers.training.bert import HEADS, Net

Floats = NDArray[np.float32]
_MICROSOFT = "com.microsoft"
_EPSILON = 1e-12
# Seven bits: on a processor without VNNI the int8 product of two neighbours is summed in 16 bits, and eight overflow.
_LARGEST = 63


def quantised(weights: Floats, axis: int, largest: int = _LARGEST) -> tuple[NDArray[np.int8], Floats]:
    """Round `weights` to whole steps within `largest`; the float worth of a step is chosen along `axis`."""
    steps = np.maximum(np.abs(weights).max(axis=axis, keepdims=True), 1e-9) / largest
    return np.clip(np.round(weights / steps), -largest, largest).astype(np.int8), np.squeeze(steps, axis)


class _Graph:
    """Nodes and weights in the making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, array: NDArray[np.generic]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes: Any) -> list[str]:  # noqa: ANN401 - ONNX attributes are of many types
        names = [f"n{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401 - ONNX attributes are of many types
        return self.node(kind, *inputs, domain=domain, **attributes)[0]


class _Encoder:
    """The parts of a graph that exist in fp32 and in int8."""

    def __init__(self, graph: _Graph, *, int8: bool) -> None:
        self.graph = graph
        self.int8 = int8

    def linear(self, hidden: str, weight: Floats, bias: Floats) -> str:
        """Multiply by `weight` of shape (out, in); int8 has one step per output and one per batch of inputs."""
        graph = self.graph
        if not self.int8:
            return graph.op("Add", graph.op("MatMul", hidden, graph.weight(weight.T)), graph.weight(bias))
        values, steps = quantised(weight.T, axis=0)
        return graph.op(
            "DynamicQuantizeMatMul", hidden, graph.weight(values), graph.weight(steps), "", graph.weight(bias),
            domain=_MICROSOFT,
        )  # fmt: skip

    def rows(self, table: Floats, ids: str) -> str:
        """Look rows of a table up; int8 has one step per row."""
        graph = self.graph
        if not self.int8:
            return graph.op("Gather", graph.weight(table), ids)
        values, steps = quantised(table, axis=1, largest=127)
        found = graph.op("Cast", graph.op("Gather", graph.weight(values), ids), to=TensorProto.FLOAT)
        return graph.op("Mul", found, graph.op("Gather", graph.weight(steps[:, None]), ids))


def _arrays(net: Net) -> dict[str, Floats]:
    return {name: tensor.detach().numpy().astype(np.float32) for name, tensor in net.state_dict().items()}


def build(net: Net, *, int8: bool) -> bytes:
    """Return the ONNX model of `net`: `ids` and `mask` (texts, pieces) in, `logits` (texts, labels) out."""
    graph = _Graph()
    made = _Encoder(graph, int8=int8)
    weights = _arrays(net)

    def norm(hidden: str, name: str) -> str:
        pair = [graph.weight(weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return graph.op("LayerNormalization", hidden, *pair, axis=-1, epsilon=_EPSILON)

    def linear(hidden: str, name: str) -> str:
        return made.linear(hidden, weights[f"{name}.weight"], weights[f"{name}.bias"])

    zero, one = graph.weight(np.array([0], np.int64)), graph.weight(np.array([1], np.int64))
    length = graph.op("Slice", graph.op("Shape", "ids"), one, graph.weight(np.array([2], np.int64)))
    places = graph.op("Slice", graph.weight(weights["places.weight"][:WINDOW]), zero, length)
    hidden = norm(graph.op("Add", made.rows(weights["words.weight"], "ids"), places), "norm")
    flags = graph.op("Cast", "mask", to=TensorProto.INT32)
    for number in range(len(net.layers)):
        at = f"layers.{number}"
        qkv = graph.node("Split", linear(hidden, f"{at}.qkv"), outputs=3, axis=-1, num_outputs=3)
        mixed = graph.op("MultiHeadAttention", *qkv, "", flags, domain=_MICROSOFT, num_heads=HEADS)
        hidden = norm(graph.op("Add", hidden, linear(mixed, f"{at}.out")), f"{at}.norm1")
        inner = graph.op("Gelu", linear(hidden, f"{at}.up"), domain=_MICROSOFT)
        hidden = norm(graph.op("Add", hidden, linear(inner, f"{at}.down")), f"{at}.norm2")
    last = graph.weight(np.array([2], np.int64))
    real = graph.op("Unsqueeze", graph.op("Cast", "mask", to=TensorProto.FLOAT), last)
    total = graph.op("ReduceSum", graph.op("Mul", hidden, real), one, keepdims=0)
    mean = graph.op("Div", total, graph.op("ReduceSum", real, one, keepdims=0))
    barred = graph.op(
        "Mul", graph.op("Sub", real, graph.weight(np.array(1, np.float32))), graph.weight(np.array(1e4, np.float32))
    )
    highest = graph.op("ReduceMax", graph.op("Add", hidden, barred), one, keepdims=0)
    both = graph.op("Concat", mean, highest, axis=-1)
    head = graph.op("MatMul", both, graph.weight(weights["head.weight"].T))
    graph.nodes.append(helper.make_node("Add", [head, graph.weight(weights["head.bias"])], ["logits"]))
    return _model(graph, weights["head.weight"].shape[0])


def _model(graph: _Graph, labels: int) -> bytes:
    def value(name: str, kind: int, shape: Sequence[str | int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    whole = helper.make_graph(
        graph.nodes,
        "comments",
        [value(name, TensorProto.INT64, ["texts", "pieces"]) for name in ("ids", "mask")],
        [value("logits", TensorProto.FLOAT, ["texts", labels])],
        graph.weights,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=9, producer_name="gatepost")
    content: bytes = model.SerializeToString(deterministic=True)
    return content
