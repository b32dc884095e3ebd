"""How fast `embedded` is, how soon it answers and what it holds, beside `embedded-fast` on the same comments.

One core: onnxruntime is told to use one thread, and each text is read alone. Rates count CPU time, which other work on
the machine disturbs least; a first answer counts the clock from before the first import, in a process of its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import findings
from benchmarks.findings import Figure, Findings, Options
from benchmarks.texts import comments
from workers.classifiers.embedded import MODEL, Embedded
from workers.classifiers.embedded_fast import EmbeddedFast

PER_SECOND = 280.0
P99_MS = 12.0
FIRST_SECONDS = 0.5
MEGABYTES = 170.0
FILE_MEGABYTES = 24.0
_FRESH = """
import json, time
def megabytes(file, name):
    return int(next(line for line in open(f"/proc/self/{file}") if line.startswith(name)).split()[1]) * 1024 / 1e6
begun = time.perf_counter()
from workers.classifiers.registry import load_classifier
embedded = load_classifier("embedded")
embedded.score(["The library on Mill Street opens an hour later on Thursdays."])
answered = time.perf_counter() - begun
cpu = time.process_time()
for size in (40, 380, 2_000, 10_000):
    text = ("You read the whole article, you fool, did you not? " * 200)[:size]
    embedded.score([text] * 20)
    embedded.spans(text)
print(json.dumps([answered, cpu, megabytes("smaps_rollup", "Pss:"), megabytes("status", "VmHWM:")]))
"""


def _fresh() -> list[float]:
    """Load and use it in a new process: seconds and CPU seconds to the first answer, MB held and MB at most."""
    ended = subprocess.run([sys.executable, "-c", _FRESH], check=True, capture_output=True, text=True)
    found: list[float] = json.loads(ended.stdout)
    return found


def _rate(score: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    began = time.process_time()
    score(texts)
    return len(texts) / (time.process_time() - began)


def _milliseconds(embedded: Embedded, texts: Sequence[str]) -> list[float]:
    taken = []
    for text in texts:
        began = time.perf_counter()
        embedded.score([text])
        taken.append((time.perf_counter() - began) * 1e3)
    return sorted(taken)


def measure(options: Options) -> Findings:
    """Measure `embedded`: rate, single comments, the first answer of a new process, memory."""
    texts, what = comments(options.data, options.of(200, 3_000))
    embedded, fast = Embedded.load(), EmbeddedFast.load()
    for warm in (embedded, fast):
        warm.score(texts[:20])
    rounds = options.of(1, 3)
    rate = max(_rate(embedded.score, texts) for _ in range(rounds))
    fast_rate = max(_rate(fast.score, texts) for _ in range(rounds))
    taken = _milliseconds(embedded, texts)
    fresh = [_fresh() for _ in range(options.of(2, 5))]
    first, cpu, held, most = (min(column) for column in zip(*fresh, strict=True))
    return Findings(
        name="classify",
        figures=(
            Figure(name="embedded: comments a second of CPU", measured=rate, target=PER_SECOND),
            Figure(name="embedded-fast: comments a second of CPU", measured=fast_rate),
            Figure(name="embedded: p50 of one comment", measured=taken[len(taken) // 2], unit="ms", better="less"),
            Figure(
                name="embedded: p99 of one comment",
                measured=taken[len(taken) * 99 // 100],
                unit="ms",
                target=P99_MS,
                better="less",
            ),
            Figure(
                name="embedded: import, load and first answer",
                measured=first,
                unit="s",
                target=FIRST_SECONDS,
                better="less",
            ),
            Figure(name="embedded: CPU until then", measured=cpu, unit="s", better="less"),
            Figure(name="embedded: memory (PSS)", measured=held, unit="MB", better="less"),
            Figure(name="embedded: most memory (RSS)", measured=most, unit="MB", target=MEGABYTES, better="less"),
            Figure(
                name="embedded: its file",
                measured=MODEL.stat().st_size / 1e6,
                unit="MB",
                target=FILE_MEGABYTES,
                better="less",
            ),
        ),
        detail={"mean_characters": round(sum(map(len, texts)) / len(texts)), "hash": embedded.hash, "fresh": fresh},
        notes=(what,),
    )


if __name__ == "__main__":
    findings.command(measure)()
