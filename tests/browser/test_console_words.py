"""The catalogue: everything that the console says stands there, and nothing else does."""

import re
from importlib.resources import files

from service.api.reasons import TEXTS

WEB = files("service").joinpath("web")
SCRIPTS = {entry.name: entry.read_text() for entry in WEB.iterdir() if re.fullmatch(r"(review.*|card)\.js", entry.name)}
CATALOGUE = {
    key
    for name in ("words-desk.js", "words-views.js", "words-reasons.js")
    for key in re.findall(r'^  "([\w-]+)":', WEB.joinpath(name).read_text(), re.MULTILINE)
}
# Keys that are put together: everything that begins so is used.
MADE = (
    "queue-",
    "sort-",
    "filter-",
    "only-",
    "view-",
    "strength-",
    "status-",
    "did-",
    "act-",
    "mode-",
    "by-",
    "bulk-did-",
    "dots-",
    "theme-",
    "help-",
    "policy-",
    "export-",
    "done-",
    "override-",
    "rehearsal-",
    "decide-",
    "reason-",
    "appeals-",
    "reports-",
    "audit-",
    "figures-",
)


def _used() -> set[str]:
    text = "\n".join(SCRIPTS.values()) + WEB.joinpath("review.html").read_text()
    return set(re.findall(r'"([a-z]+(?:-[\w]+)*)"', text))


def test_everything_said_stands_in_the_catalogue() -> None:
    said = {key for text in SCRIPTS.values() for key in re.findall(r'\bsay\("([\w-]+)"', text)}
    shown = set(re.findall(r'data-(?:say|name)="([\w-]+)"', WEB.joinpath("review.html").read_text()))
    assert said | shown <= CATALOGUE
    assert len(said) > 100


def test_nothing_in_the_catalogue_is_never_said() -> None:
    used = _used()
    assert {key for key in CATALOGUE if key not in used and not key.startswith(MADE)} == set()


def test_every_reason_is_told_in_words() -> None:
    assert {f"reason-{code}" for code in TEXTS} <= CATALOGUE
