"""The text of a comment that is HTML, with the place of every character in what was sent."""

import html
import re
from array import array
from typing import NamedTuple

# A tag ends before the next one begins: 10,000 times `<a` must not be read 10,000 times over.
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?:script|style)\b[^<>]*>.*?(?:</(?:script|style)[^<>]*>|\Z)|</?[a-zA-Z!?][^<>]*>"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});",
    re.DOTALL | re.IGNORECASE,
)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|em|font|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u)\b", re.IGNORECASE
)


class Stripped(NamedTuple):
    """A text without its markup; `starts` and `ends` are each character's place in the original, in code points."""

    text: str
    starts: "array[int]"
    ends: "array[int]"

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map the non-empty passage [start, end) to the passage of the original that it came from."""
        return self.starts[start], self.ends[end - 1]


def strip(source: str) -> Stripped:
    """Drop tags, comments, scripts and styles, and read character references; a block's tag reads as a blank."""
    pieces: list[str] = []
    starts, ends = array("l"), array("l")
    done = 0

    def keep(piece: str, first: int, last: int, *, whole: bool) -> None:
        pieces.append(piece)
        places = [first] * len(piece) if whole else range(first, last)
        starts.extend(places)
        ends.extend([last] * len(piece) if whole else range(first + 1, last + 1))

    for found in _MARKUP.finditer(source):
        start, end = found.span()
        keep(source[done:start], done, start, whole=False)
        if source[start] == "&":
            keep(html.unescape(found[0]), start, end, whole=True)
        elif not _INLINE.match(found[0]):
            keep(" ", start, end, whole=True)
        done = end
    keep(source[done:], done, len(source), whole=False)
    return Stripped("".join(pieces), starts, ends)
