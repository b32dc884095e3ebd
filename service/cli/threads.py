"""`gatepost thread`: the comments of one page."""

from typing import Any

import click

from service.cli.operator import signed
from service.cli.session import Answer, housed
from service.domain.site import Site, Thread
from service.domain.standing import Standing
from service.settings import Settings
from service.workflow import threads
from service.workflow.house import House, find_site

_DIGITS = 10


@click.group()
def thread() -> None:
    """Show, close and open threads."""


def _described(found: Thread, standing: Standing) -> dict[str, Any]:
    return {
        "thread": found.key,
        "url": found.url,
        "title": found.title,
        "title_verified": found.title_verified,
        "closed": standing.closed,
        "closes_at": standing.closes_at.isoformat() if standing.closes_at is not None else None,
        "mode": found.mode,
        "slow_seconds": standing.slow_seconds,
        "notice": found.notice,
        "section": found.section,
        "count": found.count,
    }


async def _answer(house: House, site: Site, found: Thread) -> Answer:
    answer = _described(found, await threads.standing(house, site, found.key))
    return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())


@thread.command("show")
@click.argument("site_id")
@click.argument("key")
@housed
async def show(house: House, _: Settings, site_id: str, key: str) -> Answer:
    """Show a thread."""
    site = await find_site(house, site_id)
    return await _answer(house, site, await threads.find_thread(house, site, key))


async def _change(house: House, site_id: str, key: str, by: str, **given: Any) -> Answer:  # noqa: ANN401 - a field's
    site = await find_site(house, site_id)
    changes = Thread(key=key, title_verified=True, **given)
    changed = await threads.change_thread(house, site, key, changes=changes, fields=frozenset(given), by=by[:64])
    return await _answer(house, site, changed.after)


@thread.command("close")
@click.argument("site_id")
@click.argument("key")
@signed
@housed
async def close(house: House, _: Settings, site_id: str, key: str, by: str) -> Answer:
    """Take no more comments for a page."""
    return await _change(house, site_id, key, by, closed=True)


@thread.command("open")
@click.argument("site_id")
@click.argument("key")
@signed
@housed
async def reopen(house: House, _: Settings, site_id: str, key: str, by: str) -> Answer:
    """Take comments again; days until it closes by its age begin anew."""
    return await _change(house, site_id, key, by, closed=False)


@thread.command("slow")
@click.argument("site_id")
@click.argument("key")
@click.argument("seconds")
@signed
@housed
async def slow(house: House, _: Settings, /, site_id: str, key: str, *, seconds: str, by: str) -> Answer:
    """Let each writer comment once in so many seconds (0: as often as they like; `policy`: as the policy says)."""
    if seconds != "policy" and not (seconds.isascii() and seconds.isdecimal() and len(seconds) < _DIGITS):
        message = "SECONDS is a whole number or `policy`."
        raise click.UsageError(message)
    return await _change(house, site_id, key, by, slow_seconds=None if seconds == "policy" else int(seconds))


@thread.command("notice")
@click.argument("site_id")
@click.argument("key")
@click.argument("text")
@signed
@housed
async def notice(house: House, _: Settings, /, site_id: str, key: str, *, text: str, by: str) -> Answer:
    """Tell readers something above a page's comments; an empty text takes it away."""
    return await _change(house, site_id, key, by, notice=text)


@thread.command("set")
@click.argument("site_id")
@click.argument("key")
@click.option("--closed/--open", "closed", default=None)
@click.option("--title", default=None)
@click.option("--url", default=None)
@click.option("--mode", type=click.Choice(["hybrid", "pre", "post", "policy"]), default=None)
@click.option("--close-after-days", type=int, default=None, help="0: never, whatever the policy says.")
@click.option("--section", default=None, help="The site's own name for a group of threads.")
@signed
@housed
async def set_thread(
    house: House,
    _: Settings,
    /,
    site_id: str,
    key: str,
    *,
    by: str,
    **given: Any,  # noqa: ANN401 - the other options, by their names
) -> Answer:
    """Close or open a thread, name it, or give it a mode of its own (`policy`: the site's again)."""
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen.get("mode") == "policy":
        chosen["mode"] = None
    return await _change(house, site_id, key, by, **chosen)
