"""Whether a policy's settings about what is around a comment can be accepted."""

import math
from collections.abc import Iterator

from service.domain.errors import Fault
from service.domain.policy import Policy
from service.domain.skeletons import name_skeleton
from service.domain.submission import NAME_POINTS

# Of a text's times 64 are kept, and of an author's comments 40 looked at.
COUNTS = 50
HOURS = 7 * 24
RECORD = 20
MINUTES = 24 * 60
LETTERS = 1_000
SECONDS = 60
NAMES = 200
# Before a minute is over nothing is late; after a week nobody waits any more.
LATE_SECONDS = (60, 7 * 86_400)


def _within(path: str, value: float, lowest: float, highest: float) -> Iterator[Fault]:
    # Written so that what is no number is refused.
    if not lowest <= value <= highest:
        yield Fault(path=path, message=f"is not in {lowest} to {highest}")


def context_faults(policy: Policy) -> Iterator[Fault]:
    """Find what is wrong with the rules about repeats, records, forms, names and lateness."""
    rules = policy.rules
    yield from _within("$.rules.repeats.by_author", rules.repeats.by_author, 1, COUNTS)
    yield from _within("$.rules.repeats.by_anyone", rules.repeats.by_anyone, 1, COUNTS)
    yield from _within("$.rules.repeats.hours", rules.repeats.hours, 1, HOURS)
    yield from _within("$.rules.repeats.least", rules.repeats.least, 1, LETTERS)
    yield from _within("$.rules.duplicate.minutes", rules.duplicate.minutes, 1, MINUTES)
    yield from _within("$.rules.first_comment.approved", rules.first_comment.approved, 1, RECORD)
    yield from _within("$.rules.record.of", rules.record.of, 1, RECORD)
    if not 0 < rules.record.rejected_share <= 1:
        yield Fault(path="$.rules.record.rejected_share", message="is not in (0, 1]")
    least = rules.automated.least_seconds
    yield from _within("$.rules.automated.least_seconds", least if math.isfinite(least) else -1, 0, SECONDS)
    yield from _within("$.on_classifier_late.after_seconds", policy.on_classifier_late.after_seconds, *LATE_SECONDS)
    yield from _name_faults(rules.names.reserved)


def _name_faults(reserved: tuple[str, ...]) -> Iterator[Fault]:
    if len(reserved) > NAMES:
        yield Fault(path="$.rules.names.reserved", message=f"has more than {NAMES} names")
    for position, name in enumerate(reserved[:NAMES]):
        if len(name) > NAME_POINTS:
            yield Fault(path=f"$.rules.names.reserved[{position}]", message=f"is longer than {NAME_POINTS} characters")
        elif not name_skeleton(name):
            yield Fault(path=f"$.rules.names.reserved[{position}]", message="has neither a letter nor a digit")
