"""What a classifier says of a text."""

from typing import Literal, get_args

from msgspec import Struct

Label = Literal["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "sexual_explicit"]
LABELS: tuple[Label, ...] = get_args(Label)


class Scores(Struct, frozen=True, kw_only=True):
    """One probability in [0, 1] per label, four decimals, and which classifier gave them."""

    labels: dict[str, float]
    classifier: str
    version: str
    hash: str
