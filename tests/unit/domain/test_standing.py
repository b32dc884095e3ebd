"""How a thread stands: its own settings, the policy's, and the days that go by."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.rule_settings import ThreadsRule
from service.domain.site import Thread
from service.domain.standing import Standing, control_faults, standing_of, thread_rule_faults

MADE = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = ThreadsRule(slow_seconds=30, close_after_days=10)


def test_a_thread_nobody_made_is_open() -> None:
    assert standing_of(None, RULE, MADE) == Standing(slow_seconds=30)


@pytest.mark.parametrize(
    ("own", "days", "closed"),
    [(None, 9.9, False), (None, 10, True), (3, 3, True), (3, 2.9, False), (20, 15, False), (0, 5000, False)],
)
def test_days_are_the_thread_s_own_or_the_policy_s(own: int | None, days: float, closed: bool) -> None:  # noqa: FBT001 - a row
    standing = standing_of(Thread(key="t", close_after_days=own, since=MADE), RULE, MADE + days * DAY)
    assert standing.closed is closed
    ends = {None: 10, 3: 3, 20: 20, 0: None}[own]
    assert standing.closes_at == (None if closed or ends is None else MADE + ends * DAY)


def test_a_closed_thread_is_closed_whatever_its_age() -> None:
    standing = standing_of(Thread(key="t", closed=True, since=MADE, notice="Bye."), RULE, MADE)
    assert (standing.closed, standing.closes_at, standing.notice) == (True, None, "Bye.")


@pytest.mark.parametrize(("own", "slow"), [(None, 30), (0, 0), (5, 5)])
def test_slowness_is_the_thread_s_own_or_the_policy_s(own: int | None, slow: int) -> None:
    assert standing_of(Thread(key="t", slow_seconds=own), RULE, MADE).slow_seconds == slow


def test_each_control_is_bounded_where_it_is_named() -> None:
    bad = Thread(key="t", slow_seconds=86_401, close_after_days=-1, notice="x" * 501, section="a\nb")
    fields = frozenset({"slow_seconds", "close_after_days", "notice", "section"})
    assert [f.path for f in control_faults(bad, fields)] == [
        "$.slow_seconds",
        "$.close_after_days",
        "$.notice",
        "$.section",
    ]
    assert list(control_faults(bad, frozenset({"closed"}))) == []
    good = Thread(key="t", slow_seconds=None, close_after_days=0, notice="Be kind.", section="sports")
    assert list(control_faults(good, fields)) == []


def test_the_policy_s_defaults_are_bounded() -> None:
    assert list(thread_rule_faults(RULE)) == []
    assert len(list(thread_rule_faults(ThreadsRule(slow_seconds=-1, close_after_days=0)))) == 2
