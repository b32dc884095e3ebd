"""What each node says of itself; what it does not let us ask stays unknown."""

import time
from collections.abc import Mapping
from typing import Any

from service.domain.checkup import Server
from service.domain.errors import StorageDown
from service.storage.directory_keys import PROBE
from service.storage.link import Link

_SETTINGS = ("appendfsync", "slowlog-log-slower-than", "slowlog-max-len", "crash-log-enabled")


async def look(link: Link) -> list[Server]:
    """Ask every node, before and after a write."""
    before = {name: _info(answer) for name, answer in (await link.ask_each("INFO")).items()}
    refuses = not await _write(link)
    after = {name: _info(answer) for name, answer in (await link.ask_each("INFO")).items()}
    grown = {name for name, info in after.items() if _size(info) != _size(before.get(name, {}))}
    settings: dict[str, dict[str, Any]] = {name: {} for name in after}
    for setting in _SETTINGS:
        for name, answer in (await link.ask_each("CONFIG GET", setting)).items():
            settings.setdefault(name, {}).update(_texts(answer))
    lines = await link.ask_each("SLOWLOG LEN")
    began = time.time()
    clocks = await link.ask_each("TIME")
    middle = (began + time.time()) / 2
    return [
        _server(
            name,
            info,
            settings[name],
            # In a cluster one node alone is written to.
            appended=None if refuses or _size(info) is None else name in grown or (None if grown else False),
            lines=lines[name],
            offset=_offset(clocks[name], middle),
            refuses=refuses,
        )
        for name, info in sorted(after.items())
    ]


def _server(
    name: str,
    info: Mapping[str, Any],
    settings: Mapping[str, str],
    *,
    appended: bool | None,
    lines: object,
    offset: float | None,
    refuses: bool,
) -> Server:
    valkey = "valkey_version" in info
    version = info.get("valkey_version" if valkey else "redis_version")
    crash = settings.get("crash-log-enabled")
    return Server(
        name=name,
        kind=None if version is None else "valkey" if valkey else "redis",
        version=None if version is None else tuple(int(part) for part in str(version).split(".") if part.isdecimal()),
        append_only=_flag(info.get("aof_enabled")),
        append_sync=settings.get("appendfsync"),
        append_status=info.get("aof_last_write_status"),
        appended=appended,
        snapshot_status=info.get("rdb_last_bgsave_status"),
        eviction=info.get("maxmemory_policy"),
        memory=_number(info.get("used_memory")),
        memory_bound=_number(info.get("maxmemory")),
        slow_from=_number(settings.get("slowlog-log-slower-than")),
        slow_kept=_number(settings.get("slowlog-max-len")),
        slow_lines=lines if isinstance(lines, int) else None,
        crash_log=None if crash is None else crash == "yes",
        offset=offset,
        refuses_writes=refuses,
    )


async def settle(link: Link, settings: Mapping[str, str], *, clear_slow_log: bool) -> list[str]:
    """Set what can be set while a server runs; returns what was refused."""
    refused = []
    for setting, value in settings.items():
        answers = await link.ask_each("CONFIG SET", setting, value)
        refused += [setting for answer in answers.values() if isinstance(answer, Exception)]
    if clear_slow_log:
        answers = await link.ask_each("SLOWLOG RESET")
        refused += ["SLOWLOG RESET" for answer in answers.values() if isinstance(answer, Exception)]
    return sorted(set(refused))


async def _write(link: Link) -> bool:
    try:
        await link.write("SET", PROBE, "1", "EX", 60)
    except StorageDown:
        return False
    return True


def _info(answer: object) -> Mapping[str, Any]:
    return answer if isinstance(answer, dict) else {}


def _size(info: Mapping[str, Any]) -> int | None:
    return _number(info.get("aof_current_size"))


def _texts(answer: object) -> dict[str, str]:
    if not isinstance(answer, dict):
        return {}
    return {_text(name): _text(value) for name, value in answer.items()}


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _flag(value: object) -> bool | None:
    return None if value is None else bool(int(str(value)))


def _offset(clock: object, here: float) -> float | None:
    if not isinstance(clock, tuple | list):
        return None
    seconds, micros = clock
    return here - (int(seconds) + int(micros) / 1_000_000)
