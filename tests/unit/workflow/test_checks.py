"""From what servers say of themselves to a checkup: what cannot be seen is never called well."""

from typing import Any

import msgspec
import pytest

from service.domain.checkup import Server
from service.workflow.checks import repairs_of, server_checks

SOUND = Server(
    name="",
    kind="redis",
    version=(7, 0, 15),
    append_only=True,
    append_sync="always",
    append_status="ok",
    appended=True,
    snapshot_status="ok",
    eviction="noeviction",
    memory=1_000_000,
    memory_bound=0,
    slow_from=-1,
    slow_kept=128,
    slow_lines=0,
    crash_log=False,
    offset=0.01,
)


def states(*servers: Server, written_by: tuple[int, ...] | None = None) -> dict[str, str]:
    return {check.name: check.state for check in server_checks(servers, written_by=written_by) if check.state != "well"}


def test_a_sound_server_is_well_and_needs_nothing() -> None:
    assert states(SOUND, written_by=(7, 0, 4)) == {}
    assert repairs_of([SOUND]) == ({}, False)
    assert all(check.runbook is None for check in server_checks([SOUND], written_by=None))


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("append_only", False, "persistence"),
        ("append_sync", "everysec", "persistence"),
        ("append_status", "err", "persistence"),
        ("appended", False, "persistence"),
        ("snapshot_status", "err", "persistence"),
        ("eviction", "allkeys-lru", "eviction"),
        ("slow_from", 0, "texts-in-logs"),
        ("slow_lines", 3, "texts-in-logs"),
        ("crash_log", True, "texts-in-logs"),
        ("memory_bound", 1_050_000, "memory"),
        ("version", (6, 0, 16), "versions"),
        ("offset", 1.5, "clock"),
        ("offset", -90.0, "clock"),
        ("refuses_writes", True, "writes"),
    ],
)
def test_each_ill_is_told_with_its_entry(field: str, value: object, check: str) -> None:
    ill = msgspec.structs.replace(SOUND, **{field: value})
    assert states(SOUND, ill) == {check: "ill"}
    assert all((line.runbook is not None) is (line.state != "well") for line in server_checks([ill], written_by=None))


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("append_only", "persistence"),
        ("append_sync", "persistence"),
        ("eviction", "eviction"),
        ("slow_from", "texts-in-logs"),
        ("slow_lines", "texts-in-logs"),
        ("crash_log", "texts-in-logs"),
        ("memory", "memory"),
        ("version", "versions"),
        ("offset", "clock"),
    ],
)
def test_what_cannot_be_seen_is_not_well(field: str, check: str) -> None:
    veiled = msgspec.structs.replace(SOUND, **{field: None})
    assert states(veiled) == {check: "unseen"}
    (line,) = [line for line in server_checks([veiled], written_by=None) if line.state == "unseen"]
    assert "cannot see" in line.said


def test_an_ill_beside_something_unseen_is_ill_and_both_are_told() -> None:
    server = msgspec.structs.replace(SOUND, append_only=False, append_sync=None)
    line = server_checks([server], written_by=None)[0]
    assert line.state == "ill"
    assert "off" in line.said
    assert "cannot see appendfsync" in line.said


def test_a_log_that_keeps_nothing_keeps_no_texts() -> None:
    assert states(msgspec.structs.replace(SOUND, slow_from=10_000, slow_kept=0)) == {}


def test_an_older_server_than_the_one_that_wrote_is_told() -> None:
    assert states(SOUND, written_by=(7, 2, 0)) == {"versions": "ill"}
    assert states(SOUND, written_by=(6, 2, 9)) == {}


def test_repairs_set_what_is_wrong_and_nothing_else() -> None:
    changes: dict[str, Any] = {"slow_from": 0, "eviction": "allkeys-lru", "append_sync": "everysec", "crash_log": True}
    settings, clear = repairs_of([SOUND, msgspec.structs.replace(SOUND, **changes)])
    assert settings == {
        "slowlog-log-slower-than": "-1",
        "slowlog-max-len": "0",
        "crash-log-enabled": "no",
        "maxmemory-policy": "noeviction",
        "appendfsync": "always",
    }
    assert clear
    assert repairs_of([msgspec.structs.replace(SOUND, append_only=False)]) == ({"appendonly": "yes"}, False)
    assert repairs_of([msgspec.structs.replace(SOUND, slow_lines=1)]) == ({}, True)
    # Of what cannot be seen nothing is known to be wrong.
    assert repairs_of([Server(name="")]) == ({}, False)
