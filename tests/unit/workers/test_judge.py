"""The judge: one move for each comment, and no number that is no probability."""

import pytest

from service.domain.comment import Comment
from service.domain.ports import Entry, Waiting
from service.domain.rules import WORKER_RULES
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.toy_classifier import ToyClassifier
from workers.judge import BrokenClassifier, Judge


@pytest.fixture
def toy() -> ToyClassifier:
    return ToyClassifier()


def judge_of(toy: ToyClassifier, clock: Clock, uncovered: str | None = None) -> Judge:
    return Judge(toy, WORKER_RULES, uncovered=lambda _text, _languages: uncovered, worker="w1", now=clock)


def waiting_of(writer: Writer, comment: Comment, *, parent_shown: bool = True) -> Waiting:
    entry = Entry(lane="main", stream="live", entry_id="1-0", site=comment.site, id=comment.id, version=1)
    policy = policy_of()
    return Waiting(
        entry=entry,
        comment=comment,
        site=writer.site,
        policy=policy,
        mode=policy.mode,
        parent_shown=parent_shown,
    )


@pytest.fixture
def writer(clock: Clock) -> Writer:
    return Writer(clock, site_of(clock))


def test_moves_come_in_the_order_of_the_comments(toy: ToyClassifier, clock: Clock, writer: Writer) -> None:
    bodies = ["x" * 500, "fool", "fine", "You idiot.", "y" * 90]
    batch = [waiting_of(writer, writer.comment(body)) for body in bodies]
    moves = judge_of(toy, clock).judge(batch)
    assert [move.before for move in moves] == [waiting.comment for waiting in batch]
    assert [move.entry for move in moves] == [waiting.entry for waiting in batch]
    assert [move.after.status for move in moves] == ["approved", "held", "approved", "rejected", "approved"]
    after = moves[3].after
    assert after.scores is not None
    assert after.scores.labels == {"toxicity": 0.99, "insult": 0.495}
    assert (after.scores.classifier, after.scores.version, after.scores.hash) == ("toy", "1", "70f")
    assert [(r.code, r.spans) for r in after.reasons] == [("above-reject-threshold", ((4, 9),))]
    # The trail is kept for ever and needs no places in a text that may be gone.
    assert after.trail[-1].reasons[0].spans == ()


def test_a_name_is_scored_once_and_holds(toy: ToyClassifier, clock: Clock, writer: Writer) -> None:
    judge = judge_of(toy, clock)
    batch = [waiting_of(writer, writer.comment("fine", author="the fool")) for _ in range(3)]
    for _ in range(2):
        moves = judge.judge(batch)
        assert {move.after.status for move in moves} == {"held"}
        assert {r.code for move in moves for r in move.after.reasons} == {"name-above-threshold"}
    assert sum(batch.count("The Fool") for batch in toy.batches) <= 1


def test_language_and_parent_are_taken_into_account(toy: ToyClassifier, clock: Clock, writer: Writer) -> None:
    (move,) = judge_of(toy, clock, "de").judge([waiting_of(writer, writer.comment(), parent_shown=False)])
    assert [r.code for r in move.after.reasons] == ["parent-withdrawn", "language-not-covered"]


@pytest.mark.parametrize("mark", ["[nan]", "[above one]", "[short]", "[raise]"])
def test_what_is_no_probability_is_an_error(toy: ToyClassifier, clock: Clock, writer: Writer, mark: str) -> None:
    judge = judge_of(toy, clock)
    with pytest.raises(ValueError, match=r".+"):
        judge.judge([waiting_of(writer, writer.comment(f"a {mark}"))])
    judge.prove()


def test_a_classifier_that_cannot_score_the_control_text_is_broken(toy: ToyClassifier, clock: Clock) -> None:
    judge = judge_of(toy, clock)
    judge.prove()
    toy.broken = True
    with pytest.raises(BrokenClassifier):
        judge.prove()


def test_an_empty_batch_is_no_work(toy: ToyClassifier, clock: Clock) -> None:
    assert judge_of(toy, clock).judge([]) == []
