"""What is submitted: every text of its own, with the verdict that it must get, drawn from the seed and its number."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.domain.status import Status

THREADS = tuple(f"/{name}" for name in ("weir", "mill", "ford", "lock", "quay"))
FINE, DOUBTFUL, FOUL = "A fine morning at the mill.", "You fool, the weir is closed.", "What an idiot wrote this."
_VERDICTS: dict[str, Status] = {FINE: "approved", DOUBTFUL: "held", FOUL: "rejected"}
# A hanging text costs a worker four times four claim times: a handful is plenty.
_HANGS = 3
_POISON_SHARE = 0.002
_LATER_SHARE = 0.02


@dataclass(frozen=True)
class Draft:
    """One submission to come: `verdict` is what a worker must say of it, nothing for what cannot be judged."""

    number: int
    thread: str
    body: str
    verdict: Status | None
    reply: bool
    twice: bool
    later: str
    key: str


def drafts(seed: int, submissions: int, faults: Collection[str]) -> Sequence[Draft]:
    """Draw every submission of a run; each kind of poison that is asked for is there at least once."""
    rng = random.Random(f"{seed}:texts")
    marks = {name: f"[{name}]" for name in ("raise", "nan", "hang") if name in faults}
    poison = {}
    for name, mark in marks.items():
        hangs = name == "hang"
        times = min(_HANGS, 1 + submissions // 5_000) if hangs else 1 + int(submissions * _POISON_SHARE)
        # What hangs comes early, for it is found out last.
        poison.update(dict.fromkeys(rng.sample(range(submissions // 4 if hangs else submissions), times), mark))
    made = []
    for number in range(submissions):
        kind = rng.choices((FINE, DOUBTFUL, FOUL), (6, 2, 2))[0]
        draws = [rng.random() for _ in range(4)]
        mark = poison.get(number, "")
        later = "edit" if draws[2] < _LATER_SHARE / 2 else "withdraw" if draws[2] < _LATER_SHARE else ""
        made.append(
            Draft(
                number=number,
                thread=rng.choice(THREADS),
                body=f"{kind} It is note {number} of this book. {mark}".strip(),
                verdict=None if mark else _VERDICTS[kind],
                reply=draws[0] < 0.15,
                twice=draws[1] < 0.05,
                later="" if mark else later,
                key=f"{seed:x}-{number:08d}-{rng.getrandbits(64):016x}",
            )
        )
    return made


def rewritten(draft: Draft) -> str:
    """Give what the author of a draft makes of it."""
    return f"{FINE} Note {draft.number} was written anew."
