"""Judgements are kept, and applied where a person and the machine disagree."""

import pytest
from msgspec.structs import replace

from service.domain.auditing import AuditPlan, Drawn, Judgement, day_of, entry_of
from service.domain.comment import Comment
from service.domain.errors import Conflict, Forbidden, Invalid, NotFound
from service.domain.rule_settings import HouseRule
from service.domain.site import Principal
from service.domain.status import Status
from service.workflow.auditing import AuditChoice, Judged, audit_figure, judge, list_audits
from service.workflow.house import House
from tests.builders import Writer, policy_of
from tests.ports import FakeBackend
from tests.steps import applied, judged, submitted

ANNA = Principal(id="moderator-anna", role="moderator", sites=("mill",))
BERT = Principal(id="moderator-bert", role="moderator", sites=("mill",))
RULE = HouseRule(id="civil", title={"en": "Be civil"}, text={"en": "No insults."})


async def waiting(fake: FakeBackend, writer: Writer, status: Status = "approved", *, size: int = 4) -> Comment:
    comment = await judged(fake, writer, await submitted(fake, writer), status)
    of = Drawn(size=size, sample=1, cut=1)
    plan = AuditPlan(day=day_of(comment.id), approved=of, rejected=of)
    await fake.audits.settle(writer.site, plan)
    await fake.audits.place(writer.site, [entry_of(comment, plan, status)])  # type: ignore[arg-type]
    return comment


def choice(comment: Comment, judgement: Judgement, **changes: object) -> AuditChoice:
    made = AuditChoice(site="mill", id=comment.id, version=comment.version, judgement=judgement)
    return replace(made, **changes)


async def test_an_agreement_moves_nothing(house: House, fake: FakeBackend, writer: Writer) -> None:
    comment = await waiting(fake, writer)
    found = await judge(house, ANNA, choice(comment, "fit"))
    assert (found.applied, found.comment, found.entry.contradicts) == (False, comment, False)
    assert await list_audits(house, ANNA, "mill", after="", limit=9) == ([], 0, None)


@pytest.mark.parametrize(
    ("before", "judgement", "after"), [("approved", "unfit", "rejected"), ("rejected", "fit", "approved")]
)
async def test_a_contradiction_is_the_moderator_s_decision(
    house: House, fake: FakeBackend, writer: Writer, before: Status, judgement: Judgement, after: Status
) -> None:
    comment = await waiting(fake, writer, before)
    found = await judge(house, ANNA, choice(comment, judgement))
    stored = await fake.comments.load(writer.site, comment.id)
    assert stored == found.comment
    assert found.applied
    assert stored is not None
    last = stored.trail[-1]
    assert (stored.status, last.actor, last.by, last.id) == (after, "moderator", "moderator-anna", found.entry.decision)
    # The same again finds its own work; another's judgement comes too late.
    again: Judged = await judge(house, ANNA, choice(comment, judgement))
    assert (again.applied, again.comment) == (True, stored)
    with pytest.raises(Conflict):
        await judge(house, BERT, choice(comment, judgement))
    with pytest.raises(Conflict):
        await judge(house, ANNA, choice(comment, "fit" if judgement == "unfit" else "unfit"))


async def test_a_call_that_broke_off_before_the_move_is_finished_by_the_next(
    house: House, fake: FakeBackend, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = await waiting(fake, writer)

    async def away(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(fake.comments, "move", away)
    with pytest.raises(TimeoutError):
        await judge(house, ANNA, choice(comment, "unfit"))
    monkeypatch.undo()
    found = await judge(house, ANNA, choice(comment, "unfit"))
    assert (found.applied, found.comment.status) == (True, "rejected")


async def test_what_was_published_is_turned_away_by_a_house_rule(
    house: House, fake: FakeBackend, writer: Writer
) -> None:
    await fake.directory.put_policy(writer.site, replace(policy_of(version=2), house_rules=(RULE,)), replaces=1)
    comment, turned = await waiting(fake, writer), await waiting(fake, writer, "rejected")
    with pytest.raises(Invalid) as refused:
        await judge(house, ANNA, choice(comment, "unfit"))
    assert refused.value.slug == "house-rule-required"
    with pytest.raises(Invalid) as refused:
        await judge(house, ANNA, choice(comment, "unfit", house_rule="other"))
    assert refused.value.slug == "invalid-field"
    found = await judge(house, ANNA, choice(comment, "unfit", house_rule="civil"))
    assert found.comment.trail[-1].house_rule == "civil"
    assert not (await judge(house, ANNA, choice(turned, "unfit"))).applied


async def test_what_has_changed_is_neither_shown_nor_judged(house: House, fake: FakeBackend, writer: Writer) -> None:
    comment = await waiting(fake, writer)
    await applied(fake, writer, writer.edit(comment, "Another text."))
    assert (await list_audits(house, ANNA, "mill", after="", limit=9))[0] == []
    with pytest.raises(Conflict) as refused:
        await judge(house, ANNA, choice(comment, "fit"))
    assert refused.value.slug == "audit-over"


async def test_nobody_judges_what_is_not_theirs_or_not_drawn(house: House, fake: FakeBackend, writer: Writer) -> None:
    comment = await waiting(fake, writer)
    with pytest.raises(Forbidden):
        await judge(house, Principal(id="x", role="moderator", sites=("weir",)), choice(comment, "fit"))
    for wrong in (writer.comment().id, "ede2680c-f00f-70fb-a952-2dc194701048", "x"):
        with pytest.raises(NotFound):
            await judge(house, ANNA, choice(comment, "fit", id=wrong))


async def test_the_ledger_keeps_no_words_and_stays_when_the_author_goes(
    house: House, fake: FakeBackend, writer: Writer
) -> None:
    comment = await waiting(fake, writer)
    await judge(house, ANNA, choice(comment, "fit"))
    await applied(fake, writer, writer.delete(comment))
    entry = await fake.audits.entry(writer.site, comment.id)
    assert entry is not None
    assert entry.labels == {"toxicity": 0.01}
    assert not {comment.body, comment.author.key, comment.author.name} & set(map(str, entry.__reduce__()[1]))


async def test_the_figure_weighs_what_was_judged(house: House, fake: FakeBackend, writer: Writer) -> None:
    writer.clock.advance(-86_400)
    fit, unfit = await waiting(fake, writer, size=8), await waiting(fake, writer, size=8)
    await judge(house, ANNA, choice(fit, "fit"))
    await judge(house, ANNA, choice(unfit, "unfit"))
    writer.clock.advance(86_400)
    figure = await audit_figure(house, ANNA, "mill", days=90)
    published, rejected = figure.published_fit, figure.rejected_unfit
    assert (published.share, published.n, published.of, published.dropped) == (0.5, 2, 8, 0)
    assert published.low is not None
    assert published.high is not None
    assert published.low < 0.1
    assert published.high > 0.9
    assert (rejected.share, rejected.n, rejected.of) == (None, 0, 8)
