"""Probes and metrics."""

from dataclasses import asdict

import msgspec
from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api import described
from service.api.provided import GivenDesk, GivenHouse
from service.api.replies import JSON
from service.domain.errors import StorageDown
from service.domain.runbook import named
from service.telemetry import STREAMS, fleet_metrics
from service.workflow.health import Health, check_health, measure

_NO_STORE = {"cache-control": "no-store"}


@get(
    "/health/live",
    summary="Is the process alive",
    tags=["operators"],
    responses={200: described.plain(described.Alive, "It is.")},
)
async def live() -> Response[bytes]:
    """Answer as long as the process can."""
    return Response(b'{"status":"ok"}', media_type=JSON, headers=_NO_STORE)


@get(
    "/health/ready",
    summary="Can comments be taken",
    tags=["operators"],
    responses={200: described.plain(Health, "They can."), 503: described.plain(Health, "The storage is away.")},
)
async def ready(house: GivenHouse) -> Response[bytes]:
    """Answer 503 only when Redis cannot be written: an API must not drop out because workers did."""
    health = await check_health(house)
    headers = _NO_STORE if health.redis else {**_NO_STORE, "retry-after": "2"}
    told = asdict(health) if health.redis else {**asdict(health), "runbook": named("503-storage-unavailable")}
    body = msgspec.json.encode(told)
    return Response(body, status_code=200 if health.redis else 503, media_type=JSON, headers=headers)


@get(
    "/metrics",
    summary="Metrics for Prometheus",
    tags=["operators"],
    responses={200: described.plain(str, "Prometheus's text form.", media_type="text/plain")},
)
async def metrics(desk: GivenDesk) -> Response[bytes]:
    """Give this process's counters, and the queue's and the workers' figures while the storage can be read."""
    STREAMS.set(desk.streams.open_count)
    try:
        backlog, workers = await measure(desk.house)
        fleet = fleet_metrics(backlog, workers)
    except StorageDown:
        fleet = b""
    # The framework adds the encoding, which Prometheus has in its type already.
    media_type = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
    return Response(generate_latest() + fleet, media_type=media_type, headers=_NO_STORE)
