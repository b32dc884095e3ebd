"""`gatepost perspective`: move from Google's Perspective API, and read what its clients' moderators say."""

import os
import sys
from pathlib import Path

import click
import msgspec

from service.cli.session import Answer, housed
from service.domain.errors import GatepostError
from service.settings import Settings
from service.workflow.feedback import suggestions
from service.workflow.fitting import Fit, Pair, fit
from service.workflow.house import House

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def perspective() -> None:
    """Record both services' scores, fit a map between them, and read feedback."""


@perspective.command("record")
@click.option("--to", required=True, help="The service to ask and to answer for, such as the address of Google's.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("pairs.jsonl"), show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8001, show_default=True)
@click.option("--public-url", default="", help="Where clients reach the proxy; default: the address they ask.")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="The folder of a `gatepost up`.")
def record(to: str, out: Path, host: str, port: int, public_url: str, data: Path | None) -> None:
    """Serve a proxy that asks both, answers theirs unchanged, and keeps a keyed hash with both score sets."""
    # Another door: it is started, never imported.
    words = ["--to", to, "--out", str(out), "--host", host, "--port", str(port), "--public-url", public_url]
    words += ["--data", str(data)] if data is not None else []
    os.execv(sys.executable, [sys.executable, "-m", "service.api.compat.record", *words])  # noqa: S606


@perspective.command("fit")
@click.argument("pairs", type=_FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write the map.")
@click.option("--name", default=None, help="What to call the map; default: the name of the file.")
@click.option("--classifier", default=None, help="The hash of the classifier to fit for; default: the last recorded.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def fit_map(pairs: Path, out: Path, name: str | None, classifier: str | None, *, as_json: bool) -> None:
    """Learn from recorded PAIRS a map under which thresholds flag as much as they did."""
    try:
        found = fit(read_pairs(pairs), name=name or out.stem, classifier_hash=classifier)
    except GatepostError as error:
        raise click.ClickException(error.detail) from error
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found.map), indent=1) + b"\n")
    if as_json:
        answer = {"map": str(out), "pairs": found.pairs, "too_few": found.too_few, "rows": found.rows}
        click.echo(msgspec.json.encode(answer))
    else:
        click.echo(_table(found, out))


def read_pairs(path: Path) -> list[Pair]:
    """Read a file of pairs; a line that broke off, as the last one may, is left out."""
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                found.append(msgspec.json.decode(line, type=Pair))
            except (msgspec.DecodeError, UnicodeDecodeError):
                click.echo(f"{path}:{number} is no pair and was left out.", err=True)
    return found


def _table(found: Fit, out: Path) -> str:
    lines = ["Share flagged at a threshold, on pairs that the curve was not fitted on:", ""]
    lines.append(f"{'attribute':<24}{'threshold':>9}{'theirs':>9}{'ours':>9}{'mapped':>9}{'agree':>9}")
    lines += [
        f"{row.attribute:<24}{row.threshold:>9.2f}{row.theirs:>9.1%}{row.raw:>9.1%}{row.mapped:>9.1%}{row.agree:>9.1%}"
        for row in found.rows
    ]
    lines += [f"{name}: {count} pairs are too few for a curve" for name, count in sorted(found.too_few.items())]
    lines += ["", f"Wrote {out}, for the scores of {found.map.classifier} ({found.map.hash})."]
    lines.append(f"Use it: gatepost key set KEY --map {out}")
    return "\n".join(lines)


@perspective.command("feedback")
@click.option("--site", default=None, help="The site whose clients' moderators judged; none: of keys without a site.")
@click.option("--key", "key_id", default=None, help="The judgements that came by one key.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@housed
async def feedback(house: House, _: Settings, *, site: str | None, key_id: str | None, limit: int) -> Answer:
    """List what moderators said of texts, newest first, beside our own scores; the texts are not kept."""
    found = await suggestions(house, site=site, key=key_id, limit=limit)
    lines = [
        "  ".join((one.at, one.key, one.reference or one.text, _scores(one.suggested), "ours", _scores(one.scored)))
        for one in found
    ]
    told = [msgspec.to_builtins(one) for one in found]
    return {"suggestions": told}, "\n".join(lines) or "Nothing was suggested yet."


def _scores(scores: dict[str, float]) -> str:
    return " ".join(f"{name}={value:.2f}" for name, value in scores.items()) or "-"
