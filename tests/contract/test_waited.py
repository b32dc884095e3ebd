"""How long live entries waited: told where a policy asks for it."""

from msgspec.structs import replace

from service.domain.policy import FastClear
from service.domain.site import Site
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_queue import subjects, take
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.steps import submitted


async def test_live_entries_tell_how_long_they_waited_where_the_policy_asks(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    asking = Writer(clock, site_of(clock, "asking"))
    clearing = replace(policy_of(), fast_clear=FastClear(after_seconds=5))
    await backend.directory.add_site(asking.site, clearing)
    live, silent = await submitted(backend, asking), await submitted(backend, writer)
    bulk = asking.order(stream="bulk")
    await backend.comments.submit(asking.site, bulk)
    entries = [*await take(backend), *await take(backend)]

    async def waited() -> dict[str, float]:
        clock.advance(0.01)
        context = await backend.queue.context({site.id: site, "asking": asking.site}, entries)
        return {subject.comment.id: subject.waited_seconds for subject in subjects(context)}

    while (found := await waited())[live.id] < 0.05:
        pass
    assert found[live.id] < 60
    assert (found[silent.id], found[bulk.comment.id]) == (0.0, 0.0)
