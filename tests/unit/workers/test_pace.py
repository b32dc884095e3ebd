"""The pace: a second's work at once, for a slow model and a fast one."""

from hypothesis import given
from hypothesis import strategies as st

from workers.pace import FIRST_CHARACTERS, SHORT_SECONDS, SLICE_SECONDS, Pace


def portions(pace: Pace, sizes: list[int]) -> list[list[int]]:
    return list(pace.portions([(size, size) for size in sizes], seconds=1.0))


def test_a_slow_model_is_given_less_and_a_fast_one_more() -> None:
    slow, fast = Pace(), Pace()
    for _ in range(10):
        slow.note([400] * 5, 1.0)
        fast.note([400] * 500, 0.1)
    assert slow.entries(256) == 5
    assert fast.entries(256) == 256
    assert [len(portion) for portion in portions(slow, [400] * 15)] == [5, 5, 5]
    assert len(portions(fast, [400] * 256)) == 1


def test_one_text_beyond_a_second_s_work_goes_alone() -> None:
    long = int(FIRST_CHARACTERS) * 2
    assert portions(Pace(), [10, long, 10]) == [[10], [long], [10]]


def test_a_model_that_stands_still_still_gets_one() -> None:
    pace = Pace()
    for _ in range(40):
        pace.note([10], 3600.0)
    assert pace.entries(256) == 1
    assert [len(portion) for portion in portions(pace, [10, 10])] == [1, 1]


@given(st.lists(st.integers(0, 10_000), max_size=300))
def test_nothing_is_left_out_or_put_in_another_order(sizes: list[int]) -> None:
    assert [size for portion in portions(Pace(), sizes) for size in portion] == sizes


def test_slices_are_short_only_while_somebody_asks_past_the_queue() -> None:
    clock = [100.0]
    pace = Pace(lambda: clock[0])
    assert pace.slice_seconds == SLICE_SECONDS
    pace.hurry()
    clock[0] += 9.0
    assert pace.slice_seconds == SHORT_SECONDS
    assert [len(portion) for portion in pace.portions([(n, 400) for n in range(8)])] == [2, 2, 2, 2]
    clock[0] += 2.0
    assert pace.slice_seconds == SLICE_SECONDS
    assert [len(portion) for portion in pace.portions([(n, 400) for n in range(16)])] == [15, 1]
