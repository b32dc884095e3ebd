"""House rules: what a rejection names to its author."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from service.domain.errors import Fault, Invalid
from service.domain.rule_settings import HouseRule

MOST_RULES = 50
TITLE_POINTS = 120
TEXT_POINTS = 1_000
RULE_ID = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
LANGUAGE = r"[a-z]{2,3}"
_ID = re.compile(RULE_ID)
_LANGUAGE = re.compile(LANGUAGE)


class ShownRule(Struct, frozen=True, kw_only=True):
    """One house rule in one language."""

    id: str
    title: str
    text: str


def house_rule_faults(rules: Sequence[HouseRule], languages: Sequence[str]) -> Iterator[Fault]:
    """Find what is wrong: ids that are not unique, a language of the site that is missing, what is too long."""
    if len(rules) > MOST_RULES:
        yield Fault(path="$.house_rules", message=f"has more than {MOST_RULES} rules")
    seen: set[str] = set()
    for place, rule in enumerate(rules[:MOST_RULES]):
        path = f"$.house_rules[{place}]"
        if not _ID.fullmatch(rule.id):
            yield Fault(path=f"{path}.id", message="is not 1 to 64 of a-z, 0-9 and inner hyphens")
        if rule.id in seen:
            yield Fault(path=f"{path}.id", message="is the id of another rule too")
        seen.add(rule.id)
        for name, worded, most in (("title", rule.title, TITLE_POINTS), ("text", rule.text, TEXT_POINTS)):
            yield from _wording_faults(f"{path}.{name}", worded, most, languages)


def _wording_faults(path: str, worded: dict[str, str], most: int, languages: Sequence[str]) -> Iterator[Fault]:
    missing = [code for code in languages if code not in worded]
    if missing:
        yield Fault(path=path, message=f"is missing in a language of this site: {', '.join(missing)}")
    for code, words in worded.items():
        if not _LANGUAGE.fullmatch(code):
            yield Fault(path=path, message="has a key that is no ISO 639 code such as en")
        elif not words.strip():
            yield Fault(path=f"{path}.{code}", message="is empty")
        elif len(words) > most:
            yield Fault(path=f"{path}.{code}", message=f"is longer than {most} characters")


def insist_house_rule(rules: Sequence[HouseRule], house_rule: str | None) -> None:
    """Insist that a person's rejection names a house rule where the site has any; raises Invalid."""
    known = {rule.id for rule in rules}
    if house_rule is None and known:
        message = "This site's rejections name a house rule."
        raise Invalid((Fault(path="$.house_rule", message=message),), slug="house-rule-required")
    if house_rule is not None and house_rule not in known:
        raise Invalid((Fault(path="$.house_rule", message="is none of the site's house rules"),))


def spoken(rules: Sequence[HouseRule], wanted: str | None, languages: Sequence[str]) -> str:
    """Choose the language to show rules in: the one wanted if every rule has it, else the site's first."""
    if wanted is not None and rules and all(wanted in rule.title and wanted in rule.text for rule in rules):
        return wanted
    return languages[0]


def shown_rule(rule: HouseRule, language: str) -> ShownRule:
    """Word a rule in a language, or in any that it has."""
    title = rule.title.get(language) or next(iter(rule.title.values()), rule.id)
    return ShownRule(id=rule.id, title=title, text=rule.text.get(language) or next(iter(rule.text.values()), ""))
