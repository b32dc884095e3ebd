"""A shadow: scores what the workers have decided, decides nothing, and says how much it missed."""

import asyncio
import logging

import msgspec

from service.domain.comment import Comment
from service.domain.errors import StorageDown
from service.domain.ports import CommentStore, Decided, Directory, ShadowFeed, ShadowPosition
from workers.scoring import Scorer

_log = logging.getLogger(__name__)

BATCH = 128
BLOCK_MS = 1_000
_PAUSE_SECONDS = 1.0


class Shadow:
    """One shadow process's work on all lanes; it reads a stream that others write and never slows them."""

    def __init__(self, *, feed: ShadowFeed, comments: CommentStore, directory: Directory, scorer: Scorer) -> None:
        """Take the ports and the classifier being tried."""
        self._feed = feed
        self._comments = comments
        self._directory = directory
        self._scorer = scorer
        self.stopping = asyncio.Event()

    @property
    def name(self) -> str:
        """Name the shadow by its classifier and that one's content: another model starts anew."""
        return f"{self._scorer.classifier.name}@{self._scorer.classifier.hash}"

    async def run(self) -> None:
        """Follow every lane until stopped; raises BrokenClassifier."""
        while not self.stopping.is_set():
            try:
                lanes = await self._directory.lanes()
                for lane in lanes:
                    await self.step(lane, block_ms=BLOCK_MS // len(lanes))
                if not lanes:
                    await asyncio.sleep(_PAUSE_SECONDS)
            except StorageDown as error:
                _log.warning("storage away: %s", error.detail)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def step(self, lane: str, *, block_ms: int) -> ShadowPosition:
        """Read one batch of a lane, score it and keep the scores; returns how far the shadow has come."""
        position = await self._feed.position(lane, self.name)
        batch = await self._feed.read(lane, position.entry_id, count=BATCH, block_ms=block_ms)
        if not batch:
            return position
        loop = asyncio.get_running_loop()
        comments = [comment for item in batch if (comment := await self._load(item)) is not None]
        try:
            scored = await loop.run_in_executor(None, self._scorer.score, [comment.body for comment in comments])
        except ValueError as error:
            await loop.run_in_executor(None, self._scorer.prove)
            # One text that it cannot score: a shadow tells by its absence.
            _log.warning("shadow %s could not score a batch: %s", self.name, type(error).__name__)
            comments, scored = [], []
        # What was trimmed away before it was read shows as a gap in the numbers; a new shadow starts without any.
        gap = batch[0].number - position.number - 1 if position.number else 0
        position = msgspec.structs.replace(
            position,
            entry_id=batch[-1].entry_id,
            number=batch[-1].number,
            scored=position.scored + len(comments),
            missed=position.missed + max(0, gap) + len(batch) - len(comments),
        )
        stamped = [(comment, self._scorer.stamp(labels)) for comment, labels in zip(comments, scored, strict=True)]
        await self._feed.store(lane, self.name, position, stamped)
        return position

    async def _load(self, item: Decided) -> Comment | None:
        site = await self._directory.site(item.site)
        comment = await self._comments.load(site, item.id) if site is not None else None
        return comment if comment is not None and comment.version == item.version else None
