"""Appeals: once a rejection, in time, to another moderator; and what the author is told."""

from datetime import timedelta

import msgspec
import pytest

from service.api.wire_appeals import AppealedComment
from service.domain import moves
from service.domain.comment import Comment, Reason
from service.domain.errors import Conflict, Invalid, TooMany
from service.domain.orders import Move
from service.domain.policy import Policy
from service.domain.rule_settings import AppealsRule, HouseRule, RetentionRule, Rules
from service.domain.site import Principal, Site
from service.domain.statement import Statement, statement_of
from service.domain.tokens import AUTHOR_SECONDS
from service.workflow.appealing import appeal, may_still_appeal, waiting
from service.workflow.archive import Archive
from service.workflow.house import House
from service.workflow.retention import sweep
from tests.builders import Writer, policy_of, replaced
from tests.ports import FakeBackend
from tests.steps import applied, judged, published, submitted

WORDS = "It was a joke."
NORA = Principal(id="moderator-1", role="moderator", sites=("mill",))
KIND = HouseRule(id="kind", title={"de": "Freundlich", "en": "Be kind"}, text={"en": "Write as you would speak."})


async def rejected(fake: FakeBackend, writer: Writer, by: str = "moderator-1") -> Comment:
    """Have a comment rejected by a moderator, for a house rule."""
    shown = await published(fake, writer)
    move = writer.decide(shown, "rejected", by=by)
    last = msgspec.structs.replace(move.after.trail[-1], house_rule="kind")
    after = replaced(move.after, trail=(*move.after.trail[:-1], last), statement="Not so.")
    return await applied(fake, writer, Move(before=shown, after=after))


async def told(house: House, fake: FakeBackend, site: Site, comment: Comment) -> Statement | None:
    policy = msgspec.structs.replace(await fake.directory.policy(site), house_rules=(KIND,))
    return statement_of(comment, policy, site.languages, now=house.now())


async def test_an_appeal_is_made_once_and_read_by_its_author(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    comment = await rejected(fake, writer)
    before = await told(house, fake, mill, comment)
    assert before is not None
    assert (before.appeal.possible, before.appeal.state) == (True, "possible")
    assert before.appeal.until == comment.trail[-1].at + timedelta(days=14)
    held = await appeal(house, mill, comment.id, WORDS)
    assert (held.status, held.statement, held.trail[-1].actor) == ("held", "Not so.", "appeal")
    assert held.appeal is not None
    assert (held.appeal.text, held.appeal.against) == (WORDS, comment.trail[-1].id)
    with pytest.raises(Conflict, match="already"):
        await appeal(house, mill, comment.id, WORDS)
    during = await told(house, fake, mill, held)
    assert during is not None
    assert (during.appeal.state, during.text, during.house_rule is not None) == ("waiting", "Not so.", True)
    after = await applied(fake, writer, writer.decide(held, "rejected", by="moderator-2"))
    with pytest.raises(Conflict, match="final"):
        await appeal(house, mill, comment.id, WORDS)
    final = await told(house, fake, mill, after)
    assert final is not None
    assert (final.appeal.possible, final.appeal.state, final.appeal.until) == (False, "upheld", None)


async def test_an_appeal_that_is_granted_publishes_and_is_told(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    held = await appeal(house, mill, (await rejected(fake, writer)).id, WORDS)
    after = await applied(fake, writer, writer.decide(held, "approved", by="moderator-2"))
    statement = await told(house, fake, mill, after)
    assert statement is not None
    assert statement.appeal.state == "overturned"
    # Written anew it is another text, with nothing to appeal.
    edited = await applied(fake, writer, writer.edit(after, "Anew."))
    assert (edited.appeal, await told(house, fake, mill, edited)) == (None, None)


async def test_who_decides_their_own_rejection_again_is_marked_and_not_shown_why(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    held = await appeal(house, mill, (await rejected(fake, writer)).id, WORDS)
    (listed,) = await waiting(house, NORA, mill)
    own, other = AppealedComment.of(listed, "moderator-1"), AppealedComment.of(listed, "moderator-2")
    assert (own.appeal.independent, own.appeal.hidden, own.appeal.first_house_rule) == (False, True, None)
    assert (own.appeal.first_reason, own.comment.statement, own.comment.reasons) == ("", "", ())
    assert [made.house_rule for made in own.comment.trail] == [None, None, None]
    assert (other.appeal.independent, other.appeal.first_house_rule) == (True, "kind")
    assert (other.appeal.first_reason, other.appeal.text) == ("Not so.", WORDS)
    same = writer.decide(held, "rejected", by="moderator-1").after
    assert [made.independent for made in same.trail] == [True, True, True, False]
    assert writer.decide(held, "rejected", by="moderator-2").after.trail[-1].independent
    await applied(fake, writer, Move(before=held, after=same))
    assert await waiting(house, NORA, mill) == []
    assert fake.memory.tallies["mill", f"{writer.clock():%Y-%m}"]["appeal:upheld:same"] == 1


async def test_a_machines_rejection_is_nobodys(house: House, fake: FakeBackend, mill: Site, writer: Writer) -> None:
    comment = await judged(fake, writer, await submitted(fake, writer), "rejected")
    held = await appeal(house, mill, comment.id, WORDS)
    assert AppealedComment.of(held, "worker-1").appeal.independent
    statement = await told(house, fake, mill, held)
    assert statement is not None
    assert (statement.detected, statement.decided, statement.house_rule) == ("automatic", "automatic", None)


@pytest.mark.parametrize("late", [False, True])
async def test_an_appeal_has_its_time(
    house: House, fake: FakeBackend, mill: Site, writer: Writer, *, late: bool
) -> None:
    comment = await rejected(fake, writer)
    writer.clock.advance(14 * 86_400 + (60 if late else -60))
    if late:
        with pytest.raises(Conflict, match="time"):
            await appeal(house, mill, comment.id, WORDS)
    else:
        assert (await appeal(house, mill, comment.id, WORDS)).status == "held"


async def test_what_is_no_rejection_is_not_appealed(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    for comment in (await submitted(fake, writer), await published(fake, writer)):
        with pytest.raises(Conflict):
            await appeal(house, mill, comment.id, WORDS)
    comment = await rejected(fake, writer)
    for text in ("", " ", "x" * 1_001, "a\x00b"):
        with pytest.raises(Invalid):
            await appeal(house, mill, comment.id, text)
    off = Rules(appeals=AppealsRule(enabled=False))
    await fake.directory.put_policy(mill, policy_of(rules=off, version=2), replaces=1)
    with pytest.raises(Conflict):
        await appeal(house, mill, comment.id, WORDS)


async def test_an_author_appeals_so_often_a_day(house: House, fake: FakeBackend, mill: Site, writer: Writer) -> None:
    comments = [await rejected(fake, writer) for _ in range(6)]
    for comment in comments[:5]:
        await appeal(house, mill, comment.id, WORDS)
    with pytest.raises(TooMany):
        await appeal(house, mill, comments[5].id, WORDS)
    assert fake.memory.records["mill", comments[5].id].status == "rejected"


async def test_a_token_that_ran_out_still_appeals_in_time(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    token = house.tokens.sign(mill.id, shown.id, house.tokens.current)
    writer.clock.advance(AUTHOR_SECONDS + 60)
    assert not await may_still_appeal(house, token, mill, shown.id)
    comment = await applied(fake, writer, writer.decide(shown, "rejected"))
    assert await may_still_appeal(house, token, mill, shown.id)
    assert not await may_still_appeal(house, token[:-2] + "xx", mill, shown.id)
    assert not await may_still_appeal(house, token, mill, "nonsense")
    await appeal(house, mill, comment.id, WORDS)
    assert await may_still_appeal(house, token, mill, shown.id)


async def test_nothing_that_waits_on_an_appeal_is_too_old(
    house: House, fake: FakeBackend, archive: Archive, mill: Site, writer: Writer
) -> None:
    days = Rules(retention=RetentionRule(rejected_days=14, held_days=1))
    await fake.directory.put_policy(mill, policy_of(rules=days, version=2), replaces=1)
    comment = await judged(fake, writer, await submitted(fake, writer), "rejected")
    await appeal(house, mill, comment.id, WORDS)
    other = await judged(fake, writer, await submitted(fake, writer), "held")
    writer.clock.advance(90 * 86_400)
    position = (await sweep(archive, mill)).position
    while position is not None:
        position = (await sweep(archive, mill, position)).position
    assert set(fake.memory.records) == {("mill", comment.id)}
    assert ("mill", other.id) not in fake.memory.records


async def test_a_statement_says_which_rule_in_the_sites_language_and_never_who(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    comment = await rejected(fake, writer)
    statement = await told(house, fake, mill, comment)
    assert statement is not None
    assert statement.house_rule is not None
    assert (statement.house_rule.title, statement.house_rule.text) == ("Be kind", "Write as you would speak.")
    assert (statement.detected, statement.decided, statement.text) == ("human", "human", "Not so.")
    assert b"moderator-1" not in msgspec.json.encode(statement)
    german = statement_of(comment, replaced_policy(await fake.directory.policy(mill)), ("de",), now=house.now())
    assert german is not None
    assert german.house_rule is not None
    assert (german.house_rule.title, german.house_rule.text) == ("Freundlich", "Write as you would speak.")


def replaced_policy(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, house_rules=(KIND,))


async def test_a_statement_marks_passages_and_tells_no_term(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    body = "A fine day. You are a fool and a knave. Yours."
    reasons = (
        Reason(rule="words", code="suspect-word", spans=((22, 26),)),
        Reason(rule="thresholds", code="above-hold-threshold", label="insult", score=0.7, spans=((0, 6), (40, 45))),
    )
    comment = await judged(fake, writer, await submitted(fake, writer, body), "held")
    statement = await told(house, fake, mill, replaced(comment, reasons=reasons))
    assert statement is not None
    assert [body[start:end] for start, end in statement.passages] == [
        "A fine",
        "You are a fool and a knave.",
        "Yours",
    ]
    assert b"score" not in msgspec.json.encode(statement)


async def test_a_statement_says_when_readers_drew_attention(
    house: House, fake: FakeBackend, mill: Site, writer: Writer
) -> None:
    shown = await published(fake, writer)
    assert await told(house, fake, mill, shown) is None
    held = await applied(fake, writer, Move(before=shown, after=moves.reported(shown, reports=4, at=writer.clock())))
    statement = await told(house, fake, mill, held)
    assert statement is not None
    assert (statement.detected, statement.decided) == ("report", "automatic")
    after = await applied(fake, writer, writer.decide(held, "rejected"))
    statement = await told(house, fake, mill, after)
    assert statement is not None
    assert (statement.detected, statement.decided) == ("report", "human")
