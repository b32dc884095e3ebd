"""What is counted and logged; never what somebody wrote, who they are or where they come from."""

import logging
import sys
from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from service.domain.work import Backlog, WorkerInfo

REQUESTS = Counter("gatepost_requests", "Requests answered, by route and status.", ["method", "route", "status"])
SUBMISSIONS = Counter("gatepost_submissions", "Submissions by outcome.", ["outcome"])
TURNED_AWAY = Counter("gatepost_turned_away", "Requests refused at once because too many were being answered.")
STREAMS = Gauge("gatepost_streams_open", "Live streams open in this process.")


@lru_cache(maxsize=4096)
def requests(method: str, route: str, status: int) -> Counter:
    """Give the counter of one method, route and status; looking it up by labels each time is not cheap."""
    return REQUESTS.labels(method=method, route=route, status=status)


@lru_cache(maxsize=256)
def submissions(outcome: str) -> Counter:
    """Give the counter of one outcome of submissions."""
    return SUBMISSIONS.labels(outcome=outcome)


# What a worker counts and tells with its heartbeat, so that one scrape of the API shows the whole fleet.
WORKER_COUNTERS = ("batches", "approved", "held", "rejected", "stale", "reclaimed", "buried", "failures")


def fleet_metrics(backlog: Backlog, workers: Iterable[WorkerInfo]) -> bytes:
    """Write the queue's and the workers' figures in Prometheus's text form."""
    registry = CollectorRegistry()
    Gauge("gatepost_backlog", "Queue entries that wait or are being worked on.", registry=registry).set(backlog.entries)
    Gauge("gatepost_backlog_oldest_seconds", "Age of the oldest queue entry.", registry=registry).set(
        backlog.oldest_seconds
    )
    Gauge("gatepost_buried", "Entries put before a human because no worker could read them.", registry=registry).set(
        backlog.buried
    )
    Gauge("gatepost_paused", "Lanes that an operator has paused.", registry=registry).set(len(backlog.paused))
    last = Gauge("gatepost_chore_last_run", "When a chore was last done.", ["lane", "chore"], registry=registry)
    up = Gauge("gatepost_worker_up", "1 while a worker is healthy.", ["worker", "classifier"], registry=registry)
    counters = {
        name: Counter(f"gatepost_worker_{name}", f"Worker count: {name}.", ["worker"], registry=registry)
        for name in WORKER_COUNTERS
    }
    for worker in workers:
        up.labels(worker=worker.name, classifier=worker.classifier).set(int(worker.healthy))
        for place, at in worker.chores.items():
            lane, _, chore = place.partition("/")
            last.labels(lane=lane, chore=chore).set(at)
        for name, counter in counters.items():
            counter.labels(worker=worker.name).inc(worker.counters.get(name, 0))
    return generate_latest(registry)


def start_logging(level: str) -> None:
    """Log one line an event to standard error."""
    logging.basicConfig(
        level=level,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )
