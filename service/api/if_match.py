"""The version that a write replaces, as `If-Match` names it."""

from service.domain.errors import Precondition


def if_match(header: str | None) -> int | None:
    """Read a version in quotes; nothing without the header, raises Precondition for anything else."""
    if header is None:
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 15:  # noqa: PLR2004 - more digits than any version has
        message = f"If-Match must be the policy's version in quotes, not {header[:40]}."
        raise Precondition(message)
    return int(text)
