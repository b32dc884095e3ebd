"""Micro-batches: everything once, like with like, within the budget."""

from hypothesis import given
from hypothesis import strategies as st

from workers.batching import micro_batches


@given(
    st.lists(st.integers(min_value=0, max_value=120), max_size=60),
    st.integers(min_value=1, max_value=300),
    st.integers(min_value=1, max_value=10),
)
def test_every_text_is_in_one_batch_within_its_bounds(lengths: list[int], budget: int, most: int) -> None:
    texts = ["x" * length for length in lengths]
    batches = list(micro_batches(texts, budget=budget, most=most))
    assert sorted(position for batch in batches for position in batch) == list(range(len(texts)))
    for batch in batches:
        longest = max(lengths[position] for position in batch)
        assert len(batch) <= most
        assert len(batch) == 1 or longest * len(batch) <= budget
    order = [lengths[position] for batch in batches for position in batch]
    assert order == sorted(order)


def test_nothing_makes_no_batch() -> None:
    assert list(micro_batches([])) == []
