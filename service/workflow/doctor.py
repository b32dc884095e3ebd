"""A checkup of a deployment: looks at everything, and mends what it is told to and can."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.checkup import Check, Fault, Inspection, Kind
from service.domain.directory import Directory
from service.domain.errors import StorageDown
from service.domain.operating import Controls, Noted
from service.domain.ports import Fleet, WorkQueue
from service.domain.runbook import Entry
from service.domain.site import Site
from service.workflow.checks import fleet_checks, repairs_of, server_checks, stray_check

_SAMPLES = 5
_WRONG: Entry = "counts-or-lists-wrong"
# Each line of a checkup that is made of faults: which kinds, and where to read on.
_LINES: tuple[tuple[str, tuple[Kind, ...], Entry], ...] = (
    ("records", ("unreadable", "future"), _WRONG),
    ("lists", ("list",), _WRONG),
    ("counts", ("count", "busy"), _WRONG),
    ("waiting", ("unqueued", "undelivered", "stuck"), "comments-stay-pending"),
)
_ENTRIES: dict[Kind, Entry] = {"future": "clock-jumped"}
_WORDS: dict[Kind, str] = {
    "unreadable": "records cannot be read",
    "future": "ids are of a time to come",
    "list": "places in a list are wrong",
    "count": "counts are wrong",
    "busy": "threads change too fast to be counted",
    "unqueued": "comments wait without an entry in the queue",
    "undelivered": "entries that nobody would ever be given",
    "stuck": "entries that one worker has had for ten claim times",
}


@dataclass(frozen=True)
class Practice:
    """What a checkup works with."""

    inspection: Inspection
    directory: Directory
    fleet: Fleet
    queue: WorkQueue
    controls: Controls
    claim_seconds: int


async def examine(practice: Practice, *, repair: bool, written_by: tuple[int, ...] | None = None) -> list[Check]:
    """Look at everything; never raises for a storage that is away.

    `written_by` is the newest server that is known to have written the data.
    """
    try:
        return await _examined(practice, repair=repair, written_by=written_by)
    except StorageDown as error:
        return [Check(name="storage", state="ill", said=error.detail, runbook="503-storage-unavailable")]


async def _examined(practice: Practice, *, repair: bool, written_by: tuple[int, ...] | None) -> list[Check]:
    checks = await _servers(practice, repair=repair, written_by=written_by)
    sites = await practice.directory.sites()
    policies = [await practice.directory.policy(site) for site in sites]
    lanes = sorted({site.lane for site in sites})
    backlog = await practice.queue.backlog(lanes)
    pauses = [(lane, await _pause(practice, lane)) for lane in backlog.paused]
    checks += fleet_checks(sites, policies, await practice.fleet.workers(), backlog, pauses)
    checks.append(await _frozen(practice, sites))
    checks.append(stray_check(sites, await practice.inspection.strays(sites)))
    checks += await _stored(practice, lanes, sites, repair=repair)
    return checks


async def _servers(practice: Practice, *, repair: bool, written_by: tuple[int, ...] | None) -> list[Check]:
    servers = await practice.inspection.servers()
    checks = server_checks(servers, written_by=written_by)
    if not repair:
        return checks
    settings, clear = repairs_of(servers)
    if not settings and not clear:
        return checks
    refused = await practice.inspection.settle(settings, clear_slow_log=clear)
    again = server_checks(await practice.inspection.servers(), written_by=written_by)
    return [_mended(was, now, settings, refused) for was, now in zip(checks, again, strict=True)]


def _mended(was: Check, now: Check, settings: dict[str, str], refused: Sequence[str]) -> Check:
    if was.state != "ill" or was == now:
        return now
    done = ", ".join(f"{name} {value}" for name, value in settings.items() if name not in refused)
    text = f"was: {was.said}; set until the server restarts: {done or 'nothing'}; put it into its configuration"
    return Check(name=now.name, state=now.state, said=now.said, mended=text, runbook=was.runbook)


async def _pause(practice: Practice, lane: str) -> Noted | None:
    notes = await practice.controls.journal(lane, limit=1_000)
    return next((note for note in notes if note.what == "pause"), None)


async def _frozen(practice: Practice, sites: Sequence[Site]) -> Check:
    """Remind of freezes: they are somebody's will and no illness."""
    frozen = [(site.id, freeze) for site in sites if (freeze := await practice.controls.frozen(site)) is not None]
    texts = [
        f"{site}: {freeze.mode}" + (f" until {freeze.until:%Y-%m-%d %H:%M} UTC" if freeze.until else "")
        for site, freeze in frozen
    ]
    return Check(name="freezes", state="well", said="; ".join(texts) or "none")


async def _stored(practice: Practice, lanes: Sequence[str], sites: Sequence[Site], *, repair: bool) -> list[Check]:
    faults: list[Fault] = []
    try:
        for lane in lanes:
            found = practice.inspection.faults(lane, sites, claim_seconds=practice.claim_seconds, mend=repair)
            faults += [fault async for fault in found]
    except StorageDown as error:
        said = f"cannot see all that is stored: {error.detail}"
        return [Check(name=name, state="unseen", said=said, runbook="503-storage-unavailable") for name, _, _ in _LINES]
    return [_line(name, [f for f in faults if f.kind in kinds], entry) for name, kinds, entry in _LINES]


def _line(name: str, faults: Sequence[Fault], entry: Entry) -> Check:
    left, mended = [f for f in faults if not f.mended], [f for f in faults if f.mended]
    first = next(iter(left or mended), None)
    read_on = _ENTRIES.get(first.kind, entry) if first else None
    return Check(
        name=name,
        state="ill" if left else "well",
        said=_summed(left) or "as they must be",
        mended=_summed(mended),
        runbook=read_on,
    )


def _summed(faults: Sequence[Fault]) -> str:
    """Count faults by kind, with the first few ids of each."""
    parts = []
    for kind, words in _WORDS.items():
        of_kind = [fault for fault in faults if fault.kind == kind]
        if of_kind:
            names = [" ".join(filter(None, (fault.site, fault.id, fault.what))) for fault in of_kind[:_SAMPLES]]
            more = ", …" if len(of_kind) > _SAMPLES else ""
            parts.append(f"{len(of_kind)} {words} ({', '.join(names)}{more})")
    return "; ".join(parts)
