"""What moderators, authors, sites and operators may do."""

import pytest

from service.domain.errors import (
    Conflict,
    Forbidden,
    GatepostError,
    Invalid,
    LostRace,
    NotFound,
    Precondition,
    Refused,
    StorageDown,
)
from service.domain.site import Principal, Site, Thread
from service.domain.views import ReviewQuery
from service.workflow import authoring, policies, read, review, sites, threads
from service.workflow.health import check_health
from service.workflow.house import House, find_site
from service.workflow.review import Action, Choice
from tests.builders import THREAD, Writer, policy_of
from tests.contract.test_fleet import worker
from tests.fakes.clock import Clock
from tests.ports import FakeBackend
from tests.steps import applied, held, published, submitted

ANNA = Principal(id="moderator-anna", role="moderator", sites=("mill",))
BEN = Principal(id="moderator-ben", role="moderator", sites=("mill", "nowhere"))


def choice(comment_id: str, version: int, action: Action = "approve", site: str = "mill") -> Choice:
    return Choice(site=site, id=comment_id, version=version, action=action, reason="Be kind.", note="Seen.")


async def test_a_decision_is_applied_once_and_the_loser_told_by_whom(
    house: House, fake: FakeBackend, writer: Writer
) -> None:
    waits = await held(fake, writer, await submitted(fake, writer))
    done = await review.decide(house, ANNA, choice(waits.id, 2))
    assert (done.status, done.version, done.statement, done.notes[0].text) == ("approved", 3, "Be kind.", "Seen.")
    with pytest.raises(LostRace) as caught:
        await review.decide(house, BEN, choice(waits.id, 2, "reject"))
    assert (caught.value.decided_by, caught.value.decided_to, caught.value.version) == (ANNA.id, "approved", 3)
    assert await house.comments.load(writer.site, waits.id) == done


async def test_a_decision_both_ways_is_possible(house: House, fake: FakeBackend, writer: Writer) -> None:
    comment = await published(fake, writer)
    for action in ("reject", "approve", "hold", "approve"):
        comment = await review.decide(house, ANNA, choice(comment.id, comment.version, action))
    assert comment.status == "approved"


async def test_who_reaches_a_site_and_who_does_not(house: House, fake: FakeBackend, writer: Writer) -> None:
    waits = await held(fake, writer, await submitted(fake, writer))
    stranger = Principal(id="m", role="moderator", sites=("other",))
    with pytest.raises(Forbidden):
        await review.decide(house, stranger, choice(waits.id, 2))
    # A site that is not is as forbidden as one that is, to those who are not scoped to it.
    with pytest.raises(Forbidden):
        await review.decide(house, stranger, choice(waits.id, 2, site="nowhere"))
    with pytest.raises(NotFound):
        await review.decide(house, BEN, choice(waits.id, 2, site="nowhere"))


async def test_what_cannot_be_decided(house: House, fake: FakeBackend, writer: Writer) -> None:
    pending = await submitted(fake, writer)
    with pytest.raises(Conflict):
        await review.decide(house, ANNA, choice(pending.id, 1))
    for unknown in ("x", "", "01a20c46-23d2-7000-8016-70ad5b379ad1"):
        with pytest.raises(NotFound):
            await review.decide(house, ANNA, choice(unknown, 1))


async def test_the_riskiest_are_the_held(house: House, mill: Site, fake: FakeBackend, writer: Writer) -> None:
    waits = await held(fake, writer, await submitted(fake, writer))
    await published(fake, writer)
    page = await review.list_comments(house, ANNA, mill, ReviewQuery(sort="riskiest"))
    assert page.comments == (waits,)
    with pytest.raises(Refused):
        await review.list_comments(house, ANNA, mill, ReviewQuery(sort="riskiest", status="approved"))


async def test_an_author_rewrites_and_withdraws(house: House, mill: Site, fake: FakeBackend, writer: Writer) -> None:
    comment = await published(fake, writer)
    with pytest.raises(Invalid):
        await authoring.rewrite(house, mill, comment.id, "")
    again = await authoring.rewrite(house, mill, comment.id, "Better.")
    assert (again.status, again.body) == ("pending", "Better.")
    with pytest.raises(Conflict):
        await authoring.rewrite(house, mill, comment.id, "Once more.")
    assert len(fake.memory.stream("main", "live")) == 1
    for _ in range(2):
        await authoring.withdraw(house, mill, comment.id)
    own = await read.own_comment(house, mill, comment.id)
    assert (own.status, own.body, own.author.name) == ("deleted", "", "")
    with pytest.raises(NotFound):
        await authoring.withdraw(house, mill, "nonsense")


@pytest.mark.parametrize("to", ["pending", "held", "rejected", "deleted"])
async def test_what_is_not_approved_is_as_unknown_as_what_never_was(
    house: House, mill: Site, fake: FakeBackend, writer: Writer, to: str
) -> None:
    comment = await submitted(fake, writer)
    if to == "deleted":
        await applied(fake, writer, writer.delete(comment))
    elif to != "pending":
        await applied(fake, writer, writer.judge(comment, "held" if to == "held" else "rejected"))
    answers = []
    for comment_id in (comment.id, "01a20c46-23d2-7000-8016-70ad5b379ad1", "nonsense"):
        with pytest.raises(NotFound) as caught:
            await read.approved_comment(house, mill, comment_id)
        answers.append((caught.value.slug, caught.value.detail))
    assert len(set(answers)) == 1


async def test_a_policy_is_stored_under_the_next_version(house: House, mill: Site) -> None:
    stored = await policies.replace_policy(
        house, mill, policy_of("pre", classifier="embedded-fast", version=77), replaces=1, by="m"
    )
    assert stored.version == 2
    assert await policies.read_policy(house, mill) == stored
    for replaces, slug in ((1, "version-mismatch"), (0, "precondition-required")):
        with pytest.raises(Precondition) as caught:
            await policies.replace_policy(house, mill, stored, replaces=replaces, by="m")
        assert caught.value.slug == slug
    with pytest.raises(Invalid):
        await policies.replace_policy(house, mill, policy_of(classifier="nobody"), replaces=2, by="m")
    assert await policies.read_policy(house, mill) == stored


async def test_a_thread_is_changed_by_field(house: House, mill: Site) -> None:
    changes = Thread(key=THREAD, title="The mill", title_verified=True)
    changed = await threads.change_thread(house, mill, THREAD, changes=changes, fields=frozenset({"title"}), by="key-1")
    made = changed.after
    assert (made.title, made.title_verified) == ("The mill", True)
    foreign = Thread(key=THREAD, url="https://evil.example/")
    with pytest.raises(Invalid):
        await threads.change_thread(house, mill, THREAD, changes=foreign, fields=frozenset({"url"}), by="key-1")
    assert await threads.find_thread(house, mill, THREAD) == made
    with pytest.raises(NotFound):
        await threads.find_thread(house, mill, "/nowhere")


@pytest.mark.parametrize(
    ("site_id", "origins", "lane", "languages"),
    [
        ("", ("https://a.example",), "main", ("en",)),
        ("Mill", ("https://a.example",), "main", ("en",)),
        ("a:b", ("https://a.example",), "main", ("en",)),
        ("a" * 65, ("https://a.example",), "main", ("en",)),
        ("new", (), "main", ("en",)),
        ("new", ("https://a.example/",), "main", ("en",)),
        ("new", ("*",), "main", ("en",)),
        ("new", ("https://a.example",), "a}b", ("en",)),
        ("new", ("https://a.example",), "main", ("english",)),
    ],
)
async def test_a_site_that_cannot_be_made(
    house: House, site_id: str, origins: tuple[str, ...], lane: str, languages: tuple[str, ...]
) -> None:
    policy = sites.default_policy("embedded-fast")
    with pytest.raises(Invalid):
        await sites.add_site(house, site_id, origins=origins, languages=languages, lane=lane, policy=policy)
    assert await house.directory.sites() == []


async def test_a_site_and_its_people_come_and_go(house: House) -> None:
    policy = sites.default_policy("embedded-fast")
    site, key = await sites.add_site(
        house, "new", origins=("https://a.example",), languages=("en",), lane="main", policy=policy
    )
    owner = await house.directory.principal(key)
    assert owner is not None
    assert (owner.role, owner.sites) == ("site", ("new",))
    moderator, token = await sites.add_principal(house, role="moderator", sites=("new",), name="Anna")
    assert await house.directory.principal(token) == moderator
    with pytest.raises(NotFound):
        await sites.add_principal(house, role="moderator", sites=("nowhere",))
    await sites.revoke(house, moderator.id)
    with pytest.raises(NotFound):
        await sites.revoke(house, moderator.id)
    assert await sites.remove_site(house, site.id) == 0
    with pytest.raises(NotFound):
        await find_site(house, site.id)


async def test_a_language_that_is_not_covered_is_refused_for_a_new_site(house: House) -> None:
    policy = sites.default_policy("embedded-fast")
    with pytest.raises(GatepostError) as caught:
        await sites.add_site(
            house, "neu", origins=("https://a.example",), languages=("de",), lane="main", policy=policy
        )
    assert caught.value.slug == "language-not-covered"


async def test_health_is_ok_degraded_or_down(
    house: House, fake: FakeBackend, writer: Writer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await check_health(house)).status == "degraded"
    await fake.fleet.beat(worker("w"), seconds=1_000)
    assert (await check_health(house)).status == "ok"
    await submitted(fake, writer)
    clock.advance(61)
    late = await check_health(house)
    assert (late.status, late.backlog, late.workers, late.redis) == ("degraded", 1, 1, True)

    async def away() -> None:
        raise StorageDown("away", retry_after=2)

    monkeypatch.setattr(fake.fleet, "probe", away)
    down = await check_health(house)
    assert (down.status, down.redis) == ("down", False)
