"""How fast `embedded-fast` is: batches, single comments, loading, memory; beside a plain loop over the same n-grams.

The baseline does in pure Python what the classifier does in numpy (normalise, cut n-grams, look up, add), in the same
run on the same texts; ratios carry over between machines, absolute figures do not. One thread.
"""

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
import numpy as np

from service.domain.text import normalise
from workers.classifiers.embedded_fast import MODEL, EmbeddedFast
from workers.classifiers.ngrams import CHAR_SIZES, WORD_SIZES
from workers.training import data

_ROUNDS = 3
_BATCHES = (1, 64, 256)
_BASELINE_TEXTS = 200
_LABELS = 6
_FRESH = """
import json, time
def kilobytes(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1])
start = time.perf_counter()
from workers.classifiers.embedded_fast import EmbeddedFast
imported = time.perf_counter()
fast = EmbeddedFast.load()
loaded = time.perf_counter()
for _ in range(20):
    fast.score(["You read the whole article, did you not? " * 9] * 64)
print(json.dumps([imported - start, loaded - imported, kilobytes("VmRSS"), kilobytes("VmHWM")]))
"""


def _naive(texts: Sequence[str], table: Sequence[Sequence[int]]) -> list[list[int]]:
    """Score texts one n-gram at a time for six labels; random weights stand in, their values do not matter."""
    slots = len(table)
    scores = []
    for text in texts:
        padded = f" {normalise(text, 10_000)} "
        words = padded.split()
        grams = [padded[at : at + size] for size in CHAR_SIZES for at in range(len(padded) - size + 1)]
        grams += [" ".join(words[at : at + size]) for size in WORD_SIZES for at in range(len(words) - size + 1)]
        totals = [0] * _LABELS
        for gram in grams:
            for label, weight in enumerate(table[hash(gram) % slots]):
                totals[label] += weight
        scores.append(totals)
    return scores


def _best_rate(work: Callable[[], object], texts: int) -> float:
    seconds = []
    for _round in range(_ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return texts / min(seconds)


def _score_all(fast: EmbeddedFast, batches: Sequence[Sequence[str]]) -> None:
    for batch in batches:
        fast.score(batch)


def _latencies(fast: EmbeddedFast, texts: Sequence[str]) -> list[float]:
    taken = []
    for text in texts:
        start = time.perf_counter()
        fast.score([text])
        taken.append(time.perf_counter() - start)
    return taken


def _texts(folder: Path | None, count: int) -> list[str]:
    if folder:
        return data.dev(folder).texts[:count]
    lengths = (40, 90, 150, 230, 330, 480, 700, 1050)
    sentence = "I read the article twice and still wonder who will pay for the new bridge, honestly. "
    return [(sentence * 13)[start : start + length] for start, length in zip(range(count), itertools.cycle(lengths))]


@click.command()
@click.option("--data", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Labelled data.")
@click.option("--count", default=4096, show_default=True, help="Texts to score.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(folder: Path | None, count: int, *, as_json: bool) -> None:
    """Measure `embedded-fast` on COUNT texts: dev rows of --data, or generated ones of the same mean length."""
    texts = _texts(folder, count)
    fast = EmbeddedFast.load()
    rates = {}
    for size in _BATCHES:
        batches = [texts[first : first + size] for first in range(0, len(texts), size)]
        rates[size] = _best_rate(partial(_score_all, fast, batches), len(texts))
    sample = texts[:_BASELINE_TEXTS]
    table = np.random.default_rng(0).integers(-127, 128, (1 << 18, _LABELS)).tolist()
    baseline = _best_rate(lambda: _naive(sample, table), len(sample))
    normalising = _best_rate(lambda: [normalise(text) for text in texts], len(texts))
    taken = sorted(_latencies(fast, texts))
    fresh = [
        json.loads(subprocess.run([sys.executable, "-c", _FRESH], check=True, capture_output=True, text=True).stdout)
        for _round in range(_ROUNDS)
    ]
    found = {
        "texts": len(texts),
        "mean_characters": round(statistics.mean(map(len, texts))),
        "per_second": {str(size): round(rate) for size, rate in rates.items()},
        "baseline_per_second": round(baseline),
        "ratio_to_baseline": {str(size): round(rate / baseline, 1) for size, rate in rates.items()},
        "normalise_us": round(1e6 / normalising, 1),
        "single_ms": {
            "p50": round(1e3 * taken[len(taken) // 2], 2),
            "p99": round(1e3 * taken[len(taken) * 99 // 100], 2),
        },
        "import_s": round(min(row[0] for row in fresh), 3),
        "load_s": round(min(row[1] for row in fresh), 3),
        "rss_mb": {
            "scoring": round(min(row[2] for row in fresh) / 1024),
            "peak": round(min(row[3] for row in fresh) / 1024),
        },
        "file_bytes": MODEL.stat().st_size,
        "hash": fast.hash,
    }
    click.echo(json.dumps(found) if as_json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
