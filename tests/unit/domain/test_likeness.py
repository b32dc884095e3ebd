"""Near-duplicates are found together, others are not, and each group has a name that every process finds."""

import random
import subprocess
import sys

from service.domain.likeness import ROOMS, alike, like, likeness, sketch_of

ADVERT = "Earn 500 a day from home, write to me for the secret of my success"
OTHERS = [
    "The mill has stood here since 1802 and nobody has painted it since.",
    "I disagree with the author: the weir was built before the mill.",
    "What a load of rubbish, my cat writes better than this paper.",
    "",
    "ok",
    "no",
]


def varied(text: str, rng: random.Random) -> str:
    """Write a text as a spammer varies it."""
    words = text.split()
    words[rng.randrange(len(words))] = rng.choice(["really", "friends", "quick"])
    return f"{' '.join(words)} {'!' * rng.randrange(4)} {rng.randrange(1000)}"


def test_variants_are_together_and_others_alone() -> None:
    rng = random.Random(1)
    texts = {f"a{number:02}": varied(ADVERT, rng) for number in range(60)}
    texts |= {f"b{number}": text for number, text in enumerate(OTHERS)}
    groups = alike({name: sketch_of(text) for name, text in texts.items()})
    assert groups["a00"] == [name for name in texts if name.startswith("a")]
    assert [len(ids) for name, ids in groups.items() if name != "a00"] == [1] * len(OTHERS)
    assert set(like(sketch_of(ADVERT), {name: sketch_of(text) for name, text in texts.items()})) >= set(groups["a00"])


def test_disguises_and_case_do_not_tell_texts_apart() -> None:
    assert sketch_of("A Fine   Morning") == sketch_of("a fine morning") == sketch_of("\uff41 fine m\u200borning")
    assert likeness(sketch_of(ADVERT), sketch_of(OTHERS[0])) < 0.2
    assert len(sketch_of("")) == len(sketch_of("x" * 100_000)) == len(sketch_of("\ud800")) == ROOMS


def test_every_process_sketches_alike() -> None:
    script = f"from service.domain.likeness import sketch_of; print(sketch_of({ADVERT!r}))"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(sketch_of(ADVERT))
