"""What a form tells of itself beside the comment."""

from msgspec import Struct


class FormSignals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a form was filled; what is left out is no sign of anything.

    `trap` is what stands in an input that people do not see. `seconds` is how long the form was open, by a clock that
    only goes forward; a form that brought a draft back leaves it out, for nobody knows how long that took to write.
    """

    trap: str = ""
    seconds: float | None = None
