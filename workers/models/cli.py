"""`gatepost model fetch` and `convert`; both need the extra `detoxify`, what they make needs only `onnx`."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import click
import msgspec

from workers.classifiers.onnx_facts import ModelFacts, content_hash, read_facts, sha256
from workers.classifiers.released import KIND, home_of, released
from workers.models.download import NotFetched

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_MB = 1e6


class _Tools(NamedTuple):
    """The modules that stand on the extra `detoxify`."""

    convert: ModuleType
    fetch: ModuleType


@contextmanager
def _tools() -> Iterator[_Tools]:
    """Import what needs torch only when it is used, and turn what goes wrong there into messages."""
    try:
        tools = _Tools(*(importlib.import_module(f"workers.models.{name}") for name in _Tools._fields))
    except ModuleNotFoundError as error:
        message = f"this command needs {error.name}: install gatepost[detoxify]"
        raise click.ClickException(message) from error
    try:
        yield tools
    except (NotFetched, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.argument("checkpoint", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("hf_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", help="What scores call it; default: the release's name, or the file's.")
@click.option(
    "--language", "languages", multiple=True, help="A language that it was evaluated on (repeat); default: en."
)
@click.option("--sample", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Comments, one a line.")
@_JSON
def convert(
    checkpoint: Path,
    hf_dir: Path,
    out: Path,
    name: str | None,
    languages: tuple[str, ...],
    sample: Path | None,
    *,
    as_json: bool,
) -> None:
    """Convert CHECKPOINT, with config.json and the tokenizer's files from HF_DIR, into the folder OUT for `onnx:OUT`.

    Needs no network. --sample measures int8 on your own comments instead of the built-in ones.
    """
    with _tools() as tools:
        called = name or tools.fetch.release_of(sha256(checkpoint)) or checkpoint.stem
        made = tools.convert.convert(
            checkpoint,
            hf_dir,
            out,
            name=called if called.startswith(f"{KIND}:") else f"{KIND}:{called}",
            languages=languages,
            texts=sample.read_text(encoding="utf-8").splitlines() if sample else (),
            tell=_teller(quiet=as_json),
        )
        _show(made, out, as_json=as_json)


@click.command()
@click.argument("name", type=click.Choice(released()))
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Default: where detoxify:NAME looks."
)
@_JSON
def fetch(name: str, folder: Path | None, *, as_json: bool) -> None:
    """Download Detoxify's model NAME, check it, and convert it; does nothing where that is done."""
    folder = folder or home_of(name)
    made = _done(name, folder)
    if made is None:
        with _tools() as tools:
            files = tools.fetch.files_of(name)
            tell = _teller(quiet=as_json)
            made = tools.fetch.fetch(name, folder, files, progress=_bar(quiet=as_json), tell=tell)
    _show(made, folder, as_json=as_json)


def _done(name: str, folder: Path) -> ModelFacts | None:
    """Return the facts of a folder that holds this model, whole."""
    try:
        found = read_facts(folder)
    except ValueError:  # whatever is there is made anew
        return None
    whole = all((folder / file).exists() and sha256(folder / file) == digest for file, digest in found.files.items())
    return found if whole and found.name == f"{KIND}:{name}" else None


def _teller(*, quiet: bool) -> Callable[[str], None]:
    return (lambda _line: None) if quiet else (lambda line: click.echo(line, err=True))


def _bar(*, quiet: bool) -> Callable[[int, int | None], None]:
    """Draw one line that is written over again, on standard error; nothing where nobody looks."""
    drawn = -1

    def draw(have: int, total: int | None) -> None:
        nonlocal drawn
        share = int(100 * have / total) if total else 0
        if share == drawn and have != total:
            return
        drawn = share
        done = "#" * (share // 4)
        size = f"{have / _MB:,.0f} of {total / _MB:,.0f} MB" if total else f"{have / _MB:,.0f} MB"
        click.echo(f"\r  [{done:<25}] {share:3d} % {size}", err=True, nl=have == total)

    if quiet or not sys.stderr.isatty():
        return lambda _have, _total: None
    return draw


def _show(made: ModelFacts, folder: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "hash": content_hash(made.files), **msgspec.to_builtins(made)}))
    else:
        click.echo(
            f"{made.name} {made.version} {content_hash(made.files)}: GATEPOST_CLASSIFIER=onnx:{folder} serves it"
        )
