"""The commands that need a classifier."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
import uvloop
from prometheus_client import start_http_server

from service.domain.errors import GatepostError
from service.settings import read_settings
from service.telemetry import start_logging
from workers.classifiers.registry import load_classifier
from workers.scoring import BrokenClassifier, Labels, Scorer
from workers.wiring import run_shadow, run_worker

_LINES = 256


@click.command()
@click.option("--metrics-port", type=int, default=None, help="Serve this process's metrics there.")
@click.option("--shadow", "trial", default=None, help="Only score what others decided, with this classifier.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="What `gatepost up` made.")
def worker(metrics_port: int | None, trial: str | None, data: Path | None) -> None:
    """Classify what waits, until SIGTERM."""
    try:
        settings = read_settings(data=data)
        start_logging(settings.log)
        if metrics_port is not None:
            start_http_server(metrics_port)
        code = uvloop.run(run_worker(settings) if trial is None else run_shadow(settings, trial))
    except GatepostError as error:
        click.echo(f"gatepost worker: {error.detail}", err=True)
        code = 2
    sys.exit(code)


@click.command()
@click.option("--classifier", default=None, help="Default: GATEPOST_CLASSIFIER.")
@click.option("--json", "as_json", is_flag=True, help="Accepted everywhere; the output is JSON anyway.")
@click.argument("source", type=click.File("rb"), default="-")
def score(classifier: str | None, source: BinaryIO, *, as_json: bool) -> None:  # noqa: ARG001 - same form everywhere
    """Score JSON lines: a text or {"text": …} each; one line out for each line in, in order."""
    try:
        scorer = Scorer(load_classifier(classifier or read_settings().classifier))
        scorer.prove()
    except (GatepostError, BrokenClassifier) as error:
        raise click.ClickException(getattr(error, "detail", str(error))) from error
    for answer in _scored(scorer, source):
        sys.stdout.write(json.dumps(answer) + "\n")


def _scored(scorer: Scorer, source: BinaryIO) -> Iterator[dict[str, object]]:
    """Score line by line in batches; a bad line is an error of its own and stops nothing."""
    batch: list[str | ValueError] = []
    for line in source:
        batch.append(_text(line))
        if len(batch) == _LINES:
            yield from _answers(scorer, batch)
            batch = []
    yield from _answers(scorer, batch)


def _text(line: bytes) -> str | ValueError:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return ValueError(f"not a line of JSON: {error}")
    text = value.get("text") if isinstance(value, dict) else value
    return text if isinstance(text, str) else ValueError('expected a text or {"text": …}')


def _answers(scorer: Scorer, batch: list[str | ValueError]) -> Iterator[dict[str, object]]:
    classifier = scorer.classifier
    rows = iter(_rows(scorer, [item for item in batch if isinstance(item, str)]))
    for item in batch:
        row = item if isinstance(item, ValueError) else next(rows)
        if isinstance(row, Exception):
            yield {"error": str(row)}
        else:
            yield {
                "scores": row,
                "classifier": classifier.name,
                "version": classifier.version,
                "hash": classifier.hash,
            }


def _rows(scorer: Scorer, texts: list[str]) -> list[Labels | Exception]:
    """Score a batch; when that fails, each text alone, so that one bad text is one error."""
    try:
        return list(scorer.score(texts))
    except Exception:  # noqa: BLE001 - a classifier may raise anything; each text is tried alone
        return [_row(scorer, text) for text in texts]


def _row(scorer: Scorer, text: str) -> Labels | Exception:
    try:
        return scorer.score([text])[0]
    except Exception as error:  # noqa: BLE001 - see above
        return error
