"""What goes wrong when: drawn from the seed before anything is started, so that a seed is a whole run."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

# What happens to processes and their clocks, and what happens to Redis and the way to it: one of each at a time.
PROCESSES = ("kill-worker", "kill-api", "stop-worker", "stop-api", "clock")
STORAGE = (
    *("kill-redis", "restart-redis", "stop-redis", "cut", "tear", "deaf", "delay"),
    *("disk-full", "misconf", "out-of-memory"),
)
# What the classifier does with a part of the texts.
CLASSIFIER = ("raise", "nan", "hang")
FAULTS = (*PROCESSES, *STORAGE, *CLASSIFIER)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong once `mark` submissions are accepted."""

    mark: int
    name: str
    victim: int
    size: float

    def __str__(self) -> str:
        """Say it in a line of a log."""
        return f"at {self.mark}: {self.name} (victim {self.victim}, size {self.size:.2f})"


def draw(seed: int, submissions: int, names: Sequence[str], rounds: int) -> tuple[list[Fault], list[Fault]]:
    """Draw the faults of processes and those of the storage, each in order of their marks; each name `rounds` times."""
    plans = []
    for group in (PROCESSES, STORAGE):
        rng = random.Random(f"{seed}:{group[0]}")
        chosen = [name for _ in range(rounds) for name in rng.sample(group, len(group)) if name in names]
        marks = sorted(int(submissions * rng.uniform(0.02, 0.9)) for _ in chosen)
        plans.append(
            [Fault(mark, name, rng.randrange(60), rng.random()) for mark, name in zip(marks, chosen, strict=True)]
        )
    return plans[0], plans[1]
