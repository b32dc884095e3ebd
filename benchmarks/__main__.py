"""`python -m benchmarks [--quick]`: every measurement, one table, results.json and the pictures."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import matplotlib as mpl
import msgspec

from benchmarks import (
    classify_embedded,
    deciding,
    drain,
    express,
    fairness,
    growth,
    hot,
    isso,
    memory,
    overload,
    read,
    rehearse,
    review,
    servers,
    soak,
    submit,
    visible,
    words,
)
from benchmarks.drawing import curves
from benchmarks.findings import DATASETS, Findings, Options, as_json, table

mpl.use("Agg")
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PLOTS = HERE / "plots"
PAGE = HERE.parent / "docs" / "BENCHMARKS.md"
MEASUREMENTS: dict[str, Callable[[Options], Findings]] = {
    "submit": submit.measure,
    "read": read.measure,
    "visible": visible.measure,
    "drain": drain.measure,
    "classify": classify_embedded.measure,
    "express": express.measure,
    "memory": memory.measure,
    "servers": servers.measure,
    "isso": isso.measure,
    "hot": hot.measure,
    "growth": growth.measure,
    "fairness": fairness.measure,
    "overload": overload.measure,
    "soak": soak.measure,
    "deciding": deciding.measure,
    "review": review.measure,
    "words": words.measure,
    "rehearse": rehearse.measure,
}


_INTRODUCTION = """\
# What was measured

Written by `make bench`: it measures the product beside `benchmarks/bare.py`, the least that a Litestar service does for
a durable, queued POST, in turns in the same run, on the same server and with the same `appendfsync always`. Machines
are noisy and other work runs on them: read ratios and CPU times, not absolute rates. `benchmarks/results.json` holds
every round. The pipeline is measured with the classifier `embedded-fast`, whatever the default is: it costs the least,
so that the pipeline's own cost shows."""
_PICTURES = """\
![Each figure as a share of its target](../benchmarks/plots/targets.png)

![Submissions, round by round](../benchmarks/plots/submit.png)
![Reads, round by round](../benchmarks/plots/read.png)"""
_CLASSIFIERS = """\
## Classifiers

Each is measured on one core by a script of its own; the first is part of `make bench` too (`--only classify`). What
each needs beside `gatepost[bench]` stands behind it.

```sh
python -m benchmarks.classify_embedded        # `embedded`, beside `embedded-fast`
python -m benchmarks.classify_fast            # `embedded-fast`, beside a plain loop over its n-grams; gatepost[train]
python -m benchmarks.classify --work DIR      # `onnx:DIR`, beside Detoxify's own predict; gatepost[detoxify]
```"""

_LOAD = """\
## Under load, and as it grows

`python -m benchmarks --only hot` (or `growth`, `fairness`, `overload`, `soak`; several with several `--only`; `--quick`
to see that it works). `growth` stores a million comments and needs 2 GB and some minutes; `soak` takes ten. A figure of
CPU is that of API and Redis together."""


def picture(found: Sequence[Findings], target: Path) -> None:
    """Draw every figure that has a target as its share of it: right of the line is met, left is not."""
    rows = [figure for findings in found for figure in findings.figures if figure.target]
    shares = [
        figure.measured / figure.target if figure.better == "more" else figure.target / max(figure.measured, 1e-9)
        for figure in rows
        if figure.target
    ]
    drawing, axes = plt.subplots(figsize=(9, 0.5 * len(rows) + 1.2), layout="constrained")
    colours = ["#1f5c4a" if figure.met else "#b3452c" for figure in rows]
    axes.barh([figure.name for figure in rows], shares, color=colours)
    axes.axvline(1.0, color="#444444", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("share of the target (more is better)")
    drawing.savefig(target, dpi=80)
    plt.close(drawing)


def rounds(found: Findings, target: Path) -> None:
    """Draw the interleaved rounds of the product and the bare handler."""
    drawing, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    for side, colour in (("product", "#1f5c4a"), ("bare", "#999999")):
        rates = [row["rate"] for row in found.detail["rounds"][side]]
        axes.plot(range(1, len(rates) + 1), rates, marker="o", color=colour, label=side)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("round")
    axes.set_ylabel("requests a second")
    axes.set_title(found.name)
    axes.legend()
    drawing.savefig(target, dpi=80)
    plt.close(drawing)


def page(found: Sequence[Findings]) -> str:
    """Write the page that states what was measured, met or not."""
    shown = table(found)
    parts = [_INTRODUCTION, f"```text\n{shown}\n```", _PICTURES]
    drained: dict[str, float] = next((one.detail["worker_cpu_percent"] for one in found if one.name == "drain"), {})
    if drained:
        rows = "\n".join(f"| {group} | {share} % |" for group, share in drained.items())
        parts.append(f"## Where a drain's time goes\n\n| what | share of the worker's CPU |\n| --- | --- |\n{rows}")
    drawn = [f"![{one.detail['curves']['title']}](../benchmarks/plots/{one.name}.png)" for one in found if _drawn(one)]
    if drawn:
        parts.append("\n\n".join([_LOAD, *drawn]))
    parts.append(_CLASSIFIERS)
    parts += [_lengths(one.detail["cpu_ms_by_length"]) for one in found if "cpu_ms_by_length" in one.detail]
    return "\n\n".join(parts) + "\n"


def _drawn(found: Findings) -> bool:
    return "curves" in found.detail


def _lengths(costs: dict[str, dict[str, float]]) -> str:
    """Say what one text costs by its length: what fits into a deadline follows from it."""
    heads = [f"{int(length):,} characters" for length in next(iter(costs.values()))]
    rows = [[f"`{name}`", *(f"{cost} ms" for cost in by_length.values())] for name, by_length in costs.items()]
    lines = [["CPU of one text", *heads], ["---"] * (len(heads) + 1), *rows]
    table_of = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    note = "The longest text that may be asked fits into two seconds many times over: what waits before it may not."
    return f"{table_of}\n\n{note}"


@click.command()
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it works.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar=DATASETS)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(MEASUREMENTS)),
    help="Only these; the others keep what they found before.",
)
def main(*, quick: bool, data: Path | None, only: Sequence[str]) -> None:
    """Measure everything beside its baseline; says what was met and what was not."""
    options = Options(quick=quick, data=data)
    found = {one.name: one for one in _earlier()} if only else {}
    for name in only or MEASUREMENTS:
        click.echo(f"measuring {name} …", err=True)
        found[name] = MEASUREMENTS[name](options)
    _keep([found[name] for name in MEASUREMENTS if name in found])


def _earlier() -> list[Findings]:
    """Read what was found before; nothing where nothing was."""
    if not RESULTS.exists():
        return []
    rows = json.loads(RESULTS.read_bytes())
    for figure in (figure for row in rows for figure in row["figures"]):
        # What was met follows from the figure itself.
        figure.pop("met")
    return msgspec.convert(rows, list[Findings])


def _keep(found: Sequence[Findings]) -> None:
    """Print the table, and write results, page and pictures."""
    click.echo(table(found))
    RESULTS.write_bytes(msgspec.json.format(json.dumps([as_json(one) for one in found]).encode(), indent=1) + b"\n")
    PAGE.write_text(page(found), encoding="utf-8")
    PLOTS.mkdir(exist_ok=True)
    picture(found, PLOTS / "targets.png")
    for one in found:
        if "rounds" in one.detail:
            rounds(one, PLOTS / f"{one.name}.png")
        if _drawn(one):
            curves(one.detail["curves"], PLOTS / f"{one.name}.png")


if __name__ == "__main__":
    main()
