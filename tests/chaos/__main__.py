"""`python -m tests.chaos`: break everything while thousands of submissions flow, and check what is left."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.plan import FAULTS
from tests.chaos.report import lines, write
from tests.chaos.run import Options, missed, run

_SHOWN = 50


@click.command()
@click.option("--seed", type=int, default=None, help="Draws texts and faults; a random one is made and printed.")
@click.option("--submissions", type=click.IntRange(100), default=20_000, show_default=True)
@click.option("--faults", default=",".join(FAULTS), help=f"Only these, with commas: {', '.join(FAULTS)}.")
@click.option("--minutes", type=float, default=10.0, show_default=True, help="Submissions end after so long.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often each fault happens.")
@click.option("--write", "to_docs", is_flag=True, help="Write the figures into docs/.")
def main(*, seed: int | None, submissions: int, faults: str, minutes: float, rounds: int, to_docs: bool) -> None:
    """Run once; exits with 1 when anything is wrong in the end."""
    names = [name for name in faults.split(",") if name]
    unknown = sorted(set(names) - set(FAULTS))
    if unknown:
        message = f"there is no fault {', '.join(unknown)}"
        raise click.BadParameter(message)
    chosen = {"seed": seed} if seed is not None else {}
    options = Options(submissions=submissions, faults=names, minutes=minutes, rounds=rounds, **chosen)
    click.echo(f"seed {options.seed}; the same again: {_again(options)}")
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    outcome = asyncio.run(run(options, folder, click.echo))
    click.echo("\n".join(lines(outcome)))
    if outcome.faults:
        click.echo(f"\n{len(outcome.faults)} faults; the logs stay in {folder}")
        click.echo("\n".join(outcome.faults[:_SHOWN]))
        sys.exit(1)
    shutil.rmtree(folder)
    for name in missed(outcome):
        click.echo(f"not reached: {name}")
    if outcome.figures["submissions"] < submissions:
        click.echo(f"stopped after {minutes:g} minutes, before all {submissions:,} were submitted")
    if to_docs:
        write(outcome)
    click.echo("Nothing is lost, doubled or shown that must not be.")


def _again(options: Options) -> str:
    words = f"--seed {options.seed} --submissions {options.submissions} --rounds {options.rounds}"
    if tuple(options.faults) != FAULTS:
        words += f" --faults {','.join(options.faults)}"
    return f"make chaos CHAOS='{words}'"


if __name__ == "__main__":
    main()
