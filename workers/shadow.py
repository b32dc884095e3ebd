"""A shadow: scores what the workers have decided, decides nothing, and says how much it missed."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from service.domain.comment import Comment
from service.domain.directory import Directory
from service.domain.errors import StorageDown
from service.domain.ports import CommentStore, ShadowFeed
from service.domain.scores import Scores
from service.domain.work import Decided, ShadowPosition
from workers.scoring import Scorer

_log = logging.getLogger(__name__)

BATCH = 128
BLOCK_MS = 1_000
_PAUSE_SECONDS = 1.0


class Shadow:
    """One shadow process's work on its lanes; it reads a stream that others write and never slows them."""

    def __init__(
        self,
        *,
        feed: ShadowFeed,
        comments: CommentStore,
        directory: Directory,
        scorer: Scorer,
        lanes: Sequence[str] = (),
    ) -> None:
        """Take the ports, the classifier being tried and the lanes to follow (none: all, also later ones)."""
        self._feed = feed
        self._comments = comments
        self._directory = directory
        self._scorer = scorer
        self._lanes = lanes
        self.stopping = asyncio.Event()

    @property
    def name(self) -> str:
        """Name the shadow by its classifier and that one's content: another model starts anew."""
        return f"{self._scorer.classifier.name}@{self._scorer.classifier.hash}"

    async def run(self) -> None:
        """Follow its lanes until stopped; raises BrokenClassifier."""
        while not self.stopping.is_set():
            try:
                lanes = self._lanes or await self._directory.lanes()
                for lane in lanes:
                    # 0 would wait for ever.
                    await self.step(lane, block_ms=max(1, BLOCK_MS // len(lanes)))
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
        comments = [comment for item in batch if (comment := await self._load(item)) is not None]
        scored = await asyncio.get_running_loop().run_in_executor(None, self._score, comments)
        # What was trimmed away before it was read shows as a gap in the numbers; a new shadow starts without any.
        gap = batch[0].number - position.number - 1 if position.number else 0
        position = msgspec.structs.replace(
            position,
            entry_id=batch[-1].entry_id,
            number=batch[-1].number,
            scored=position.scored + len(scored),
            missed=position.missed + max(0, gap) + len(batch) - len(scored),
        )
        position = await self._feed.store(lane, self.name, position, scored)
        _log.info("lane %s: shadow scored %d decisions, missed %d", lane, position.scored, position.missed)
        return position

    def _score(self, comments: Sequence[Comment]) -> list[tuple[Comment, Scores]]:
        """Score comments; one that the classifier cannot score is missed, and takes no other with it."""
        try:
            scored = self._scorer.score([comment.body for comment in comments])
        except Exception as error:  # noqa: BLE001 - poison and a broken model look alike: the control text tells
            self._scorer.prove()
            if len(comments) == 1:
                _log.warning("shadow %s could not score %s: %s", self.name, comments[0].id, type(error).__name__)
                return []
            return [pair for comment in comments for pair in self._score([comment])]
        return [(comment, self._scorer.stamp(labels)) for comment, labels in zip(comments, scored, strict=True)]

    async def _load(self, item: Decided) -> Comment | None:
        site = await self._directory.site(item.site)
        try:
            comment = await self._comments.load(site, item.id) if site is not None else None
        except (msgspec.MsgspecError, ValueError):
            return None
        # Others may have moved it since, and are what it is compared with; only its author changes the text.
        same = comment is not None and not any(move.actor == "author" for move in comment.trail[item.version - 1 :])
        return comment if same else None
