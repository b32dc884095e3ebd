"""The workers that are alive, by their heartbeats."""

from service.domain.work import WorkerInfo
from service.storage import codec
from service.storage.directory_keys import PROBE, WORKERS, worker
from service.storage.link import Link


class RedisFleet:
    """The Fleet over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def probe(self) -> None:
        """Prove that the storage can be written; raises StorageDown."""
        await self._link.read("SET", PROBE, "1", "EX", 60)

    async def beat(self, info: WorkerInfo, *, seconds: int) -> None:
        """Say that a worker is alive for the next seconds."""
        await self._link.pipeline(
            [
                ("SET", worker(info.name), codec.encode(info), "EX", seconds),
                ("SADD", WORKERS, info.name),
            ]
        )

    async def workers(self) -> list[WorkerInfo]:
        """List the live workers; those whose heartbeat ran out are forgotten."""
        names = sorted(name.decode() for name in await self._link.read("SMEMBERS", WORKERS))
        records = await self._link.pipeline([("GET", worker(name)) for name in names])
        dead = [name for name, record in zip(names, records, strict=True) if record is None]
        if dead:
            await self._link.read("SREM", WORKERS, *dead)
        return [codec.worker(record) for record in records if record is not None]

    async def leave(self, name: str) -> None:
        """Say that a worker is gone."""
        await self._link.pipeline([("DEL", worker(name)), ("SREM", WORKERS, name)])
