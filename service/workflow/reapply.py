"""Erasures that are not done yet: broken off, kept back by a legal hold, or undone by a restored backup."""

from collections import Counter

import msgspec

from service.domain.keeping import LedgerEntry, ledger_name
from service.domain.site import Site
from service.workflow.archive import Archive
from service.workflow.erase import STEP, carry_out


class ErasureChore:
    """Carries out what the ledger says is not done; reads the ledger's file first, which a restore may have passed by.

    One process may run it or several: an erasure that is done twice is done.
    """

    name = "erasure"
    period = 300.0

    def __init__(self, archive: Archive) -> None:
        """Take the archive."""
        self._archive = archive
        self._read_file = False
        # By site: where the search among its authors goes on, and whose names were sought from its beginning.
        self._searches: dict[str, tuple[int, frozenset[str]]] = {}

    async def step(self, lane: str) -> int:
        """Erase up to 200 comments, or look through some authors; returns 200 where there is more to do at once."""
        if not self._read_file:
            await self._archive.ledger.take_in((), anew=False)
            self._read_file = True
        by_site: dict[str, list[LedgerEntry]] = {}
        for entry in await self._archive.ledger.open():
            by_site.setdefault(entry.site, []).append(entry)
        done = 0
        for site in await self._archive.directory.sites():
            if site.lane == lane and site.id in by_site:
                done += await self._site(site, by_site[site.id])
                if done >= STEP:
                    return STEP
        return done

    async def _site(self, site: Site, entries: list[LedgerEntry]) -> int:
        removed: Counter[str] = Counter()
        for entry in entries:
            if entry.author:
                left = await carry_out(self._archive, site, entry, removed, at_once=False)
                if left.more and removed["comments"]:
                    return STEP
        unknown = {entry.name: entry for entry in entries if not entry.author}
        if unknown:
            await self._search(site, unknown)
            return STEP
        return removed["comments"]

    async def _search(self, site: Site, unknown: dict[str, LedgerEntry]) -> None:
        """Look through some of the site's authors for those that the ledger names by hash alone."""
        cursor, sought = self._searches.get(site.id, (0, frozenset(unknown)))
        cursor, authors = await self._archive.traces.authors(site, cursor)
        for author in authors:
            entry = unknown.get(ledger_name(site.id, author))
            if entry is not None:
                await self._archive.ledger.put(msgspec.structs.replace(entry, author=author))
        if cursor:
            self._searches[site.id] = (cursor, sought)
            return
        self._searches.pop(site.id, None)
        for name in sought:
            entry = await self._archive.ledger.find(name)
            if entry is not None and not entry.done and not entry.author:
                # Every author was looked at: nothing of this one is stored.
                await self._archive.ledger.put(msgspec.structs.replace(entry, done=True))


async def reapply(archive: Archive, site: Site) -> None:
    """Carry out every erasure of a site that can be, however long it takes."""
    chore = ErasureChore(archive)
    while await chore.step(site.lane) >= STEP:
        pass
