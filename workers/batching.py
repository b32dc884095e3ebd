"""Micro-batches: texts of like length together, within a budget."""

from collections.abc import Iterator, Sequence

# Characters, not tokens: every classifier's tokens are a few characters each, and the budget's exact size hardly
# matters (256 to 1,024 tokens a batch were the same within noise for BERT).
BUDGET = 32_768
MOST = 128


def micro_batches(texts: Sequence[str], *, budget: int = BUDGET, most: int = MOST) -> Iterator[list[int]]:
    """Yield positions of the texts, shortest first, so that no batch is mostly padding.

    A batch costs the longest of its texts times their number; one text beyond the budget goes alone.
    """
    current: list[int] = []
    for position in sorted(range(len(texts)), key=lambda i: len(texts[i])):
        cost = len(texts[position]) * (len(current) + 1)
        if current and (cost > budget or len(current) >= most):
            yield current
            current = []
        current.append(position)
    if current:
        yield current
