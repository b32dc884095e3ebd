"""The store, driven in any order over memory and over each kind of server, is always what the model says."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from service.domain.work import Entry
from service.storage.keys import GROUP, lane_keys
from tests.chaos.machine import HOUR_MS, StoreMachine
from tests.chaos.planted import PLANTED
from tests.conftest import Servers
from tests.fakes.clock import Clock
from tests.ports import Backend, FakeBackend
from tests.redis_backend import RedisBackend
from tests.redis_server import SERVERS, RedisServer

Plant = Callable[[RedisBackend], None]

# No shrinking: each step is a round trip, and the steps as they were found are short enough to read.
BOUNDED = settings(
    max_examples=6,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def age_in_redis(backend: Backend, consumer: str, entries: list[Entry]) -> None:
    assert isinstance(backend, RedisBackend)
    with backend.server.client() as client:
        for entry in entries:
            stream = lane_keys(entry.lane).stream(entry.stream)
            client.xclaim(stream, GROUP, consumer, 0, [entry.entry_id], idle=2 * HOUR_MS, justid=True)


def age_in_memory(backend: Backend, consumer: str, entries: list[Entry]) -> None:
    assert isinstance(backend, FakeBackend)
    for entry in entries:
        backend.memory.stream(entry.lane, entry.stream)[entry.entry_id].delivered_at -= 2 * HOUR_MS / 1000


def machine_over(server: RedisServer | None, plant: Plant | None = None) -> type[StoreMachine]:
    """Make the machine that drives one store, empty at the start of each of its runs, with a bug or without."""

    def open_backend(clock: Clock) -> Backend:
        if server is None:
            return FakeBackend(clock)
        with server.client() as client:
            client.flushall()
        backend = RedisBackend(server, clock)
        if plant is not None:
            plant(backend)
        return backend

    age = age_in_memory if server is None else age_in_redis
    return type("Store", (StoreMachine,), {"open_backend": staticmethod(open_backend), "age": staticmethod(age)})


@pytest.mark.parametrize("name", ["fake", *SERVERS])
def test_whatever_is_done_in_any_order_the_store_is_what_the_model_says(name: str, servers: Servers) -> None:
    if name == "fake":
        run_state_machine_as_test(machine_over(None), settings=settings(BOUNDED, max_examples=30))
    else:
        run_state_machine_as_test(machine_over(servers.get(name)), settings=BOUNDED)


@pytest.mark.parametrize(("plant", "says"), PLANTED.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_each_planted_bug_is_seen(plant: Plant, says: str, one_redis: RedisServer) -> None:
    with pytest.raises(AssertionError, match=says):
        run_state_machine_as_test(machine_over(one_redis, plant), settings=settings(BOUNDED, max_examples=40))
