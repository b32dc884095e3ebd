"""`gatepost thread`: the comments of one page."""

from typing import Any

import click

from service.cli.session import Answer, housed
from service.domain.site import Thread
from service.settings import Settings
from service.workflow import threads
from service.workflow.house import House, find_site


@click.group()
def thread() -> None:
    """Show, close and open threads."""


def _described(found: Thread) -> dict[str, Any]:
    return {
        "thread": found.key,
        "url": found.url,
        "title": found.title,
        "title_verified": found.title_verified,
        "closed": found.closed,
        "mode": found.mode,
        "count": found.count,
    }


def _answer(found: Thread) -> Answer:
    answer = _described(found)
    return answer, "\n".join(f"{name}: {value}" for name, value in answer.items())


@thread.command("show")
@click.argument("site_id")
@click.argument("key")
@housed
async def show(house: House, _: Settings, site_id: str, key: str) -> Answer:
    """Show a thread."""
    return _answer(await threads.find_thread(house, await find_site(house, site_id), key))


@thread.command("set")
@click.argument("site_id")
@click.argument("key")
@click.option("--closed/--open", "closed", default=None)
@click.option("--title", default=None)
@click.option("--url", default=None)
@click.option("--mode", type=click.Choice(["hybrid", "pre", "post", "policy"]), default=None)
@housed
async def set_thread(
    house: House,
    _: Settings,
    /,
    site_id: str,
    key: str,
    *,
    closed: bool | None,
    title: str | None,
    url: str | None,
    mode: str | None,
) -> Answer:
    """Close or open a thread, name it, or give it a mode of its own (`policy`: the site's again)."""
    site = await find_site(house, site_id)
    given: dict[str, Any] = {"closed": closed, "title": title, "url": url, "mode": mode}
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen.get("mode") == "policy":
        chosen["mode"] = None
    changes = Thread(key=key, title_verified=True, **chosen)
    return _answer(await threads.change_thread(house, site, key, changes=changes, fields=frozenset(chosen)))
