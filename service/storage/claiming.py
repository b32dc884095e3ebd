"""Claims in Redis: a string `NUMBER MODERATOR` a comment, which expires; its hash remembers the number in `f`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import msgspec

from service.domain.claiming import CLAIM_SECONDS, SKIP_SECONDS, Claim
from service.domain.comment import Comment
from service.domain.news import ClaimNews
from service.domain.site import Site
from service.domain.views import ReviewQuery
from service.storage import reviewing, scripts
from service.storage.keys import lane_keys
from service.storage.link import Link
from service.storage.telling import written

_MS = CLAIM_SECONDS * 1000
# Pages that one call looks at; each is some hundred comments of the index, most of them claimed by others.
_PAGES = 12
_MOST_LOOKED_AT = 200
_MOST_ESCALATED = 500


class RedisClaims:
    """The Claims over a Link."""

    def __init__(self, link: Link, *, milliseconds: int = _MS) -> None:
        """Take the link, and how long a claim holds."""
        self._link = link
        self._ms = milliseconds

    async def take(self, site: Site, comments: Sequence[Comment], *, by: str, most: int) -> list[Claim]:
        """Claim up to `most` of these, in order; one's own claims are renewed and keep their number."""
        return await self._take(site, [(comment.id, comment.version) for comment in comments], by, most)

    async def _take(self, site: Site, wanted: Sequence[tuple[str, int | None]], by: str, most: int) -> list[Claim]:
        """Claim comments of a version, or of whatever version they have."""
        keys = lane_keys(site.lane)
        pairs = [key for i, _ in wanted for key in (keys.comment(site.id, i), keys.claim(site.id, i))]
        versions = ["" if version is None else version for _, version in wanted]
        end, *numbers = await self._link.script(
            scripts.CLAIM, [keys.claim_count, *pairs], [by, most, self._ms, *versions]
        )
        until = _moment(end)
        claims = [
            Claim(id=comment_id, number=number, by=by, until=until)
            for (comment_id, _), number in zip(wanted, numbers, strict=True)
            if number
        ]
        said = until.isoformat().replace("+00:00", "Z")
        await self._tell(site, [ClaimNews(id=claim.id, by=by, until=said) for claim in claims])
        return claims

    async def _tell(self, site: Site, news: Sequence[ClaimNews]) -> None:
        """Tell those who watch the site; heard twice, it says the same."""
        channel = lane_keys(site.lane).news(site.id)
        await self._link.pipeline([("PUBLISH", channel, written(one)) for one in news])

    async def next(self, site: Site, query: ReviewQuery, *, by: str) -> list[tuple[Comment, Claim]]:
        """Claim the first `query.limit` that match and that nobody has claimed, nor this moderator skipped."""
        if _is_plain(query):
            return await self._next_plain(site, query, by)
        found: list[tuple[Comment, Claim]] = []
        looked_at, after = query.limit, query.after
        for _ in range(_PAGES):
            some = msgspec.structs.replace(query, limit=looked_at, after=after)
            page = await reviewing.review(self._link, site, some, among=self._free(site, by))
            left = query.limit - len(found)
            claims = {claim.id: claim for claim in await self.take(site, page.comments, by=by, most=left)}
            found += [(comment, claims[comment.id]) for comment in page.comments if comment.id in claims]
            after = page.after
            if after is None or len(found) >= query.limit:
                break
            # Others are quicker: all who read the same few would come to nothing again.
            looked_at = min(2 * looked_at, _MOST_LOOKED_AT)
        return found

    async def _next_plain(self, site: Site, query: ReviewQuery, by: str) -> list[tuple[Comment, Claim]]:
        """Do the same where the index alone says what matches: records are read of what was claimed, and no others."""
        free, after = self._free(site, by), query.after
        found: list[tuple[Comment, Claim]] = []
        for _ in range(_PAGES):
            rows = await reviewing.rows(self._link, site, query, after)
            ids = [row[1] for row in rows]
            asked = await free(ids) - await self._escalated(site, query)
            candidates = [i for i in ids if i in asked]
            looked_at = 2 * query.limit
            while candidates and len(found) < query.limit:
                some, candidates = candidates[:looked_at], candidates[looked_at:]
                found += await self._claimed(site, query, some, by, query.limit - len(found))
                looked_at = min(2 * looked_at, _MOST_LOOKED_AT)
            if len(found) >= query.limit or len(rows) < reviewing.STEP:
                break
            after = rows[-1]
        return found

    async def _escalated(self, site: Site, query: ReviewQuery) -> set[str]:
        if query.escalated is not False:
            return set()
        index = lane_keys(site.lane).risk(site.id, "~escalated")
        return {member.decode() for member in await self._link.read("ZREVRANGE", index, 0, _MOST_ESCALATED - 1)}

    async def _claimed(
        self, site: Site, query: ReviewQuery, ids: list[str], by: str, most: int
    ) -> list[tuple[Comment, Claim]]:
        claims = await self._take(site, [(comment_id, None) for comment_id in ids], by, most)
        if not claims:
            return []
        read = await reviewing.records(self._link, lane_keys(site.lane), site.id, [claim.id for claim in claims])
        pairs = list(zip(read, claims, strict=True))
        unfit = [(claim.id, claim.number) for comment, claim in pairs if not reviewing.fits(comment, query)]
        if unfit:
            # Moved since the index was read, or one of very many that are left to seniors.
            await self.release(site, unfit, by=by)
        return [(comment, claim) for comment, claim in pairs if comment is not None and reviewing.fits(comment, query)]

    def _free(self, site: Site, by: str) -> Callable[[list[str]], Awaitable[set[str]]]:
        keys = lane_keys(site.lane)

        async def free(ids: list[str]) -> set[str]:
            if not ids:
                return set()
            claims = [keys.claim(site.id, i) for i in ids]
            skips = [keys.skip(site.id, by, i) for i in ids]
            marks = await self._link.read("MGET", *claims, *skips)
            return {i for i, claim, skip in zip(ids, marks, marks[len(ids) :], strict=False) if not (claim or skip)}

        return free

    async def renew(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> list[datetime | None]:
        """Make claims last again; nothing for one that is no longer theirs."""
        end, *theirs = await self._tend(site, claims, by, self._ms)
        return [_moment(end) if mine else None for mine in theirs]

    async def release(self, site: Site, claims: Sequence[tuple[str, int]], *, by: str) -> None:
        """End claims; one that is no longer theirs stays as it is."""
        _, *theirs = await self._tend(site, claims, by, 0)
        gone = [comment_id for (comment_id, _), mine in zip(claims, theirs, strict=True) if mine]
        await self._tell(site, [ClaimNews(id=comment_id, by=by, until="") for comment_id in gone])

    async def _tend(self, site: Site, claims: Sequence[tuple[str, int]], by: str, milliseconds: int) -> list[int]:
        keys = lane_keys(site.lane)
        answer: list[int] = await self._link.script(
            scripts.TEND,
            [keys.claim(site.id, comment_id) for comment_id, _ in claims],
            [milliseconds, *(f"{number} {by}" for _, number in claims)],
        )
        return answer

    async def of(self, site: Site, ids: Sequence[str]) -> dict[str, Claim]:
        """Read the claims of comments, by id."""
        if not ids:
            return {}
        keys = lane_keys(site.lane)
        names = [keys.claim(site.id, i) for i in ids]
        time, said, *left = await self._link.pipeline(
            [("TIME",), ("MGET", *names), *(("PTTL", name) for name in names)]
        )
        now = int(time[0]) * 1000 + int(time[1]) // 1000
        found = {}
        for comment_id, claim, milliseconds in zip(ids, said, left, strict=True):
            # One that ended between the two reads has no time left; one in its last millisecond has nought.
            if claim is not None and milliseconds >= 0:
                number, _, by = claim.decode().partition(" ")
                found[comment_id] = Claim(id=comment_id, number=int(number), by=by, until=_moment(now + milliseconds))
        return found

    async def skip(self, site: Site, comment_id: str, *, by: str) -> None:
        """Leave a comment out of what a moderator is given next, for a day, and end their claim on it."""
        key = lane_keys(site.lane).skip(site.id, by, comment_id)
        # Run twice, it is as run once.
        await self._link.pipeline([("SET", key, "1", "PX", SKIP_SECONDS * 1000)])
        claim = (await self.of(site, [comment_id])).get(comment_id)
        if claim is not None and claim.by == by:
            await self.release(site, [(comment_id, claim.number)], by=by)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _is_plain(query: ReviewQuery) -> bool:
    """Tell whether a query asks for a queue of what is held, and nothing narrower."""
    plain = ReviewQuery(
        status="held",
        queue=query.queue,
        escalated=query.escalated,
        sort=query.sort,
        limit=query.limit,
        after=query.after,
    )
    return query == plain and query.sort in ("first", "riskiest")
