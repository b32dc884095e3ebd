"""A lane's switches as an operator turns them, each in one script with its line in the lane's journal."""

from datetime import UTC, datetime, timedelta

from service.domain.operating import Act, Noted
from service.storage import scripts
from service.storage.keys import lane_keys
from service.storage.link import Link

LINES = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def turn(
    link: Link,
    lane: str,
    switch: str,
    act: Act,
    *,
    what: str,
    value: str = "",
    until: datetime | None = None,
    about: tuple[str, str] = ("", ""),
) -> None:
    """Set the key `switch` to a value, or clear it where there is none, and note who did it.

    `about` is the site that it concerns, and how.
    """
    ends = 0 if until is None else (until - _EPOCH) // timedelta(milliseconds=1)
    await link.script(
        scripts.ACT, [switch, lane_keys(lane).journal], [act.id, value, ends, act.by, what, *about, LINES]
    )


async def lines(link: Link, lane: str, *, limit: int) -> list[Noted]:
    """Read the journal's last lines, newest first."""
    rows = await link.read("XREVRANGE", lane_keys(lane).journal, "+", "-", "COUNT", limit)
    return [
        Noted(
            at=moment(entry_id),
            by=fields[b"b"].decode(),
            what=fields[b"w"].decode(),
            site=fields[b"s"].decode(),
            detail=fields[b"d"].decode(),
        )
        for entry_id, fields in rows
    ]


def moment(entry_id: bytes | str) -> datetime:
    """Read when a stream's entry was added, by the storage's clock."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    return _EPOCH + timedelta(milliseconds=int(text.partition("-")[0]))


def instant(millis: int) -> datetime:
    """Make a time of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=millis)
