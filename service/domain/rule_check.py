"""What is wrong with the settings of the rules on texts."""

import re
from collections.abc import Iterator

from service.domain.errors import Fault
from service.domain.hosts import HOST_POINTS, plain_host
from service.domain.matching import PHRASE_WORDS, word_count
from service.domain.rule_settings import LinksRule, PersonalDataRule, Rules, ShoutingRule, SizeRule, WordsRule
from service.domain.submission import BODY_POINTS

TERMS = 50_000
"""Terms of a policy, banned and suspect together."""
TERM_POINTS = 100
TERMS_POINTS = 1_000_000
INSIDE_POINTS = 500_000
"""Code points of all terms with `*` at both ends: these are kept letter by letter, some 70 bytes each."""
HOSTS = 1_000
MOST_LINKS = 100

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
# Read as a comment is read, these are "url", "mail" and "9": they would be found in every address and number.
_READ_AS_ANOTHER = re.compile(r"://|^\*?www\.|\w@[\w-]+\.\w|[0-9]{5}", re.IGNORECASE)
_ADDRESS = "is an address or a number of five digits: addresses belong in `links.banned`"


def rule_faults(rules: Rules) -> Iterator[Fault]:
    """Find every fault of the rules on texts, each with its path."""
    yield from _size_faults(rules.size)
    yield from _words_faults(rules.words)
    yield from _links_faults(rules.links)
    yield from _shouting_faults(rules.shouting)
    yield from _personal_faults(rules.personal_data)


def _size_faults(rule: SizeRule) -> Iterator[Fault]:
    if not 1 <= rule.most <= BODY_POINTS:
        yield Fault(path="$.rules.size.most", message=f"is not in 1 to {BODY_POINTS}")


def _words_faults(rule: WordsRule) -> Iterator[Fault]:
    listed = (*rule.banned, *rule.suspect)
    if len(listed) > TERMS:
        yield Fault(path="$.rules.words", message=f"has more than {TERMS:,} terms")
        return
    if sum(map(len, listed)) > TERMS_POINTS:
        yield Fault(path="$.rules.words", message=f"has terms of more than {TERMS_POINTS:,} characters together")
    if sum(len(term) for term in listed if term[:1] == "*" == term[-1:]) > INSIDE_POINTS:
        message = f"has terms with `*` at both ends of more than {INSIDE_POINTS:,} characters together"
        yield Fault(path="$.rules.words", message=message)
    for name, terms in (("banned", rule.banned), ("suspect", rule.suspect)):
        for number, term in enumerate(terms):
            message = _term_fault(term)
            if message:
                yield Fault(path=f"$.rules.words.{name}[{number}]", message=message)


def _term_fault(term: str) -> str:
    """Say what is wrong with a term, without repeating it; nothing if it will do."""
    inner = term.removeprefix("*").removesuffix("*")
    faults = (
        (len(term) > TERM_POINTS, f"is longer than {TERM_POINTS} characters"),
        ("*" in inner, "has `*` elsewhere than once at an end"),
        (not term.isprintable(), "contains control characters"),
        (not any(map(str.isalnum, inner)), "has no letter or digit"),
        (inner != inner.strip(), "begins or ends with a blank"),
        (_READ_AS_ANOTHER.search(inner) is not None, _ADDRESS),
        (len(term) <= TERM_POINTS and word_count(inner) > PHRASE_WORDS, f"has more than {PHRASE_WORDS} words"),
    )
    return next((message for wrong, message in faults if wrong), "")


def _links_faults(rule: LinksRule) -> Iterator[Fault]:
    if not 0 <= rule.most <= MOST_LINKS:
        yield Fault(path="$.rules.links.most", message=f"is not in 0 to {MOST_LINKS}")
    for name, hosts in (("allowed", rule.allowed), ("banned", rule.banned)):
        if len(hosts) > HOSTS:
            yield Fault(path=f"$.rules.links.{name}", message=f"has more than {HOSTS:,} hosts")
            continue
        for number, host in enumerate(hosts):
            if len(host) > HOST_POINTS or not _HOST.fullmatch(plain_host(host)):
                message = "is no host: write `example.com`, which stands for all below it too"
                yield Fault(path=f"$.rules.links.{name}[{number}]", message=message)


def _shouting_faults(rule: ShoutingRule) -> Iterator[Fault]:
    if not 1 <= rule.least <= BODY_POINTS:
        yield Fault(path="$.rules.shouting.least", message=f"is not in 1 to {BODY_POINTS}")
    if not 0 < rule.share <= 1:
        yield Fault(path="$.rules.shouting.share", message="is not in (0, 1]")


def _personal_faults(rule: PersonalDataRule) -> Iterator[Fault]:
    if len(set(rule.kinds)) < len(rule.kinds):
        yield Fault(path="$.rules.personal_data.kinds", message="names a kind twice")
