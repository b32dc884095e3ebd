"""A draft over stored decisions says what the rules themselves would have said."""

import random
from typing import Any

import msgspec
from msgspec.structs import replace

from service.domain import moves
from service.domain.auditing import AuditEntry, AuditPlan, Drawn, Judgement, Stratum, entry_of
from service.domain.comment import Author, Comment, Reason
from service.domain.ids import mint
from service.domain.policy import Facts, FastClear, Finding, Policy, Threshold, decide
from service.domain.rehearsal import OUTCOMES, Past, Rehearsal, Unaudited
from service.domain.rule_settings import LinksRule, RepeatsRule, Rules, WordsRule
from service.domain.rules import WORKER_RULES
from service.domain.status import Status
from tests.builders import policy_of, scores_of
from tests.fakes.clock import Clock
from workers.replay import Replay, machine_and_people

NOW = policy_of()
OF = Drawn(size=10, sample=1, cut=1)


def facts_of(scores: Any, policy: Policy) -> Facts:
    return Facts(
        body="A text.",
        scores=scores,
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode=policy.mode,
        policy=policy,
    )


class Ledger:
    """Comments that were decided, as a worker decides them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.comments: list[Comment] = []
        self.entries: list[AuditEntry] = []

    def decided(self, toxicity: float, *, others: tuple[Finding, ...] = (), policy: Policy = NOW) -> Comment:
        self.clock.advance(1)
        now = self.clock()
        author = Author(key="anna", strength="claimed", name="Anna")
        comment = Comment(id=mint(now), site="mill", thread="/mill", author=author, body="A text.", created_at=now)
        scores = scores_of(toxicity)
        verdict = decide(facts_of(scores, policy), (*WORKER_RULES, lambda _: others))
        made = moves.judged(comment, verdict, scores, by="w", at=now, policy_version=policy.version)
        self.comments.append(made)
        return made

    def by_people(self, comment: Comment, to: Status) -> Comment:
        made = moves.decided(comment, to, moderator="m", at=self.clock(), statement="", note="")
        self.comments[self.comments.index(comment)] = made
        return made

    def audited(self, comment: Comment, judgement: Judgement, *, moved: bool = False) -> None:
        plan = AuditPlan(day="2026-11-24", approved=OF, rejected=OF)
        stratum: Stratum = "approved" if comment.status == "approved" else "rejected"
        entry = replace(entry_of(comment, plan, stratum), judgement=judgement)
        if moved:
            after = self.by_people(comment, "rejected" if judgement == "unfit" else "approved")
            entry = replace(entry, decision=after.trail[-1].id)
        self.entries.append(entry)

    def rehearse(self, draft: Policy, *, now: Policy = NOW) -> Rehearsal:
        replay = Replay(draft, now, self.entries, days=10)
        replay.take(msgspec.msgpack.decode(msgspec.msgpack.encode(comment), type=Past) for comment in self.comments)
        return replay.finish()


def held_by(rule: str, code: str) -> tuple[Finding, ...]:
    return (Finding(outcome="hold", reason=Reason(rule=rule, code=code)),)


def counts(found: Rehearsal) -> list[tuple[int, int]]:
    return [(e.now, e.draft) for e in (found.published, found.held, found.rejected)]


def test_a_replay_is_what_the_rules_say() -> None:
    """Any thresholds, mode and classifier: the columns and the rules decide alike."""
    rng = random.Random(6)
    ledger = Ledger()
    for _ in range(300):
        ledger.decided(round(rng.random(), 2), others=held_by("links", "too-many-links") if rng.random() < 0.1 else ())
    for mode in ("hybrid", "pre", "post"):
        for hold, reject, classifier in (
            (0.3, 0.8, "toy"),
            (0.6, None, "toy"),
            (None, 0.5, "toy"),
            (0.4, 0.5, "other"),
        ):
            draft = replace(
                policy_of(mode, classifier=classifier),
                thresholds={"toxicity": Threshold(hold=hold, reject=reject), "threat": Threshold(hold=0.1)},
            )
            wanted = dict.fromkeys(OUTCOMES, 0)
            for comment in ledger.comments:
                assert comment.scores is not None
                kept = tuple(Finding(outcome="hold", reason=r) for r in comment.trail[-1].reasons if r.rule == "links")
                status = decide(facts_of(comment.scores, draft), (*WORKER_RULES, lambda _, k=kept: k)).status  # type: ignore[misc]
                wanted[status] += 1  # type: ignore[index]
            assert [draft_ for _, draft_ in counts(ledger.rehearse(draft))] == list(wanted.values()), draft


def test_what_other_rules_said_is_kept_unless_the_draft_switches_them_off() -> None:
    ledger = Ledger()
    ledger.decided(0.1, others=held_by("repeats", "repeated"))
    ledger.decided(0.1, others=held_by("words", "suspect-word"))
    banned = Finding(outcome="reject", reason=Reason(rule="words", code="banned-word"))
    ledger.decided(0.1, others=(banned,))
    words = WordsRule(banned=("x",), suspect=("y",))
    same = replace(NOW, rules=Rules(words=words))
    assert counts(ledger.rehearse(same, now=same)) == [(0, 0), (2, 2), (1, 1)]
    off = replace(NOW, rules=Rules(words=replace(words, banned=()), repeats=RepeatsRule(enabled=False)))
    found = ledger.rehearse(off, now=same)
    assert counts(found) == [(0, 2), (2, 1), (1, 0)]
    assert [(r.rule, r.now, r.draft) for r in found.by_rule] == [
        ("repeats", 1, 0),
        ("thresholds", 0, 0),
        ("words", 2, 1),
    ]


def test_what_cannot_be_replayed_is_named() -> None:
    draft = replace(
        NOW,
        thresholds={"toxicity": Threshold(hold=0.1)},
        mode="post",
        fast_clear=FastClear(after_seconds=9),
        rules=Rules(links=LinksRule(most=9), repeats=RepeatsRule(enabled=False, hours=9)),
        undo_seconds=9,
    )
    assert Ledger().rehearse(draft).not_replayed == ("/rules/links/most", "/rules/repeats/hours", "/fast_clear")


def test_names_are_replayed_from_the_score_that_held_them() -> None:
    ledger = Ledger()
    reason = Reason(rule="name", code="name-above-threshold", label="toxicity", score=0.6, threshold=0.5)
    ledger.decided(0.1, others=(Finding(outcome="hold", reason=reason),))
    assert ledger.rehearse(replace(NOW, thresholds={"toxicity": Threshold(hold=0.7)})).held.draft == 0
    assert ledger.rehearse(replace(NOW, thresholds={"toxicity": Threshold(hold=0.6)})).held.draft == 1


def test_a_region_that_nobody_judged_is_refused_by_name() -> None:
    ledger = Ledger()
    ledger.decided(0.2)
    ledger.decided(0.95)
    held = ledger.decided(0.6)
    ledger.by_people(held, "approved")
    draft = replace(NOW, thresholds={"toxicity": Threshold(hold=0.1, reject=0.99)})
    found = ledger.rehearse(draft)
    assert found.unaudited == (
        Unaudited(before="approved", after="held", comments=1),
        Unaudited(before="rejected", after="held", comments=1),
    )
    assert (found.held.share, found.held.draft, found.held.now) == (None, 3, 1)
    assert found.published.share is None


def test_held_comments_that_people_decided_are_known_for_certain() -> None:
    ledger = Ledger()
    for n in range(4):
        ledger.by_people(ledger.decided(0.6), "rejected" if n else "approved")
    found = ledger.rehearse(replace(NOW, thresholds={"toxicity": Threshold(hold=0.7)}))
    assert (found.published.share, found.published.low, found.published.high) == (0.25, 0.25, 0.25)
    assert (found.contradicts.published_unfit.known, found.contradicts.published_unfit.estimate) == (3, 3.0)
    found = ledger.rehearse(replace(NOW, thresholds={"toxicity": Threshold(reject=0.5)}))
    assert (found.rejected.share, found.contradicts.rejected_fit.known) == (0.75, 1)


def test_an_audit_s_own_move_counts_once_and_stands_for_its_stratum() -> None:
    ledger = Ledger()
    comments = [ledger.decided(0.1) for _ in range(20)]
    ledger.audited(comments[0], "unfit", moved=True)
    ledger.audited(comments[1], "fit")
    found = ledger.rehearse(NOW)
    assert found.judged_blind == 2
    assert found.published.share == 0.5
    assert found.contradicts.published_unfit.known == 1
    # What people moved of themselves is known, and stands for nothing else.
    for comment in comments[2:10]:
        ledger.by_people(comment, "rejected")
    share = ledger.rehearse(NOW).published.share
    assert share is not None
    assert round(share, 3) == round(0.5 * 12 / 20, 3)


def test_an_undone_decision_says_nothing() -> None:
    ledger = Ledger()
    comment = ledger.by_people(ledger.decided(0.6), "rejected")
    back = moves.decided(comment, "held", moderator="m", at=ledger.clock(), statement="", note="")
    undo = replace(back.trail[-1], undoes=comment.trail[-1].id)
    made = replace(back, trail=(*back.trail[:-1], undo))
    past = msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Past)
    machine, people = machine_and_people(past.trail)
    assert machine is not None
    assert (machine.after, people) == ("held", None)


def test_what_was_written_anew_or_never_scored_is_left_out() -> None:
    ledger = Ledger()
    comment = ledger.decided(0.2)
    ledger.comments.append(moves.edited(comment, "Anew.", at=ledger.clock()))
    ledger.comments[-1] = replace(ledger.comments[-1], id=mint(ledger.clock()))
    ledger.comments.append(ledger.comments[0])
    found = ledger.rehearse(NOW)
    assert (found.decided, found.left_out) == (1, 1)
