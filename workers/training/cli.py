"""The `gatepost model` commands; what they need beyond the package is the optional extra `train`."""

import importlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import click

from workers.classifiers.embedded_fast import EmbeddedFast
from workers.models.cli import convert, fetch

_NEEDED = ("pandas", "pyarrow", "scipy", "sklearn")
_DATA = click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with train.parquet and the evaluation sets.",
)


def _module(name: str) -> ModuleType:
    """Import a module of this package that stands on the optional extra, or say how to get it."""
    missing = [needed for needed in _NEEDED if importlib.util.find_spec(needed) is None]
    if missing:
        message = f"install gatepost[train]: this command needs {', '.join(missing)}"
        raise click.ClickException(message)
    return importlib.import_module(f"workers.training.{name}")


@click.group()
def model() -> None:
    """Train, judge, fetch and convert classifiers."""


model.add_command(convert)
model.add_command(fetch)


@model.command()
@click.argument("classifier", type=click.Choice(["embedded-fast"]))
@_DATA
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Model file to write.")
@click.option("--seed", default=0, show_default=True, help="Order of the training rows.")
def train(classifier: str, folder: Path, out: Path, seed: int) -> None:
    """Train CLASSIFIER on the labelled comments in --data."""
    content, errors = _module(classifier.replace("-", "_")).train(folder, seed)
    out.write_bytes(content)
    made = EmbeddedFast(content)
    click.echo(f"{out}: {made.name} {made.version} {made.hash}, {len(content):,} bytes")
    for label, error in errors.items():
        click.echo(f"  {label}: calibration error {error:.4f} (one half of dev, measured on the other)")


@model.command()
@click.argument("classifier", type=click.Choice(["embedded-fast"]))
@_DATA
@click.option("--model", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(classifier: str, folder: Path, path: Path | None, *, as_json: bool) -> None:
    """Judge CLASSIFIER on the dev rows and the evaluation sets in --data."""
    judge = _module("evaluate")
    found = judge.evaluate(EmbeddedFast.load(path), folder)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{classifier} {found['version']} {found['hash']}")
    for line in judge.lines(found):
        click.echo(line)
