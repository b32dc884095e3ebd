"""What a run says of itself: lines for the terminal, docs/chaos.json, and the table in docs/RELIABILITY.md."""

import json
import re
from typing import Any

from tests.chaos.plan import CLASSIFIER
from tests.chaos.run import Outcome
from tests.processes import ROOT

FIGURES = ROOT / "docs" / "chaos.json"
PAGE = ROOT / "docs" / "RELIABILITY.md"
_BEGIN, _END = "<!-- written by make chaos -->", "<!-- end of what make chaos wrote -->"
_MEGA = 1_000_000


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Give everything that was measured."""
    options = outcome.options
    return {
        "seed": options.seed,
        "wanted": options.submissions,
        "rounds": options.rounds,
        "claim seconds": options.claim_seconds,
        "faults made": dict(sorted(outcome.done.items())),
        "classifier": [name for name in CLASSIFIER if name in options.faults],
        "left out": outcome.left_out,
        "faults found": len(outcome.faults),
        **outcome.figures,
    }


def _rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    answers, refused, exits = found["answers"], found["refused by redis"], found["redis exits"]
    unavailable = sum(n for name, n in answers.items() if "503" in name)
    none = sum(n for name, n in answers.items() if "none" in name)
    used, fresh = found["redis bytes in the end"] / _MEGA, found["redis bytes when fresh"] / _MEGA
    changed = (found["withdrawn"], found["rewritten"], found["moderated"])
    return [
        ("submissions accepted, each with a 202", f"{found['submissions']:,}"),
        ("seed", str(found["seed"])),
        ("Redis", found["redis"]),
        *((f"fault: {name}", f"{times} times") for name, times in found["faults made"].items()),
        ("texts on which the classifier failed, by", ", ".join(found["classifier"]) or "none"),
        ("the disk was full by", found["ways a disk was full"]),
        ("times an API or a worker was started again", f"{sum(found['restarts'].values())}"),
        ("times Redis ended; of these of a full disk", f"{sum(exits.values())}; {exits.get('1', 0)}"),
        ("commands refused: no memory; failed snapshot", f"{refused.get('OOM', 0)}; {refused.get('MISCONF', 0)}"),
        ("answers 503, each with `Retry-After`", f"{unavailable:,}"),
        ("requests without an answer", f"{none:,}"),
        ("longest time in which nothing was accepted", f"{found['longest outage in seconds']} s"),
        ("slowest answer to a writer", f"{found['slowest answer in seconds']} s"),
        ("lists read; live events received", f"{found['lists read']:,}; {found['live events']:,}"),
        ("different texts shown to readers", f"{found['texts shown']:,}"),
        ("withdrawn; rewritten; decided by a moderator", "; ".join(map(str, changed))),
        ("put before a human; of these harmless", f"{found['buried']}; {found['buried though harmless']}"),
        ("until nothing waited, after the last submission", f"{found['settled after seconds']} s"),
        ("Redis's memory; a fresh one's with the same data", f"{used:.1f} MB; {fresh:.1f} MB"),
        ("resident memory of each API", _resident(found, "api")),
        ("resident memory of each worker", _resident(found, "worker")),
        ("lost, doubled, undecided, decided twice, wrongly shown, miscounted", f"**{found['faults found']}**"),
    ]


def _resident(found: dict[str, Any], kind: str) -> str:
    sizes = [n for name, n in found["resident bytes at the end"].items() if name.startswith(kind)]
    return ", ".join(f"{size / _MEGA:.0f} MB" for size in sizes)


def lines(outcome: Outcome) -> list[str]:
    """Say what happened."""
    found = as_json(outcome)
    return [
        *(f"{name}: {value}".rstrip(": ") for name, value in _rows(found)),
        *map("left out: {}".format, outcome.left_out),
    ]


def table(found: dict[str, Any]) -> str:
    """Write a run as a table."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in _rows(found))
    return f"{_BEGIN}\n\n| figure | value |\n| --- | --- |\n{rows}\n\n{_END}"


def with_table(page: str, found: dict[str, Any]) -> str:
    """Put the table into the page, in place of the last one."""
    return re.sub(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", lambda _: table(found), page, count=1, flags=re.DOTALL)


def write(outcome: Outcome) -> None:
    """Write the figures where the documentation has them."""
    found = as_json(outcome)
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
