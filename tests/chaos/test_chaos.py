"""Everything breaks once while submissions flow; `make chaos` does it again and again, with another seed each time."""

from pathlib import Path

import pytest

from tests.chaos.plan import FAULTS, PROCESSES, STORAGE, draw
from tests.chaos.run import Options, missed, run
from tests.chaos.texts import drafts

SEED = 4


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_is_a_whole_run(seed: int) -> None:
    assert drafts(seed, 300, FAULTS) == drafts(seed, 300, FAULTS) != drafts(seed + 1, 300, FAULTS)
    processes, storage = draw(seed, 300, FAULTS, 2)
    assert (processes, storage) == draw(seed, 300, FAULTS, 2)
    assert sorted(fault.name for fault in processes) == sorted(PROCESSES * 2)
    assert sorted(fault.name for fault in storage) == sorted(STORAGE * 2)
    for poison in ("[raise]", "[nan]", "[hang]"):
        assert any(poison in draft.body for draft in drafts(seed, 300, FAULTS))


async def test_nothing_is_lost_or_doubled_through_kill_9(short_path: Path) -> None:
    folder = short_path / "c"
    folder.mkdir()
    # A text that hangs takes four claim times four times; what becomes of it is tested without all this.
    faults = [name for name in FAULTS if name != "hang"]
    options = Options(seed=SEED, submissions=800, faults=faults, minutes=4, claim_seconds=1, rounds=1)
    outcome = await run(options, folder, print)
    assert outcome.faults == []
    assert missed(outcome) == []
    assert outcome.figures["submissions"] == options.submissions
    # Redis said no for the reasons that were meant.
    assert outcome.figures["refused by redis"]["MISCONF"] > 0
    assert outcome.figures["refused by redis"]["OOM"] > 0
    assert outcome.figures["redis exits"]["1"] == 1
