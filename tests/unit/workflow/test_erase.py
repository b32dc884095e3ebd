"""Erasing, exporting, holding and ageing: what goes, what stays, and who may ask."""

import json
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from service.domain.authors import claimed_key, device_key, signed_key
from service.domain.comment import Author, Comment, Note
from service.domain.errors import Conflict, Invalid, NotFound, Refused
from service.domain.keeping import ledger_name
from service.domain.orders import Idempotency
from service.domain.site import Site
from service.domain.tokens import Hasher
from service.domain.work import ShadowPosition
from service.workflow import authoring, holds
from service.workflow.archive import Archive
from service.workflow.erase import STEP, erase
from service.workflow.export import export
from service.workflow.house import House
from service.workflow.reapply import ErasureChore, reapply
from tests.builders import Writer, replaced, scores_of
from tests.contract.test_submit import key_of, limits_of
from tests.ports import FakeBackend
from tests.steps import applied, approved, entry_of, judged, published

ANNA = "d" * 32


def by_anna(writer: Writer, body: str = "A fine morning.", parent: str | None = None) -> Comment:
    author = Author(key=ANNA, strength="device", name="Anna", website="https://anna.example/", email="e" * 32)
    return replaced(writer.comment(body, parent=parent), author=author)


async def sent(fake: FakeBackend, writer: Writer, comment: Comment, answer: Idempotency | None = None) -> Comment:
    await fake.comments.submit(
        writer.site,
        writer.order(
            comment,
            idempotency=answer,
            limits=limits_of(
                author=comment.author.key, address_per_minute=9_000, address_burst=9_000, author_per_minute=9_000
            ),
        ),
    )
    return comment


async def in_every_status(fake: FakeBackend, writer: Writer) -> list[Comment]:
    """Leave a comment of Anna's in each status, one of them buried, with all that may lie beside them."""
    first = await approved(fake, writer, await sent(fake, writer, by_anna(writer), key_of()))
    await fake.shadows.store("main", "toy", ShadowPosition(), [(first, scores_of(0.4))])
    rejected = await judged(fake, writer, await sent(fake, writer, by_anna(writer)), "rejected")
    decided = writer.decide(rejected, "held")
    noted = replaced(
        decided.after, statement="Be kind.", notes=(Note(at=decided.after.created_at, by="m", text="Third time."),)
    )
    noted = await applied(fake, writer, msgspec.structs.replace(decided, after=noted))
    poison = await sent(fake, writer, by_anna(writer))
    buried = await applied(fake, writer, writer.bury(poison, await entry_of(fake, poison)))
    pending = await sent(fake, writer, by_anna(writer))
    return [first, noted, buried, pending]


WHOLE = {
    "comments": 4,
    "names": 4,
    "texts": 4,
    "websites": 4,
    "email_hashes": 4,
    "author_hashes": 4,
    "tokens": 4,
    "statements": 1,
    "notes": 1,
    "scores": 2,
    "shadow_scores": 1,
    "idempotency_answers": 1,
    "buried_entries": 1,
    "author_limits": 1,
    "address_limits": 1,
}


async def test_everything_of_an_author_goes_and_is_counted(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    stranger = await published(fake, writer)
    comments = await in_every_status(fake, writer)
    foreseen = await erase(archive, writer.site, ANNA, dry_run=True)
    assert (foreseen.removed, foreseen.dry_run, foreseen.done) == (WHOLE, True, False)
    assert [await archive.comments.load(writer.site, c.id) for c in comments] == comments
    assert fake.memory.ledger == {}
    done = await erase(archive, writer.site, ANNA)
    assert (done.removed, done.done, done.kept_under_legal_hold) == (WHOLE, True, 0)
    for before in comments:
        after = await archive.comments.load(writer.site, before.id)
        assert after is not None
        nobody = Author(key="", strength="device", name="")
        assert (after.status, after.author, after.body, after.notes) == ("deleted", nobody, "", ())
        assert (after.statement, after.scores, after.reasons) == ("", None, ())
        assert after.trail[:-1] == before.trail
        assert (after.trail[-1].actor, after.trail[-1].by) == ("erasure", "erasure")
    assert await archive.comments.load(writer.site, stranger.id) == stranger
    kept = repr(vars(fake.memory))
    assert ANNA not in kept
    assert "e" * 32 not in kept
    again = await erase(archive, writer.site, ANNA)
    assert (again.removed, again.done) == ({}, True)


async def test_a_reply_to_the_erased_stays_under_its_place(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    reply = await published(fake, writer, parent=comment.id)
    await erase(archive, writer.site, ANNA)
    page = await fake.comments.page(writer.site, comment.thread, sort="oldest", limit=9, after=None)
    assert [(c.id, c.status) for c in page.comments] == [(comment.id, "deleted"), (reply.id, "approved")]


async def test_a_typed_name_erases_and_exports_nobody(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await published(fake, writer)
    for dry_run in (True, False):
        with pytest.raises(Refused, match="typed name"):
            await erase(archive, writer.site, "anna", dry_run=dry_run)
    with pytest.raises(Refused, match="typed name"):
        _ = [line async for line in export(archive, writer.site, "anna")]
    assert await archive.comments.load(writer.site, comment.id) == comment
    assert fake.memory.ledger == {}


async def test_more_than_a_step_is_erased_and_what_broke_off_is_taken_up(
    archive: Archive, fake: FakeBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments = [await sent(fake, writer, by_anna(writer)) for _ in range(2 * STEP + 50)]
    sizes: list[int] = []
    through = archive.traces.forget_answers

    async def breaks_off(site: Site, traces: Sequence[object]) -> int:
        sizes.append(len(traces))
        if len(sizes) == 2:
            message = "the shell was closed"
            raise KeyboardInterrupt(message)
        return await through(site, traces)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(archive.traces, "forget_answers", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            await erase(archive, writer.site, ANNA)
    assert sizes == [STEP, STEP]
    # A comment that came after the demand is not meant by it.
    writer.clock.advance(5)
    later = await sent(fake, writer, by_anna(writer))
    await reapply(archive, writer.site)
    stored = [await archive.comments.load(writer.site, c.id) for c in comments]
    assert {c.status for c in stored if c} == {"deleted"}
    assert await archive.comments.load(writer.site, later.id) == later
    assert [(e.done, e.author) for e in fake.memory.ledger.values()] == [(True, "")]


async def test_a_comment_decided_in_between_is_erased_all_the_same(
    archive: Archive, fake: FakeBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = await sent(fake, writer, by_anna(writer))
    through = archive.traces.forget_answers

    async def meanwhile(site: Site, traces: Sequence[object]) -> int:
        stored = await fake.comments.load(site, comment.id)
        if stored == comment:
            await approved(fake, writer, comment)
        return await through(site, traces)  # type: ignore[arg-type]

    monkeypatch.setattr(archive.traces, "forget_answers", meanwhile)
    done = await erase(archive, writer.site, ANNA)
    assert (done.done, done.removed["comments"]) == (True, 1)


async def test_a_token_of_the_erased_opens_nothing(
    house: House, archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    comment = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    await erase(archive, writer.site, ANNA)
    with pytest.raises(NotFound):
        await authoring.withdraw(house, writer.site, comment.id)
    with pytest.raises(NotFound):
        await authoring.rewrite(house, writer.site, comment.id, "Anew.")


async def test_a_restored_author_is_erased_again_and_a_new_comment_is_not(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    comment = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    claimed = await published(fake, writer)
    await erase(archive, writer.site, ANNA)
    # As a restore does it: the records are back, and the ledger is to be applied anew.
    fake.memory.records[writer.site.id, comment.id] = comment
    writer.clock.advance(5)
    later = await sent(fake, writer, by_anna(writer))
    await archive.ledger.take_in([], anew=True)
    await reapply(archive, writer.site)
    back = await archive.comments.load(writer.site, comment.id)
    assert back is not None
    assert back.status == "deleted"
    assert await archive.comments.load(writer.site, later.id) == later
    assert await archive.comments.load(writer.site, claimed.id) == claimed
    assert await archive.ledger.open() == []


async def test_an_erasure_waits_for_a_legal_hold_to_end(
    house: House, archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    kept = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    other = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    until = writer.clock() + timedelta(days=2)
    await holds.place(archive, writer.site, kept.id, by="admin", reason="case 7", until=until)
    with pytest.raises(Conflict):
        await authoring.withdraw(house, writer.site, kept.id)
    with pytest.raises(Conflict):
        await authoring.rewrite(house, writer.site, kept.id, "Anew.")
    assert (await erase(archive, writer.site, ANNA, dry_run=True)).kept_under_legal_hold == 1
    done = await erase(archive, writer.site, ANNA)
    assert (done.done, done.kept_under_legal_hold, done.removed["comments"]) == (False, 1, 1)
    assert await archive.comments.load(writer.site, kept.id) == kept
    gone = await archive.comments.load(writer.site, other.id)
    assert gone is not None
    assert gone.status == "deleted"
    chore = ErasureChore(archive)
    assert await chore.step("main") == 0
    writer.clock.advance(2 * 86_400)
    assert await chore.step("main") == 1
    assert await chore.step("main") == 0
    gone = await archive.comments.load(writer.site, kept.id)
    assert gone is not None
    assert gone.status == "deleted"
    assert ANNA not in repr(fake.memory.ledger)


async def test_a_hold_that_is_lifted_lets_the_erasure_go_on(
    archive: Archive, fake: FakeBackend, writer: Writer
) -> None:
    kept = await approved(fake, writer, await sent(fake, writer, by_anna(writer)))
    until = writer.clock() + timedelta(days=2)
    await holds.place(archive, writer.site, kept.id, by="admin", reason="case 7", until=until)
    await erase(archive, writer.site, ANNA)
    await holds.lift(archive, writer.site, kept.id, by="admin")
    await reapply(archive, writer.site)
    assert (await erase(archive, writer.site, ANNA)).removed == {}
    with pytest.raises(NotFound):
        await holds.lift(archive, writer.site, kept.id, by="admin")


async def test_what_is_no_hold_is_refused(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    comment = await published(fake, writer)
    now = writer.clock()
    for faulty in ({"reason": " "}, {"by": ""}, {"until": now - timedelta(days=1)}, {"reason": "x" * 501}):
        chosen = {"by": "admin", "reason": "case 7", "until": now + timedelta(days=1), **faulty}
        with pytest.raises(Invalid):
            await holds.place(archive, writer.site, comment.id, **chosen)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await holds.place(archive, writer.site, "7", by="a", reason="b", until=now + timedelta(days=1))


async def test_an_export_has_everything_but_who_decided(archive: Archive, fake: FakeBackend, writer: Writer) -> None:
    await published(fake, writer, "Of somebody else.")
    comments = await in_every_status(fake, writer)
    head, *lines, end = [line async for line in export(archive, writer.site, ANNA)]
    assert (head["site"], head["author"], head["gatepost_export"]) == ("mill", ANNA, 1)
    assert [(line["id"], line["status"]) for line in lines] == [(c.id, c.status) for c in comments]
    assert end == {
        "comments": 4,
        "unreadable": 0,
        "notes_left_out": 1,
        "author_limits": 1,
        "address_limits": 1,
        "blocked_until": None,
    }
    noted = lines[1]
    assert (noted["statement"], noted["notes"], noted["name"]) == ("Be kind.", None, "Anna")
    assert [(d["actor"], d["before"], d["after"]) for d in noted["decisions"]] == [
        ("worker", "pending", "rejected"),
        ("moderator", "rejected", "held"),
    ]
    assert lines[0]["shadow_scores"]["toy"]["labels"] == {"toxicity": 0.4}
    assert lines[0]["idempotency_key_hash"] == "k" * 32
    said = json.dumps([head, *lines, end])
    for other in ("moderator-1", "worker-1", "Third time.", "Of somebody else."):
        assert other not in said
    asked = [line async for line in export(archive, writer.site, ANNA, notes=True)][2]
    assert asked["notes"] == ("Third time.",)


async def test_an_export_of_nobody_is_empty(archive: Archive, writer: Writer) -> None:
    head, end = [line async for line in export(archive, writer.site, "0" * 32)]
    assert (head["author"], end["comments"]) == ("0" * 32, 0)


def test_authors_are_told_apart_by_strength_and_site() -> None:
    hasher = Hasher(b"p" * 32)
    keys = {signed_key(hasher, "mill", "anna"), device_key(hasher, "mill", "anna"), signed_key(hasher, "weir", "anna")}
    keys |= {claimed_key(hasher, "mill", "anna", "")}
    assert len(keys) == 4
    assert ledger_name("mill", "a") != ledger_name("weir", "a")
