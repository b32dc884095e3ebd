"""Threads in Redis: a hash with `key`, `url`, `title`, `tv` (title verified), `closed`, `mode`, `n`, `v`, `sec`tion."""

from msgspec import convert

from service.domain.site import Mode, Site, Thread
from service.storage.keys import lane_keys
from service.storage.link import Link

_FIELDS = ("key", "url", "title", "tv", "closed", "mode", "n", "v", "sec")


def _text(value: bytes | None) -> str:
    return value.decode() if value is not None else ""


async def load(link: Link, site: Site, thread: str) -> Thread | None:
    """Read a thread, or nothing when it was never made."""
    values = await link.read("HMGET", lane_keys(site.lane).thread(site.id, thread), *_FIELDS)
    key, url, title, verified, closed, mode, count, version, section = values
    if key is None:
        return None
    return Thread(
        key=_text(key),
        url=_text(url),
        title=_text(title),
        title_verified=verified == b"1",
        closed=closed == b"1",
        mode=convert(_text(mode), Mode) if mode else None,
        count=int(count or 0),
        version=int(version or 0),
        section=_text(section),
    )


async def patch(link: Link, site: Site, thread: str, *, changes: Thread, fields: frozenset[str]) -> Thread:
    """Set the named fields of a thread, making it if it is new; setting twice does no harm."""
    values = {
        "url": changes.url,
        "title": changes.title,
        "tv": str(int(changes.title_verified)),
        "closed": str(int(changes.closed)),
        "mode": changes.mode or "",
        "sec": changes.section,
    }
    wire = {"title_verified": "tv", "section": "sec"}
    chosen = [part for name in sorted(fields) for part in (wire.get(name, name), values[wire.get(name, name)])]
    key = lane_keys(site.lane).thread(site.id, thread)
    seconds, _ = await link.read("TIME")
    await link.pipeline(
        [
            ("HSETNX", key, "n", "0"),
            ("HSETNX", key, "v", f"{seconds}000"),
            ("HSET", key, "key", thread, *chosen),
        ]
    )
    stored = await load(link, site, thread)
    return stored if stored is not None else changes
