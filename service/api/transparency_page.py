"""The transparency page: written here as it is read, without a script."""

from collections.abc import Iterator, Sequence
from html import escape

from service.api.wire_figures import MonthFigures, Transparency
from service.domain.rule_settings import HouseRule

_OUTCOMES = {
    "approved": "Published",
    "held": "Put before a person",
    "rejected": "Rejected",
    "deleted": "Deleted",
}
_RULES = {
    "thresholds": "Found by the software",
    "moderator": "A moderator's decision",
    "reports": "Reported by readers",
    "appeal": "Appealed by the author",
    "mode": "Every comment is read before it appears",
    "other": "Other",
}
_HOUR, _DAY = 3_600, 86_400


def page(shown: Transparency, rules: Sequence[HouseRule], languages: Sequence[str]) -> str:
    """Write the page."""
    titles = {rule.id: _title(rule, languages) for rule in rules}
    months = "".join(_month(month, titles) for month in shown.months)
    nothing = "<p>No comments were decided yet.</p>"
    site = escape(shown.site)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Comments on {site}: what became of them</title>"
        '<link rel="stylesheet" href="/web/base.css"><link rel="stylesheet" href="/web/transparency.css"></head>'
        f"<body><main><h1>What became of comments on {site}</h1>"
        "<p>Counted month by month, without names or texts. A rule that applied fewer than five times in a month is "
        f"not told of on its own. Up to {shown.until.isoformat()}.</p>"
        f"{months or nothing}</main></body></html>"
    )


def _title(rule: HouseRule, languages: Sequence[str]) -> str:
    return next((rule.title[code] for code in (*languages, *sorted(rule.title)) if code in rule.title), rule.id)


def _month(month: MonthFigures, titles: dict[str, str]) -> str:
    rows = "".join(_row(label, value) for label, value in _lines(month, titles))
    return (
        f'<section><h2 id="m{escape(month.month)}">{escape(month.month)}</h2>'
        f'<table aria-labelledby="m{escape(month.month)}"><tbody>{rows}</tbody></table></section>'
    )


def _lines(month: MonthFigures, titles: dict[str, str]) -> Iterator[tuple[str, str]]:
    for outcome, label in _OUTCOMES.items():
        yield label, str(month.outcomes.get(outcome, 0))
        for rule, count in month.rules.get(outcome, {}).items():
            yield f"{label}: {_rule(rule, titles)}", str(count)
    if month.automatic_share is not None:
        yield "Rejected without a person", f"{month.automatic_share:.0%}"
    if month.median_wait_seconds is not None:
        yield "Half of those put before a person waited at most about", _duration(month.median_wait_seconds)
    yield "Appeals", str(month.appeals["made"])
    yield "Appeals: rejection upheld", str(month.appeals["upheld"])
    yield "Appeals: rejection overturned", str(month.appeals["overturned"])
    yield "Reports by readers", str(month.reports["rule"])
    yield "Notices of illegal content", str(month.reports["illegal"])


def _rule(rule: str, titles: dict[str, str]) -> str:
    kind, _, name = rule.partition("/")
    if kind == "house":
        return titles.get(name, name)
    known = _RULES.get(kind, kind.replace("_", " ").capitalize())
    return f"{known}: {name.replace('_', ' ')}" if name else known


def _row(label: str, value: str) -> str:
    return f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>'


def _duration(seconds: float) -> str:
    for unit, name in ((_DAY, "days"), (_HOUR, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"
