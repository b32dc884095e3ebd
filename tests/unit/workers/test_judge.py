"""The judge: one judgement for each comment, and no number that is no probability."""

from collections.abc import Sequence

import pytest

from service.domain.comment import Comment
from service.domain.rules import WORKER_RULES
from service.domain.work import Subject
from tests.builders import Writer, policy_of, site_of
from tests.fakes.clock import Clock
from tests.toy_classifier import ToyClassifier
from workers.allowance import MOST_SECONDS
from workers.judge import Judge
from workers.scoring import BrokenClassifier


@pytest.fixture
def toy() -> ToyClassifier:
    return ToyClassifier()


def judge_of(toy: ToyClassifier, uncovered: str | None = None) -> Judge:
    return Judge(toy, WORKER_RULES, uncovered=lambda _text, _languages: uncovered)


def subject_of(writer: Writer, comment: Comment, *, parent_shown: bool = True) -> Subject:
    policy = policy_of()
    return Subject(
        comment=comment,
        site=writer.site,
        policy=policy,
        mode=policy.mode,
        parent_shown=parent_shown,
    )


@pytest.fixture
def writer(clock: Clock) -> Writer:
    return Writer(clock, site_of(clock))


def test_judgements_come_in_the_order_of_the_comments(toy: ToyClassifier, writer: Writer) -> None:
    bodies = [
        " ".join(f"word{n}" for n in range(70)),
        "fool",
        "fine",
        "You idiot.",
        " ".join(f"more{n}" for n in range(12)),
    ]
    batch = [subject_of(writer, writer.comment(body)) for body in bodies]
    judgements = judge_of(toy).judge(batch)
    assert [j.verdict.status for j in judgements] == ["approved", "held", "approved", "rejected", "approved"]
    scores = judgements[3].scores
    assert scores.labels == {"toxicity": 0.99, "insult": 0.495}
    assert (scores.classifier, scores.version, scores.hash) == ("toy", "1", "70f")
    assert [(r.code, r.spans) for r in judgements[3].reasons] == [("above-reject-threshold", ((4, 9),))]
    # These go on the trail, which is kept for ever and needs no places in a text that may be gone.
    assert judgements[3].verdict.reasons[0].spans == ()


def test_a_name_is_scored_once_and_holds(toy: ToyClassifier, writer: Writer) -> None:
    judge = judge_of(toy)
    batch = [subject_of(writer, writer.comment("fine", author="the fool")) for _ in range(3)]
    for _ in range(2):
        judgements = judge.judge(batch)
        assert {j.verdict.status for j in judgements} == {"held"}
        assert {r.code for j in judgements for r in j.reasons} == {"name-above-threshold"}
    assert sum(batch.count("The Fool") for batch in toy.batches) <= 1


def test_language_and_parent_are_taken_into_account(toy: ToyClassifier, writer: Writer) -> None:
    (judgement,) = judge_of(toy, "de").judge([subject_of(writer, writer.comment(), parent_shown=False)])
    assert [r.code for r in judgement.reasons] == ["parent-withdrawn", "language-not-covered"]


@pytest.mark.parametrize("mark", ["[nan]", "[above one]", "[short]", "[raise]"])
def test_what_is_no_probability_is_an_error(toy: ToyClassifier, writer: Writer, mark: str) -> None:
    judge = judge_of(toy)
    with pytest.raises(ValueError, match=r".+"):
        judge.judge([subject_of(writer, writer.comment(f"a {mark}"))])
    judge.scorer.prove()


def test_a_classifier_that_cannot_score_the_control_text_is_broken(toy: ToyClassifier) -> None:
    judge = judge_of(toy)
    judge.scorer.prove()
    toy.broken = True
    with pytest.raises(BrokenClassifier):
        judge.scorer.prove()


def test_an_empty_batch_is_no_work(toy: ToyClassifier) -> None:
    assert judge_of(toy).judge([]) == []


@pytest.mark.parametrize(("uncovered", "spans"), [(None, ((4, 9),)), ("de", ())])
def test_words_of_a_language_that_the_model_does_not_know_are_not_marked(
    toy: ToyClassifier, writer: Writer, uncovered: str | None, spans: tuple[tuple[int, int], ...]
) -> None:
    (judgement,) = judge_of(toy, uncovered).judge([subject_of(writer, writer.comment("You idiot."))])
    assert judgement.verdict.status == "rejected"
    assert [r.spans for r in judgement.reasons if r.rule == "thresholds"] == [spans]


class SlowToExplain(ToyClassifier):
    """The toy with a clock that explaining one comment moves by 0.4 s."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__()
        self.clock = clock

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        self.clock[0] += 0.4 * len(texts)
        return super().spans_of(texts, limit)


def test_what_is_slow_to_explain_does_not_hold_up_the_decisions(writer: Writer) -> None:
    clock = [0.0]
    judge = Judge(SlowToExplain(clock), WORKER_RULES, uncovered=lambda _t, _l: None, seconds=lambda: clock[0])
    judgements = [judge.judge([subject_of(writer, writer.comment("You fool."))])[0] for _ in range(100)]
    assert {judgement.verdict.status for judgement in judgements} == {"held"}
    explained = [bool(judgement.reasons[0].spans) for judgement in judgements]
    assert explained[:3] == [True] * 3
    assert 3 <= sum(explained) < 7
    clock[0] += 60.0
    (alone,) = judge.judge([subject_of(writer, writer.comment("You fool."))])
    assert alone.reasons[0].spans


def test_a_large_batch_is_explained_as_far_as_there_is_time(writer: Writer) -> None:
    clock = [0.0]
    judge = Judge(SlowToExplain(clock), WORKER_RULES, uncovered=lambda _t, _l: None, seconds=lambda: clock[0])
    judgements = judge.judge([subject_of(writer, writer.comment("You fool.")) for _ in range(200)])
    explained = [bool(judgement.reasons[0].spans) for judgement in judgements]
    assert 2 <= sum(explained) < 7
    assert explained == sorted(explained, reverse=True)
    assert clock[0] < MOST_SECONDS * 2.5
