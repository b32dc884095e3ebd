"""What no worker has read in time goes to a human, where the policy says so; a late verdict decides nothing."""

from msgspec.structs import replace

from service.domain.chores import Chore
from service.domain.orders import Lost, Moved
from service.domain.policy import Policy
from service.domain.rule_settings import LateRule
from service.domain.site import Site
from service.workflow.lateness import Latecomers, hold_late
from tests.builders import Writer, policy_of, site_of
from tests.contract.test_submit import entries_of
from tests.fakes.clock import Clock
from tests.ports import Backend
from tests.steps import entry_of, submitted


class Impatient:
    """The queue with what has waited so many seconds longer: tests do not wait."""

    def __init__(self, backend: Backend, seconds: float) -> None:
        self._queue = backend.queue
        self.seconds = seconds

    def __getattr__(self, name: str) -> object:
        return getattr(self._queue, name)

    async def oldest(self, *args: object, **kwargs: object) -> list[object]:
        found = await self._queue.oldest(*args, **kwargs)  # type: ignore[arg-type]
        return [replace(one, waited_seconds=one.waited_seconds + self.seconds) for one in found]


def policy(version: int, *, seconds: int | None) -> Policy:
    late = LateRule() if seconds is None else LateRule(action="hold", after_seconds=seconds)
    return replace(policy_of(version=version), on_classifier_late=late)


def latecomers(backend: Backend, seconds: float) -> Latecomers:
    queue: object = Impatient(backend, seconds)
    return Latecomers(
        queue=queue,  # type: ignore[arg-type]
        comments=backend.comments,
        directory=backend.directory,
        now=backend.clock,
    )


async def test_what_is_late_is_held_by_the_system_and_its_entry_is_done(
    backend: Backend, site: Site, writer: Writer
) -> None:
    await backend.directory.put_policy(site, policy(2, seconds=300), replaces=1)
    comment, later = await submitted(backend, writer), await submitted(backend, writer)
    entry = await entry_of(backend, comment)
    # A minute before the deadline nothing happens.
    assert await hold_late(latecomers(backend, 240), "main") == 0
    assert await entries_of(backend) == 2
    chore = latecomers(backend, 301)
    assert isinstance(chore, Chore)
    assert await hold_late(chore, "main") == 2
    held = await backend.comments.load(site, comment.id)
    assert held is not None
    assert (held.status, held.trail[-1].actor, held.trail[-1].by) == ("held", "system", "housekeeper")
    assert [(r.rule, r.code) for r in held.reasons] == [("queue", "classifier-late")]
    assert await entries_of(backend) == 0
    # A worker had taken it: its verdict comes too late, and decides nothing.
    result = await backend.comments.move(site, writer.judge(comment, "approved", entry=entry))
    assert isinstance(result, Lost)
    assert result.current == held
    # A moderator decides as ever; a second walk finds nothing.
    assert isinstance(await backend.comments.move(site, writer.decide(held, "approved")), Moved)
    assert await hold_late(latecomers(backend, 1_000), "main") == 0
    assert (await backend.comments.load(site, later.id)) is not None


async def test_a_site_that_waits_keeps_waiting_beside_one_that_holds(
    backend: Backend, site: Site, writer: Writer, clock: Clock
) -> None:
    other = site_of(clock, "other")
    await backend.directory.add_site(other, policy(1, seconds=60))
    foreign = Writer(clock, other)
    mine, theirs = await submitted(backend, writer), await submitted(backend, foreign)
    assert await hold_late(latecomers(backend, 86_400), "main") == 1
    waits, held = await backend.comments.load(site, mine.id), await backend.comments.load(other, theirs.id)
    assert [one.status if one else None for one in (waits, held)] == ["pending", "held"]
    assert await entries_of(backend) == 1


async def test_nobody_is_asked_where_nobody_holds(backend: Backend, site: Site, writer: Writer) -> None:
    await submitted(backend, writer)
    late = latecomers(backend, 86_400)
    assert await late.step("main") == 0
    assert await hold_late(late, "main") == 0


async def test_an_edit_waits_anew_and_an_import_waits_by_its_nature(
    backend: Backend, site: Site, writer: Writer
) -> None:
    await backend.directory.put_policy(site, policy(2, seconds=300), replaces=1)
    imported = writer.comment()
    await backend.comments.submit(site, writer.order(imported, stream="bulk"))
    assert await hold_late(latecomers(backend, 86_400), "main") == 0
    waits = await backend.comments.load(site, imported.id)
    assert waits is not None
    assert waits.status == "pending"


async def test_a_long_queue_is_walked_in_steps(backend: Backend, site: Site, writer: Writer) -> None:
    await backend.directory.put_policy(site, policy(2, seconds=300), replaces=1)
    for _ in range(230):
        await backend.comments.submit(site, writer.order())
    late = latecomers(backend, 301)
    steps = [await late.step("main") for _ in range(3)]
    # Some of the site's comments stand behind the others, in `surplus`.
    assert max(steps) == 200
    while await late.step("main") >= 200:
        pass
    assert late.held == 230
    assert await entries_of(backend) == 0
