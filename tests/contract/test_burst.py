"""Many at once: nobody is told that the storage is away because of the others."""

import asyncio

from service.domain.site import Site
from tests.builders import THREAD, Writer
from tests.ports import Backend
from tests.steps import published


async def test_hundreds_of_reads_at_once_are_all_answered(backend: Backend, site: Site, writer: Writer) -> None:
    shown = await published(backend, writer)
    # More than the pool has connections.
    asked = [backend.comments.load(site, shown.id) for _ in range(150)]
    versions = [backend.comments.thread_version(site, THREAD) for _ in range(150)]
    found, told = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*versions))
    assert {one.id for one in found if one is not None} == {shown.id}
    assert len(set(told)) == 1
