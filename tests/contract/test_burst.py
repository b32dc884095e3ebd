"""Many at once: nobody is told that the storage is away because of the others."""

import asyncio

from service.domain.site import Site
from tests.builders import THREAD, Writer
from tests.ports import Backend
from tests.steps import published


async def test_a_thousand_reads_at_once_are_all_answered(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    asked = [backend.comments.load(site, shown.id) for _ in range(500)]
    versions = [backend.comments.thread_version(site, THREAD) for _ in range(500)]
    found = await asyncio.gather(*asked)
    assert {one.id for one in found if one is not None} == {shown.id}
    assert len(set(await asyncio.gather(*versions))) == 1
