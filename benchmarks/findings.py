"""What a measurement found: figures beside their targets, as a table and as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

DATASETS = "GATEPOST_DATASETS"
_SMALL = 10
_LARGE = 100


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number; `target` is a floor where `better` is `more` and a ceiling where it is `less`."""

    name: str
    measured: float
    unit: str = ""
    target: float | None = None
    better: Literal["more", "less"] = "more"

    @property
    def met(self) -> bool | None:
        """Tell whether the target was reached; nothing where there is none."""
        if self.target is None:
            return None
        return self.measured >= self.target if self.better == "more" else self.measured <= self.target


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What one script measured: its figures, what stands behind them, and what must be known to read them."""

    name: str
    figures: tuple[Figure, ...]
    detail: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure, and where labelled comments lie (nothing: texts are generated)."""

    quick: bool
    data: Path | None

    def of(self, quick: int, whole: int) -> int:
        """Choose a size."""
        return quick if self.quick else whole


def _number(value: float) -> str:
    if value >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= _SMALL else f"{value:.2f}"


def table(found: Sequence[Findings]) -> str:
    """Lay figures out as text: figure, target, measured, met or not."""
    rows = [("figure", "target", "measured", "")]
    for findings in found:
        for figure in findings.figures:
            sign = "≥" if figure.better == "more" else "≤"
            target = "" if figure.target is None else f"{sign} {_number(figure.target)} {figure.unit}".rstrip()
            verdict = {None: "", True: "met", False: "NOT MET"}[figure.met]
            rows.append((figure.name, target, f"{_number(figure.measured)} {figure.unit}".rstrip(), verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{findings.name}: {note}" for findings in found for note in findings.notes]
    return "\n".join(lines)


def as_json(findings: Findings) -> dict[str, Any]:
    """Turn findings into what JSON can say, with each figure's verdict."""
    plain: dict[str, Any] = msgspec.to_builtins(findings)
    for figure, row in zip(findings.figures, plain["figures"], strict=True):
        row["met"] = figure.met
    return plain


def command(measure: Callable[[Options], Findings]) -> click.Command:
    """Make a script's command of its measurement."""

    @click.command(help=measure.__doc__)
    @click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it works.")
    @click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar=DATASETS)
    @click.option("--json", "json_only", is_flag=True, help="Print one JSON object.")
    def run(*, quick: bool, data: Path | None, json_only: bool) -> None:
        findings = measure(Options(quick=quick, data=data))
        click.echo(json.dumps(as_json(findings)) if json_only else table([findings]))

    return run
