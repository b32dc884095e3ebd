"""How fast a converted Detoxify model is beside `Detoxify.predict`: BERT-base size, random weights, one core.

Random weights have no opinion and the speed of real ones. Everything is measured in one run on one core: the ratios
carry over to machines of the same kind, the figures do not, and int8 needs a processor with int8 dot products (VNNI).
"""

import gc
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import click
import detoxify
import matplotlib as mpl
import numpy as np
import onnx
import torch
from matplotlib import pyplot as plt

from benchmarks.drain import drained
from benchmarks.stack import stack
from tests.detoxify_checkpoints import make
from workers.classifiers.cpu import multiplies_int8
from workers.classifiers.onnx_model import OnnxModel, Precision, open_session
from workers.models.convert import convert
from workers.models.export import export_int8

_SIZES = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "vocab_size": 30_522,
}
_MEDIAN, _P95, _LONGEST = 37, 194, 512
_WORDS = ("idiot", "fool", "kind", "council", "budget", "article", "street", "library", "bus", "tax", "thank", "please")
_BATCH = 32
_RESCORED = 10  # one comment in so many lies near a threshold
_GOALS = {
    "batched / one at a time": 6.0,
    "batched, a tenth scored again / one at a time": 4.8,
    "batched / Detoxify in batches of 32": 25.0,
    "share of the GEMM peak": 0.5,
}
_FRESH = """
import json, sys, time
begun = time.perf_counter()
from workers.classifiers.onnx_model import OnnxModel
from pathlib import Path
model = OnnxModel(Path(sys.argv[1]), sys.argv[2])
loaded = time.perf_counter() - begun
model.score(["The library on Mill Street opens an hour later on Thursdays."])
proved = time.perf_counter() - begun
# Not getrusage: a child's largest size begins with what its parent held when it forked.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([loaded, proved, time.process_time(), peak / 1024, "torch" in sys.modules]))
"""


def _comments(count: int) -> list[str]:
    """Make comments whose tokens have the mix of real ones: median 37, mean 62, 95 % at most 194, none above 512."""
    chance = random.Random(7)
    spread = math.log(_P95 / _MEDIAN) / 1.645
    # Evenly through the distribution: a few comments are then a fair sample.
    normal = [_quantile((rank + 0.5) / count) for rank in range(count)]
    lengths = [min(_LONGEST, max(3, round(_MEDIAN * math.exp(spread * value)))) for value in normal]
    chance.shuffle(lengths)
    # Two of the tokens are special ones.
    return [" ".join(chance.choices(_WORDS, k=length - 2)) for length in lengths]


def _quantile(share: float) -> float:
    low, high = -6.0, 6.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle / math.sqrt(2)) < 2 * share - 1 else (low, middle)
    return low


def _rate(work: Callable[[], object], count: int, rounds: int = 1) -> float:
    best = math.inf
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return count / best


def _detoxify_rates(checkpoint: Path, comments: Sequence[str]) -> dict[str, float]:
    torch.set_num_threads(1)
    reference = detoxify.Detoxify(checkpoint=str(checkpoint))
    reference.predict("warm up")
    batches = [list(comments[first : first + _BATCH]) for first in range(0, len(comments), _BATCH)]
    return {
        "Detoxify, one at a time": _rate(lambda: [reference.predict(text) for text in comments], len(comments)),
        "Detoxify, batches of 32": _rate(lambda: [reference.predict(batch) for batch in batches], len(comments)),
    }


def _served_rates(folder: Path, comments: Sequence[str], precision: Precision) -> dict[str, float]:
    model = OnnxModel(folder, precision)
    near = comments[::_RESCORED]
    model.score(comments[:2])
    model.exact(comments[:1])
    return {
        f"{precision}, one at a time": _rate(lambda: [model.score([text]) for text in comments], len(comments)),
        f"{precision}, batched": _rate(lambda: model.score(comments), len(comments), rounds=3),
        f"{precision}, batched, a tenth scored again": _rate(
            lambda: (model.score(comments), model.exact(near)), len(comments), rounds=2
        ),
    }


def _queue_to_decision(folder: Path, comments: Sequence[str]) -> float:
    """Drain a queue of the comments by one worker: spans, rules and Redis are in it, all on the one core."""
    with stack(f"onnx:{folder.resolve()}") as place:
        return float(drained(place, list(comments))["per_second"])


def _peak(folder: Path, precision: Precision) -> float:
    """Measure the fastest product of the sizes in question: GFLOP/s (or integer operations), best of ten."""
    rows, inner, columns = 512, 768, 3072
    weights = onnx.numpy_helper.from_array(np.random.default_rng(0).normal(size=(inner, columns)).astype("f"), "w")
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [rows, inner])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [rows, columns])],
        [weights],
    )
    path = folder / "product.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path)
    if precision == "int8":
        export_int8(path, folder / "product8.onnx")
        path = folder / "product8.onnx"
    session = open_session(path)
    inputs = {"x": np.random.default_rng(1).normal(size=(rows, inner)).astype("f")}
    return _rate(lambda: session.run(None, inputs), 1, rounds=20) * 2 * rows * inner * columns / 1e9


def _work_of(comments: Sequence[str]) -> float:
    """Count the GFLOP of the products that a model of this size makes for the comments, without padding."""
    hidden, layers, inner = _SIZES["hidden_size"], _SIZES["num_hidden_layers"], _SIZES["intermediate_size"]
    weights = layers * (4 * hidden * hidden + 2 * hidden * inner)
    lengths = [len(text.split()) + 2 for text in comments]
    return sum(2 * length * weights + layers * 4 * length * length * hidden for length in lengths) / 1e9


def _fresh(folder: Path, precision: Precision) -> dict[str, float]:
    rows = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", _FRESH, str(folder), precision], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(3)
    ]
    assert not any(row[4] for row in rows)  # noqa: S101 - torch there would be another measurement
    return {
        name: round(min(row[column] for row in rows), 2)
        for column, name in enumerate(("load_s", "proved_s", "cpu_s", "mb"))
    }


def _draw(rates: dict[str, float], path: Path) -> None:
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    names = list(rates)[::-1]
    bars = axes.barh(
        names, [rates[name] for name in names], color=["#777" if "Detoxify" in n else "#2a6" for n in names]
    )
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.set_xlabel("comments a second, one core, BERT-base size")
    figure.savefig(path, dpi=120)


@click.command()
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True, help="Keeps the model (1 GB).")
@click.option("--count", default=64, show_default=True, help="Comments to score.")
@click.option(
    "--precision", type=click.Choice(get_args(Precision)), help="Default: what this processor is served with."
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="PNG to draw.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(work: Path, count: int, precision: Precision | None, plot: Path | None, *, as_json: bool) -> None:
    """Measure a converted model beside Detoxify on one core; ratios stand beside their goals."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    chosen: Precision = precision or ("int8" if multiplies_int8() else "fp32")
    comments = _comments(count)
    checkpoint, converted = work / "source" / "made.ckpt", work / "converted"
    if not (converted / "model.json").exists():
        make(checkpoint.parent, "bert", config=_SIZES, spread=0.3)
        tell: Callable[[str], None] = lambda line: click.echo(line, err=True)  # noqa: E731 - one line
        convert(checkpoint, checkpoint.parent, converted, name="detoxify:random", texts=comments[:12], tell=tell)
    rates = _detoxify_rates(checkpoint, comments)
    gc.collect()
    for kind in dict.fromkeys(("fp32", chosen)):
        rates |= _served_rates(converted, comments, kind)
    peak = _peak(work, chosen)
    rates["queue to decision"] = _queue_to_decision(converted, comments)
    one, batched = rates["Detoxify, one at a time"], rates[f"{chosen}, batched"]
    reached = {
        "batched / one at a time": batched / one,
        "batched, a tenth scored again / one at a time": rates[f"{chosen}, batched, a tenth scored again"] / one,
        "batched / Detoxify in batches of 32": batched / rates["Detoxify, batches of 32"],
        "share of the GEMM peak": batched * _work_of(comments) / count / peak,
    }
    found: dict[str, Any] = {
        "precision": chosen,
        "int8_dot_products": multiplies_int8(),
        "comments": count,
        "mean_tokens": round(sum(len(text.split()) + 2 for text in comments) / count, 1),
        "per_second": {name: round(rate, 2) for name, rate in rates.items()},
        "gemm_peak_gflops": round(peak, 1),
        "reached": {name: round(value, 2) for name, value in reached.items()},
        "goals": _GOALS,
        "fresh_process": _fresh(converted, chosen),
    }
    if plot:
        _draw(rates, plot)
    click.echo(json.dumps(found, indent=None if as_json else 2))


if __name__ == "__main__":
    main()
