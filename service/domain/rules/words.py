"""Terms that the site does not want, or wants looked at."""

from collections.abc import Iterator

from service.domain.comment import Reason
from service.domain.matching import Place, matcher
from service.domain.policy import Facts, Finding, Outcome
from service.domain.text import normalise, normalise_with_offsets

# The count tells how many there are; a trail is kept for ever, and a wall of one word needs no thousand places.
SPANS = 20
_BLANK = str.maketrans("\n\t\r", "   ")


def words(facts: Facts) -> tuple[Finding, ...]:
    """Reject for a banned term and hold for a suspect one; in the author's name either holds.

    No reason bears the term itself: the place says enough to whoever may read the text.
    """
    terms = facts.policy.rules.words
    if not terms.banned and not terms.suspect:
        return ()
    return tuple(_in_body(facts)) + tuple(_in_name(facts))


def _in_body(facts: Facts) -> Iterator[Finding]:
    terms, body = facts.policy.rules.words, facts.body
    lists: tuple[tuple[Outcome, str, tuple[str, ...]], ...] = (
        ("reject", "banned-word", terms.banned),
        ("hold", "suspect-word", terms.suspect),
    )
    plain = normalise(body, len(body))
    for outcome, code, listed in lists:
        places = matcher(listed).find(plain) if listed else []
        if places:
            spans = _written(body, plain, places[:SPANS])
            yield Finding(outcome=outcome, reason=Reason(rule="words", code=code, count=len(places), spans=spans))


def _written(body: str, plain: str, places: list[Place]) -> tuple[Place, ...]:
    """Give the places in what was written, of places in what was read."""
    stripped = body.strip()
    if body.isascii() and stripped.lower().translate(_BLANK) == plain:
        # Nothing was disguised: every letter is where it was, and no alignment need be made.
        shift = len(body) - len(body.lstrip())
        return tuple((start + shift, end + shift) for start, end in places)
    aligned = normalise_with_offsets(body, len(body))
    return tuple(aligned.original(*place) for place in places)


def _in_name(facts: Facts) -> Iterator[Finding]:
    terms = facts.policy.rules.words
    plain = normalise(facts.author.name) if facts.author else ""
    if plain and any(matcher(listed).find(plain) for listed in (terms.banned, terms.suspect) if listed):
        yield Finding(outcome="hold", reason=Reason(rule="words", code="word-in-name"))
