"""`gatepost doctor` against real servers: sound, misconfigured, under a provider's lock, and away."""

import json
from typing import Any

import pytest

from service.storage.keys import lane_keys
from tests.audit import audit
from tests.integration.shell import Shell
from tests.processes import WorkerProcess, wait_until
from tests.redis_server import RedisServer


def lines(shell: Shell, *words: str, code: int) -> dict[str, dict[str, Any]]:
    done = shell.type("doctor", *words, "--json")
    assert done.exit_code == code, done.output
    answer = json.loads(done.stdout)
    assert answer["healthy"] is (code == 0)
    return {check["name"]: check for check in answer["checks"]}


def ill(checks: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == "ill"}


@pytest.fixture
def shell(own_redis: RedisServer) -> Shell:
    made = Shell(own_redis.url)
    made.ask("site", "add", "mill", "--origin", "https://mill.example", "--classifier", "embedded-fast")
    return made


def test_a_deployment_is_looked_at_mended_and_well(shell: Shell, own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        raw: Any = client
        raw.config_set("slowlog-log-slower-than", "0")
        raw.config_set("maxmemory-policy", "allkeys-lru")
        raw.config_set("appendfsync", "everysec")
        raw.xadd(lane_keys("main").live, {"s": "mill", "i": "nobody", "v": 1})
        raw.zadd(lane_keys("main").status("mill", "held"), {"nobody": 0})
        checks = lines(shell, code=1)
        assert ill(checks) == {"persistence", "eviction", "texts-in-logs", "workers", "lists"}
        assert all(checks[name]["runbook"].startswith("docs/RUNBOOK.md#") for name in ill(checks))
        assert raw.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        worker = WorkerProcess(own_redis.url, own_redis.folder / "w", GATEPOST_CLASSIFIER="embedded-fast")
        worker.start()
        try:
            wait_until(lambda: shell.ask("queue", "status")["lanes"][0]["workers"], "a worker")
            mended = lines(shell, "--repair", code=0)
            assert {name for name, check in mended.items() if check["mended"]} == {
                "persistence",
                "eviction",
                "texts-in-logs",
                "lists",
            }
            assert "maxmemory-policy noeviction" in mended["eviction"]["mended"]
            assert raw.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert raw.config_get("appendfsync") == {"appendfsync": "always"}
            assert raw.slowlog_len() == 0
            checks = lines(shell, code=0)
            assert not any(check["mended"] for check in checks.values())
            text = shell.type("doctor").output
            assert "well    persistence: append-only file on" in text
            assert audit(client) == []
        finally:
            worker.stop()


def test_persistence_that_is_off_is_turned_on(shell: Shell, own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        raw: Any = client
        raw.config_set("appendonly", "no")
        assert "persistence" in ill(lines(shell, code=1))
        assert "persistence" not in ill(lines(shell, "--repair", code=1))
        assert raw.info("persistence")["aof_enabled"] == 1


def test_what_a_provider_hides_is_called_unseen_and_not_well(shell: Shell, own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        raw: Any = client
        raw.execute_command("ACL", "SETUSER", "tenant", "on", ">word", "~*", "&*", "+@all", "-config", "-slowlog")
    tenant = Shell(own_redis.url.replace("unix://", "unix://tenant:word@"))
    checks = lines(tenant, code=1)
    assert (checks["persistence"]["state"], checks["texts-in-logs"]["state"]) == ("unseen", "unseen")
    assert "cannot see appendfsync" in checks["persistence"]["said"]
    # The policy of eviction is told by INFO as well.
    assert checks["eviction"]["state"] == "well"
    with own_redis.client() as client:
        raw = client
        raw.execute_command("ACL", "SETUSER", "tenant", "-info")
        raw.config_set("maxmemory-policy", "allkeys-lru")
    checks = lines(tenant, "--repair", code=1)
    assert {checks[name]["state"] for name in ("persistence", "eviction", "texts-in-logs", "memory", "versions")} == {
        "unseen"
    }


def test_a_setting_that_may_not_be_set_stays_ill_and_is_said_so(shell: Shell, own_redis: RedisServer) -> None:
    with own_redis.client() as client:
        raw: Any = client
        raw.config_set("maxmemory-policy", "allkeys-lru")
        raw.execute_command("ACL", "SETUSER", "tenant", "on", ">word", "~*", "&*", "+@all", "-config", "+config|get")
    tenant = Shell(own_redis.url.replace("unix://", "unix://tenant:word@"))
    checks = lines(tenant, "--repair", code=1)
    assert checks["eviction"]["state"] == "ill"
    assert checks["eviction"]["mended"] == ""


def test_a_pause_a_freeze_and_what_is_buried_are_told(shell: Shell, own_redis: RedisServer) -> None:
    shell.ask("queue", "pause", "--by", "anna")
    shell.ask("site", "freeze", "mill", "--mode", "closed")
    with own_redis.client() as client:
        raw: Any = client
        raw.xadd(lane_keys("main").buried, {"s": "mill", "i": "x", "v": 1, "e": "ValueError"})
    checks = lines(shell, code=1)
    assert {"queue", "buried"} <= ill(checks)
    assert "paused by anna" in checks["queue"]["said"]
    assert checks["freezes"]["said"] == "mill: closed"


def test_an_empty_redis_is_not_called_well(own_redis: RedisServer) -> None:
    checks = lines(Shell(own_redis.url), code=1)
    assert "right Redis" in checks["keys"]["said"]


def test_a_redis_that_is_away_is_told_with_its_entry(shell: Shell, own_redis: RedisServer) -> None:
    own_redis.stop()
    checks = lines(shell, code=1)
    assert checks["storage"]["runbook"] == "docs/RUNBOOK.md#503-storage-unavailable"
    assert "Traceback" not in shell.type("doctor").output


def test_both_kinds_of_server_are_understood(redis_server: RedisServer) -> None:
    checks = lines(Shell(redis_server.url), code=1)
    assert checks["persistence"]["state"] == "well"
    assert checks["versions"]["said"].startswith("redis ")
