"""The marks of spam: bait to get in touch, offers beside links, the same thing over and over."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from service.domain.comment import Reason
from service.domain.hosts import Link, among, links_in, plain_hosts
from service.domain.policy import Facts, Finding
from service.domain.text import normalise, normalise_with_offsets

SAME_HOST = 2
"""Links to one host that are no mark yet."""
FEW_LETTERS = 12
"""Letters beside its links from which a comment says something."""
_REPEATED = 0.34
_LEAST_WORDS = 24
_LEAST_POINTS = 120
_SHINGLE = 8

_MESSENGER = r"(?:whats? ?app|telegram|viber|we ?chat|snap ?chat|skype|kik|discord|signal|hangouts?|icq)"
_ASK = (
    r"(?:(?:text|message|msg|contact|reach|add|dm|pm|write|call|inbox|chat|talk|join|find|ping|hmu|hit)"
    r" (?:to |with |up )?(?:me|us|him|her|them|my|our)|schreib(?:t|en sie)? mir|melde? dich|escribeme|contactame"
    r"|contactez[ -]moi|ecrivez[ -]moi|scrivimi|contattami|me chama)"
)
# Read in the normalised text, where an address is "url" or "mail" and a long number is 9.
_BAIT = re.compile(
    rf"\b{_ASK}\b[^.!?]{{0,30}}\b{_MESSENGER}\b"
    rf"|\b{_MESSENGER}\b\W{{0,3}}(?:(?:me|us|no|number|num|nr|group|channel|chat|id|handle|at|on)\b\W{{0,3}}){{0,2}}"
    r"(?:[@+] ?\w{2}|url\b|\d[\d ()-]{5}|9\b)"
    r"|\b(?:whats ?app|telegram|viber|skype|snap ?chat|wechat) me\b"
)
_STEMS = ("whats", "telegram", "viber", "chat", "skype", "kik", "discord", "signal", "hangout", "icq")
# What reading in full may turn into one of those: digits or signs in words, letters apart, other alphabets. Each begins
# with few characters: several such expressions are much quicker than one that begins with any of them.
_DISGUISED = (
    re.compile(r"[01345780@$!|](?<=[a-z].)[a-z]"),
    re.compile(r"[57$](?:kyp|ele|nap|ign)"),
    re.compile(r"[ .\-_*,/|][a-z][ .\-_*,/|]{1,2}[a-z][ .\-_*,/|]{1,2}[a-z](?![^\W_])"),
)
_FOREIGN = re.compile(r"[\u0250-\u02af\u0370-\u058f\u1d00-\u1dbf]")
_OFFER = re.compile(
    r"\b(?:earn|earning|made|making|win|paid)\b[^.!?]{0,30}(?:[$€£] ?\d|\d ?(?:dollars|usd|euros?)\b|\bper (?:day|hour"
    r"|week|month)\b|\b(?:daily|weekly|monthly|from home|online)\b)"
    r"|\bfree (?:gift|iphone|bonus|spins?|crypto|bitcoin|money|v ?bucks|robux)"
    r"|\b(?:buy|cheap|discount|order)\b[^.!?]{0,24}\b(?:viagra|cialis|pills|followers|likes|replica|backlinks|essays?)\b"
    r"|\b(?:crypto|bitcoin|forex|binary|trading)\b[^.!?]{0,40}\b(?:invest(?:ment|ing|or)?s?|profits?|signals|returns"
    r"|broker|expert)\b"
    r"|\brecover(?:y|ed)?\b[^.!?]{0,30}\b(?:funds|crypto|bitcoin|wallet)\b"
    r"|\b(?:online casino|casino bonus|free slots|sports betting|payday loans?|seo services?|escort services?)\b"
)
# Doors of messengers: a link there is an invitation.
_DOORS = frozenset(
    {"t.me", "telegram.me", "wa.me", "chat.whatsapp.com", "api.whatsapp.com", "discord.gg", "signal.group"}
)


def spam(facts: Facts) -> tuple[Finding, ...]:
    """Hold what bears a mark of spam; a mark proves nothing, so that it never rejects."""
    rules = facts.policy.rules
    if not rules.spam.enabled:
        return ()
    allowed = plain_hosts(rules.links.allowed)
    links = [link for link in links_in(facts.body) if not among(link.host, allowed)]
    reasons = [*_contact(facts.body, links), *_repetition(facts.body)]
    if links:
        reasons += _links(facts.body, links)
    return tuple(Finding(outcome="hold", reason=reason) for reason in reasons)


def _contact(body: str, links: list[Link]) -> Iterator[Reason]:
    spans = [(link.start, link.end) for link in links if link.host in _DOORS]
    plain = "" if spans else _suspicious(body)
    if plain and _BAIT.search(plain) is not None:
        aligned = normalise_with_offsets(body, len(body))
        spans = [aligned.original(*match.span()) for match in _BAIT.finditer(aligned.text)]
    if spans:
        yield Reason(rule="spam", code="contact-bait", spans=tuple(spans[:8]))


def _suspicious(body: str) -> str:
    """Give the normalised text if it names a messenger; most comments are seen not to before they are normalised."""
    low = body.lower()
    foreign = False
    if not low.isascii():
        foreign = _FOREIGN.search(low) is not None
        # Without marks, invisible characters and the many forms of Latin letters.
        low = unicodedata.normalize("NFKD", low).encode("ascii", "ignore").decode().lower()
    if not foreign and not any(stem in low for stem in _STEMS) and not any(one.search(low) for one in _DISGUISED):
        return ""
    plain = normalise(body, len(body))
    return plain if any(stem in plain for stem in _STEMS) else ""


def _links(body: str, links: list[Link]) -> Iterator[Reason]:
    spans = tuple((link.start, link.end) for link in links[:8])
    if _OFFER.search(normalise(body, len(body))) is not None:
        yield Reason(rule="spam", code="offer-with-link", spans=spans)
    ends = [0, *(link.end for link in links)]
    starts = [*(link.start for link in links), len(body)]
    beside = (body[end:start] for end, start in zip(ends, starts, strict=True))
    if sum(sum(map(str.isalpha, piece)) for piece in beside) < FEW_LETTERS:
        yield Reason(rule="spam", code="nothing-but-links", spans=spans)
    host, times = Counter(link.host for link in links).most_common(1)[0]
    if times > SAME_HOST:
        same = tuple((link.start, link.end) for link in links if link.host == host)
        yield Reason(rule="spam", code="same-host", count=times, limit=SAME_HOST, spans=same[:8])


def _repetition(body: str) -> Iterator[Reason]:
    """Find a text that is a small text written again and again: in words, or without blanks in letters."""
    words = body.split() if len(body) >= _LEAST_POINTS else []
    share = 1.0
    if len(words) >= _LEAST_WORDS:
        # Few words are different in what repeats itself: seldom true, and quicker to see than what follows.
        if len(set(words)) < 0.5 * len(words):
            share = len(set(zip(words, words[1:], words[2:], strict=False))) / (len(words) - 2)
    elif words and len(body) > 20 * len(words):
        pieces = [body[at : at + _SHINGLE] for at in range(len(body) - _SHINGLE + 1)]
        share = len(set(pieces)) / len(pieces)
    if share < _REPEATED:
        yield Reason(rule="spam", code="repeats-itself", score=round(share, 3), threshold=_REPEATED)
