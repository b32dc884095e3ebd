"""Comments to send: real ones where labelled data lies at hand, else generated ones."""

import random
from collections.abc import Iterator
from pathlib import Path

POINTS = 10_000
_OPENINGS = (
    "I read the whole article twice",
    "My neighbours and I talked about this last night",
    "The council said the same thing in March",
    "As somebody who takes this bus every day",
    "Thank you for writing about the library",
    "Perhaps the figures in the second table are older",
)
_MIDDLES = (
    "and I still wonder who will pay for the new bridge",
    "and the market square would be a better place for it",
    "but the photographs show a different street",
    "because the school opens an hour earlier in winter",
    "although the river was much higher in the spring",
    "so a longer interview with the engineer would help",
)
_LENGTHS = (40, 90, 150, 230, 330, 480, 700, 1050)


def sentence(numbers: random.Random) -> str:
    """Make one harmless English sentence."""
    return f"{numbers.choice(_OPENINGS)}, {numbers.choice(_MIDDLES)}, number {numbers.randrange(10_000)}."


def exactly(length: int, numbers: random.Random) -> str:
    """Make a harmless text of a length in characters."""
    text = ""
    while len(text) < length:
        text += sentence(numbers) + " "
    return text[: length - 1] + "."


def generated(count: int) -> Iterator[str]:
    """Make texts of mixed lengths, 380 characters on average, the same at every run."""
    numbers = random.Random(1)
    for _ in range(count):
        yield exactly(numbers.choice(_LENGTHS), numbers)


def comments(data: Path | None, count: int) -> tuple[list[str], str]:
    """Give texts of at most 10,000 code points and say what they are; labelled data needs pyarrow."""
    source = data / "train.parquet" if data is not None else None
    if source is None or not source.is_file():
        return list(generated(count)), "generated texts: no train.parquet was given"
    # Only this measurement of real texts needs the package.
    from pyarrow import parquet  # noqa: PLC0415

    column = parquet.read_table(source, columns=["text"]).column("text")
    # Every so many rows, for the file is ordered by source.
    step = max(1, len(column) // count)
    found = [str(column[row]).strip()[:POINTS] for row in range(0, len(column), step)]
    return [text for text in found if text][:count], f"{count:,} comments of train.parquet"
