"""From what servers and workers say of themselves to lines of a checkup; what cannot be seen is never called well."""

from collections.abc import Iterator, Sequence

from service.domain.checkup import Check, Server, State, Stray
from service.domain.operating import Noted
from service.domain.policy import Policy
from service.domain.runbook import Entry
from service.domain.site import Site
from service.domain.work import Backlog, WorkerInfo

OLDEST = (6, 2)
# Limits and leases go by the server's clock and ids by ours: so far apart they may be.
APART_SECONDS = 1.0
MEMORY_SHARE = 0.9
LATE_SECONDS = 60.0

_NOT_AS: Entry = "redis-not-as-it-must-be"


def _line(name: str, entry: Entry, ill: Sequence[str], unseen: Sequence[str], well: str) -> Check:
    """Say what is ill; where nothing is, what could not be seen; and only else that all is well."""
    state: State = "ill" if ill else "unseen" if unseen else "well"
    parts = [*ill, *(f"cannot see {what}" for what in unseen)] or [well]
    return Check(name=name, state=state, said="; ".join(parts), runbook=entry if ill or unseen else None)


def _named(server: Server, text: str) -> str:
    return f"{server.name}: {text}" if server.name else text


def server_checks(servers: Sequence[Server], *, written_by: tuple[int, ...] | None) -> list[Check]:
    """Judge persistence, eviction, logs, memory, version and clock of every node."""
    return [
        _persistence(servers),
        _writes(servers),
        _eviction(servers),
        _texts(servers),
        _memory(servers),
        _versions(servers, written_by),
        _clocks(servers),
    ]


def _persistence(servers: Sequence[Server]) -> Check:
    ill, unseen = [], []
    for server in servers:
        if server.append_only is False:
            ill.append(_named(server, "the append-only file is off: what is accepted is lost with the server"))
        if server.append_sync not in (None, "always"):
            ill.append(_named(server, f"appendfsync is {server.append_sync}: a 202 is not on disk yet"))
        if server.append_status not in (None, "ok"):
            ill.append(_named(server, "the last write to the append-only file failed"))
        if server.snapshot_status not in (None, "ok"):
            ill.append(_named(server, "the last snapshot failed, and with `save` on the server then refuses writes"))
        if server.append_only and server.appended is False:
            ill.append(_named(server, "a write did not reach the append-only file"))
        known = {"whether the append-only file is on": server.append_only, "appendfsync": server.append_sync}
        unseen += [_named(server, what) for what, value in known.items() if value is None]
    return _line("persistence", _NOT_AS, ill, unseen, "append-only file on, always synced, and a write reached it")


def _writes(servers: Sequence[Server]) -> Check:
    ill = [_named(server, "refuses writes") for server in servers if server.refuses_writes]
    return _line("writes", "503-storage-unavailable", ill[:1], [], "a write was accepted")


def _eviction(servers: Sequence[Server]) -> Check:
    ill = [
        _named(server, f"maxmemory-policy is {server.eviction}: comments may be thrown away")
        for server in servers
        if server.eviction not in (None, "noeviction")
    ]
    unseen = [_named(server, "maxmemory-policy") for server in servers if server.eviction is None]
    return _line("eviction", _NOT_AS, ill, unseen, "nothing is ever thrown away")


def _texts(servers: Sequence[Server]) -> Check:
    ill, unseen = [], []
    for server in servers:
        if server.slow_from is not None and server.slow_from >= 0 and server.slow_kept != 0:
            ill.append(_named(server, "the slow log keeps scripts' arguments, which carry comments"))
        if server.slow_lines:
            ill.append(_named(server, f"the slow log holds {server.slow_lines} lines"))
        if server.crash_log:
            ill.append(_named(server, "a crash report would carry comments"))
        known = {
            "whether the slow log keeps texts": server.slow_from,
            "the slow log": server.slow_lines,
            "whether a crash report would carry comments": server.crash_log,
        }
        unseen += [_named(server, what) for what, value in known.items() if value is None]
    return _line("texts-in-logs", _NOT_AS, ill, unseen, "the slow log is off and empty, crash reports are off")


def _memory(servers: Sequence[Server]) -> Check:
    ill = [
        _named(server, f"{server.memory / server.memory_bound:.0%} of maxmemory is used")
        for server in servers
        if server.memory is not None and server.memory_bound and server.memory > MEMORY_SHARE * server.memory_bound
    ]
    unseen = [_named(server, "its memory") for server in servers if server.memory is None]
    used = sum(server.memory or 0 for server in servers)
    return _line("memory", "redis-out-of-memory", ill, unseen, f"{used / 2**20:.0f} MiB used")


def _versions(servers: Sequence[Server], written_by: tuple[int, ...] | None) -> Check:
    ill, unseen, well = [], [], []
    for server in servers:
        if server.version is None:
            unseen.append(_named(server, "its version"))
            continue
        dotted = ".".join(map(str, server.version))
        well.append(_named(server, f"{server.kind} {dotted}"))
        if server.kind == "redis" and server.version < OLDEST:
            ill.append(_named(server, f"{dotted} is older than 6.2"))
        if written_by is not None and server.version[:2] < written_by[:2]:
            wrote = ".".join(map(str, written_by))
            ill.append(_named(server, f"{dotted} has opened data that {wrote} wrote: it may have come up empty"))
    return _line("versions", _NOT_AS, ill, unseen, ", ".join(well))


def _clocks(servers: Sequence[Server]) -> Check:
    ill = [
        _named(server, f"this machine's clock is {server.offset:+.1f} s from the server's")
        for server in servers
        if server.offset is not None and abs(server.offset) > APART_SECONDS
    ]
    unseen = [_named(server, "its clock") for server in servers if server.offset is None]
    furthest = max((abs(server.offset) for server in servers if server.offset is not None), default=0.0)
    return _line("clock", "clock-jumped", ill, unseen, f"within {furthest:.2f} s of the server's")


def repairs_of(servers: Sequence[Server]) -> tuple[dict[str, str], bool]:
    """Give the settings that would put ill servers right, and whether the slow log is to be cleared."""
    settings: dict[str, str] = {}
    if any(server.slow_from is not None and server.slow_from >= 0 and server.slow_kept != 0 for server in servers):
        settings |= {"slowlog-log-slower-than": "-1", "slowlog-max-len": "0"}
    if any(server.crash_log for server in servers):
        settings["crash-log-enabled"] = "no"
    if any(server.eviction not in (None, "noeviction") for server in servers):
        settings["maxmemory-policy"] = "noeviction"
    if any(server.append_sync not in (None, "always") for server in servers):
        settings["appendfsync"] = "always"
    if any(server.append_only is False for server in servers):
        settings["appendonly"] = "yes"
    return settings, any(server.slow_lines for server in servers) or "slowlog-max-len" in settings


def fleet_checks(
    sites: Sequence[Site],
    policies: Sequence[Policy],
    workers: Sequence[WorkerInfo],
    backlog: Backlog,
    pauses: Sequence[tuple[str, Noted | None]],
) -> Iterator[Check]:
    """Judge workers, classifiers, the backlog, pauses and what is buried."""
    healthy = [worker for worker in workers if worker.healthy]
    idle = sorted({site.lane for site in sites} - {lane for worker in healthy for lane in worker.lanes})
    ill = [f"nobody works on lane {lane}" for lane in idle]
    ill += [f"{worker.name} cannot score and ends" for worker in workers if not worker.healthy]
    names = ", ".join(worker.name for worker in healthy)
    yield _line("workers", "comments-stay-pending", ill, [], names or "none needed")
    ill = []
    for site, policy in zip(sites, policies, strict=True):
        others = {worker.classifier for worker in healthy if site.lane in worker.lanes} - {policy.classifier}
        ill += [f"{site.id}: thresholds are of {policy.classifier}, a worker runs {other}" for other in sorted(others)]
    yield _line("classifiers", "thresholds-of-another-classifier", ill, [], "thresholds and workers agree")
    ill = [
        f"lane {lane} is paused" + (f" by {note.by} since {note.at:%Y-%m-%d %H:%M:%S} UTC" if note else "")
        for lane, note in pauses
    ]
    if backlog.oldest_seconds > LATE_SECONDS:
        ill.append(f"{backlog.entries} entries wait, the oldest for {backlog.oldest_seconds:.0f} s")
    yield _line("queue", "comments-stay-pending", ill, [], f"{backlog.entries} entries wait")
    ill = [f"{backlog.buried} entries that no worker could judge"] if backlog.buried else []
    yield _line("buried", "buried-entries-grow", ill, [], "none")


def stray_check(sites: Sequence[Site], strays: Sequence[Stray]) -> Check:
    """Judge keys that nobody knows, and an install without any site."""
    ill = [
        f"{stray.keys} keys of kind {stray.kind} in lane {stray.lane or '?'}"
        + (f" of {stray.site}, which is no site there" if stray.site else ", which no site lives in")
        for stray in strays
    ]
    if not sites:
        ill.append("there is no site: is this the right Redis, and not one that came up empty?")
    return _line("keys", "keys-of-no-site", ill, [], f"all belong to one of {len(sites)} sites")
