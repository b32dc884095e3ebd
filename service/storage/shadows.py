"""The stream of the workers' decisions, and how far each shadow has read it."""

import asyncio
from collections.abc import Sequence

from msgspec import msgpack

from service.domain.comment import Comment
from service.domain.scores import Scores
from service.domain.work import SHADOWS, Decided, ShadowPosition
from service.storage import codec, scripts
from service.storage.keys import lane_keys, shadow_field
from service.storage.link import Link

_position = msgpack.Decoder(ShadowPosition)


class RedisShadows:
    """The ShadowFeed over a Link."""

    def __init__(self, link: Link) -> None:
        """Take the link."""
        self._link = link

    async def position(self, lane: str, shadow: str) -> ShadowPosition:
        """Read how far a shadow has come."""
        kept = await self._link.read("HGET", lane_keys(lane).shadows, shadow)
        return ShadowPosition() if kept is None else _position.decode(kept)

    async def positions(self, lane: str) -> dict[str, ShadowPosition]:
        """Read how far each shadow has come that ever followed a lane, by its name."""
        kept = await self._link.read("HGETALL", lane_keys(lane).shadows)
        return {name.decode(): _position.decode(position) for name, position in kept.items()}

    async def read(self, lane: str, after: str, *, count: int, block_ms: int) -> list[Decided]:
        """Read decisions behind an entry."""
        key = lane_keys(lane).decided
        answer = await self._link.block(
            "XREAD", "COUNT", count, "BLOCK", block_ms, "STREAMS", key, after, seconds=block_ms / 1000
        )
        rows = next(iter(answer.values())) if answer else []
        return [
            Decided(
                entry_id=entry_id.decode(),
                number=int(fields[b"n"]),
                site=fields[b"s"].decode(),
                id=fields[b"i"].decode(),
                version=int(fields[b"v"]),
            )
            for entry_id, fields in (rows[0] if rows and isinstance(rows[0], list) else rows)
        ]

    async def store(
        self, lane: str, shadow: str, position: ShadowPosition, scored: Sequence[tuple[Comment, Scores]]
    ) -> ShadowPosition:
        """Keep the shadow's scores beside the records they are of, and how far it has come."""
        keys, field = lane_keys(lane), shadow_field(shadow)
        kept = await asyncio.gather(
            *(
                self._link.script(
                    scripts.SHADOW,
                    [keys.comment(comment.site, comment.id)],
                    [comment.version, codec.encode(scores), field, SHADOWS],
                )
                for comment, scores in scored
            )
        )
        position = position.less(len(scored) - sum(kept))
        await self._link.read("HSET", keys.shadows, shadow, msgpack.encode(position))
        return position
