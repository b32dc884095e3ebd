"""What the page says of chaos is what a run wrote, and the command it names is there."""

import json
import subprocess

from click.testing import CliRunner

from tests.chaos.__main__ import main
from tests.chaos.plan import FAULTS
from tests.chaos.report import FIGURES, PAGE, with_table
from tests.processes import ROOT


def test_the_page_has_the_figures_of_the_last_full_run() -> None:
    found, page = json.loads(FIGURES.read_text()), PAGE.read_text()
    assert page == with_table(page, found)
    assert found["submissions"] >= 20_000
    assert found["faults found"] == 0
    # Every fault was made, or the page says which was not.
    left_out = {line.partition(":")[0] for line in found["left out"]}
    assert {*found["faults made"], *found["classifier"], *left_out} == set(FAULTS)


def test_every_fault_is_described() -> None:
    page = PAGE.read_text()
    assert [name for name in FAULTS if f"`{name}`" not in page] == []


def test_the_recipe_hands_its_words_on() -> None:
    said = subprocess.run(
        ["make", "-n", "--no-print-directory", "chaos", "CHAOS=--seed 7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.rstrip().endswith("-m tests.chaos --seed 7")


def test_the_command_knows_its_faults() -> None:
    said = CliRunner().invoke(main, ["--faults", "kill-worker,flood"])
    assert said.exit_code == 2
    assert "there is no fault flood" in said.output
    options = CliRunner().invoke(main, ["--help"]).output
    assert [
        name
        for name in ("--seed", "--submissions", "--faults", "--rounds", "--minutes", "--write")
        if name not in options
    ] == []
