"""`python -m benchmarks.rules --data DIR`: how many harmless comments each rule on texts holds, and what it costs.

Read on the dev rows of the labelled comments; harmless is whom fewer than half of the annotators called toxic. With
`--write` the table goes into docs/POLICY.md, between its marks.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from benchmarks.findings import DATASETS
from service.domain.comment import Author
from service.domain.policy import Facts, Policy, Rule
from service.domain.rules.links import links
from service.domain.rules.personal_data import personal_data
from service.domain.rules.shouting import shouting
from service.domain.rules.spam import spam
from service.domain.rules.words import words
from service.domain.scores import Scores
from service.domain.text import normalise
from workers.training import data

PAGE = Path(__file__).parent.parent / "docs" / "POLICY.md"
BEGIN, END = "<!-- python -m benchmarks.rules -->", "<!-- end -->"
RULES: Sequence[Rule] = (words, links, shouting, personal_data, spam)
_SCORES = Scores(labels={}, classifier="none", version="0", hash="")
_POLICY = Policy(version=1, classifier="none", mode="hybrid", thresholds={})
_AUTHOR = Author(key="0", strength="claimed", name="Anna")
# What the sources are: the share that a rule holds differs with what people write there.
_KINDS = {"civil_spans": "news site"}
_ELSEWHERE = "talk pages"
_YARDSTICK = "beside them: the normaliser"


def facts_of(text: str) -> Facts:
    """Give what the rules on texts look at, under the default settings."""
    return Facts(
        body=text,
        scores=_SCORES,
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=_POLICY,
        author=_AUTHOR,
    )


class Tally:
    """Comments of one kind: how many, how many each rule held, how many any did."""

    def __init__(self) -> None:
        """Start with none."""
        self.comments = 0
        self.held: Counter[str] = Counter()

    def add(self, facts: Facts) -> set[str]:
        """Count one comment; returns the codes that it was held for."""
        found = {
            f"{finding.reason.rule} {finding.reason.code}"
            for rule in RULES
            for finding in rule(facts)
            if finding.outcome != "note"
        }
        self.comments += 1
        self.held.update({name.partition(" ")[0] for name in found})
        self.held["together"] += bool(found)
        return found


def _costs(facts: Sequence[Facts]) -> dict[str, float]:
    """Measure each rule's CPU in microseconds a comment, one after the other as in a worker, the best of three.

    The normaliser, which every classifier of this project runs, is the yardstick beside them.
    """
    best: dict[str, float] = {}
    for _round in range(3):
        steps: dict[str, Callable[[Facts], object]] = {rule.__name__: rule for rule in RULES}
        steps[_YARDSTICK] = lambda one: normalise(one.body, 10_000)
        taken = dict.fromkeys(steps, 0.0)
        for one in facts:
            for name, step in steps.items():
                start = time.process_time()
                step(one)
                taken[name] += time.process_time() - start
        best = {name: min(best.get(name, seconds), seconds) for name, seconds in taken.items()}
    return {name: 1e6 * seconds / len(facts) for name, seconds in best.items()}


@click.command()
@click.option("--data", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar=DATASETS)
@click.option("--write", is_flag=True, help="Put the table into docs/POLICY.md.")
@click.option("--show", default="", help="Print the texts held for this code.")
def main(folder: Path | None, *, write: bool, show: str) -> None:
    """Count what the default rules hold of harmless comments."""
    if folder is None:
        message = f"Name the labelled comments: --data DIR or {DATASETS}."
        raise click.UsageError(message)
    rows = data.dev(folder)
    tallies: dict[str, Tally] = {}
    harmless: list[Facts] = []
    for text, toxicity, source in zip(*_asked(rows), strict=True):
        facts = facts_of(text.strip()[:10_000])
        if toxicity >= data.ABUSIVE:
            tallies.setdefault("toxic", Tally()).add(facts)
            continue
        harmless.append(facts)
        codes = tallies.setdefault(_KINDS.get(str(source), _ELSEWHERE), Tally()).add(facts)
        tallies.setdefault("harmless", Tally()).add(facts)
        if show and any(show in code for code in codes):
            click.echo(f"{sorted(codes)}: {facts.body!r}", err=True)
    shown = _table(tallies, _costs(harmless))
    click.echo(shown)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.partition(BEGIN)[0], page.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{shown}\n{END}{after}", encoding="utf-8")


def _asked(rows: data.Labelled) -> tuple[list[str], list[float], list[str]]:
    """Leave out comments that nobody was asked about."""
    known = [at for at, toxicity in enumerate(rows.labels[:, 0]) if not math.isnan(toxicity)]
    return [rows.texts[at] for at in known], rows.labels[known, 0].tolist(), rows.sources[known].tolist()


def _table(tallies: dict[str, Tally], costs: dict[str, float]) -> str:
    columns = ["harmless", *sorted(tallies.keys() - {"harmless", "toxic"}), "toxic"]
    heads = [f"{name} ({tallies[name].comments:,})" for name in columns]
    lines = [["held by default", *heads, "CPU a comment"], ["---"] * (len(columns) + 2)]
    for rule in (*(rule.__name__ for rule in RULES), "together"):
        shares = [f"{100 * tallies[name].held[rule] / tallies[name].comments:.2f} %" for name in columns]
        cost = costs[rule] if rule in costs else sum(costs[one.__name__] for one in RULES)
        lines.append([f"`{rule}`" if rule in costs else rule, *shares, f"{cost:.1f} µs"])
    lines.append([_YARDSTICK, *("" for _ in columns), f"{costs[_YARDSTICK]:.1f} µs"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
