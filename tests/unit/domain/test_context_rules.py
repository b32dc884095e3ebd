"""The rules about what is around a comment, each alone: what holds, what passes, and whose word counts."""

import msgspec
import pytest

from service.domain.comment import Author, Comment, FilledForm, Reason, Signals, Strength, Submission
from service.domain.errors import Invalid
from service.domain.policy import Around, Facts, Finding, Threshold, decide
from service.domain.policy_check import check_policy
from service.domain.remembering import remembered
from service.domain.rule_settings import (
    AutomatedRule,
    DuplicateRule,
    FirstCommentRule,
    LateRule,
    NamesRule,
    RecordRule,
    RepeatsRule,
    Rules,
    StaffRule,
)
from service.domain.rules import WORKER_RULES
from service.domain.rules.automated import automated
from service.domain.rules.first_comment import first_comment
from service.domain.rules.names import names
from service.domain.rules.record import record
from service.domain.rules.repeats import repeats
from service.domain.signals import signals_of
from service.domain.skeletons import name_skeleton, text_skeleton
from tests.builders import Writer, policy_of, replaced, scores_of, site_of
from tests.fakes.clock import Clock
from tests.unit.domain.test_policy import facts_of


def author(strength: Strength = "device", *, name: str = "Anna", staff: bool = False) -> Author:
    return Author(key="a" * 32, strength=strength, name=name, staff=staff)


def under(rules: Rules, **changes: object) -> Facts:
    return facts_of(policy=policy_of(rules=rules), **{"author": author(), **changes})


def said(found: tuple[Finding, ...]) -> list[tuple[str, str, int | None, int | None]]:
    return [(f.outcome, f.reason.code, f.reason.count, f.reason.limit) for f in found]


@pytest.mark.parametrize(
    "same", ["Buy it nоw!!", "buy   it now", "BUY IT NOW 7", "Buy\u200b it, now: 88 %", "ｂｕｙ it now"]
)
def test_a_changed_digit_stop_case_or_letter_makes_no_other_text(same: str) -> None:
    assert text_skeleton(same) == text_skeleton("Buy it now") == "buyitnow"


def test_other_words_are_another_text_and_figures_alone_are_none() -> None:
    assert text_skeleton("Buy it then") != text_skeleton("Buy it now")
    assert text_skeleton("3:1, 100 %!") == text_skeleton("") == ""
    assert text_skeleton("x" * 50_000) == "x" * 10_000


def test_what_came_more_often_than_allowed_is_held() -> None:
    rules = Rules(repeats=RepeatsRule(by_author=2, by_anyone=4))
    assert repeats(under(rules, around=Around(by_author=2, by_anyone=4))) == ()
    assert said(repeats(under(rules, around=Around(by_author=3, by_anyone=5)))) == [
        ("hold", "repeated-by-author", 3, 2),
        ("hold", "repeated-by-anyone", 5, 4),
    ]
    off = Rules(repeats=RepeatsRule(enabled=False))
    assert repeats(under(off, around=Around(by_author=9, by_anyone=9))) == ()


def test_a_first_comment_is_held_until_enough_were_approved() -> None:
    rules = Rules(first_comment=FirstCommentRule(enabled=True, approved=2))
    assert said(first_comment(under(rules, around=Around(approved=1)))) == [("hold", "first-comment", 1, 2)]
    assert first_comment(under(rules, around=Around(approved=2))) == ()
    assert first_comment(under(rules, author=author("signed"), around=Around(approved=2))) == ()
    assert first_comment(under(Rules())) == ()


def test_a_typed_name_earns_no_trust() -> None:
    rules = Rules(first_comment=FirstCommentRule(enabled=True))
    found = first_comment(under(rules, author=author("claimed"), around=Around(approved=40)))
    assert said(found) == [("hold", "first-comment", 0, 1)]


@pytest.mark.parametrize(
    ("decided", "rejected"),
    [
        ((), None),
        ((True,), None),
        ((True, True), None),
        ((True, True, True), 3),
        ((True, False, True, False, True), 3),
        ((False, False, True, True, False, True, True), None),
        ((True,) * 9, 5),
    ],
)
def test_a_record_is_made_of_the_last_comments_and_of_more_than_one(
    decided: tuple[bool, ...], rejected: int | None
) -> None:
    expected = [] if rejected is None else [("hold", "often-rejected", rejected, 2)]
    for strength in ("signed", "device", "claimed"):
        around = Around(decided=decided, approved=40)
        assert said(record(under(Rules(), author=author(strength), around=around))) == expected
    assert record(under(Rules(record=RecordRule(enabled=False)), around=Around(decided=decided))) == ()


def submission(trap: str = "", seconds: float | None = None, **changes: object) -> Submission:
    plain = Submission(
        thread="/mill",
        body="A fine morning.",
        author_name="Anna Berg",
        email="Anna@mail.example",
        website="https://anna.example/",
        form=FilledForm(trap=trap, seconds=seconds),
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.mark.parametrize(
    ("trap", "sprung"),
    [
        ("", False),
        ("  \n", False),
        # What password managers know of their owner.
        ("anna@mail.example", False),
        ("another@mail.example", False),
        ("anna  berg", False),
        ("Anna", False),
        ("https://anna.example", False),
        ("https://pills.example", True),
        ("Buy it now", True),
        ("x", True),
        ("1", True),
    ],
)
def test_a_trap_is_sprung_by_what_no_password_manager_fills_in(trap: str, sprung: bool) -> None:  # noqa: FBT001
    found = signals_of(submission(trap))
    assert (found is not None and found.trap) is sprung


def test_a_form_that_says_nothing_is_no_sign() -> None:
    assert signals_of(submission(form=None)) is None
    for seconds in (None, -1.0, float("inf"), float("nan")):
        assert signals_of(submission("", seconds)) is None
        assert automated(under(Rules(), signals=Signals())) == ()


@pytest.mark.parametrize(
    ("seconds", "held"), [(0.0, True), (1.99, True), (2.0, False), (90_000.0, False), (1e308, False)]
)
def test_a_form_that_was_open_for_a_day_passes_and_one_for_a_moment_does_not(seconds: float, held: bool) -> None:  # noqa: FBT001
    found = automated(under(Rules(), signals=signals_of(submission(seconds=seconds)) or Signals()))
    assert said(found) == ([("hold", "sent-too-fast", None, None)] if held else [])


def test_what_looks_automated_is_only_ever_held() -> None:
    facts = under(Rules(), signals=Signals(trap=True, seconds=0.0))
    assert [f.outcome for f in automated(facts)] == ["hold", "hold"]
    assert decide(facts, WORKER_RULES).status == "held"
    assert automated(under(Rules(automated=AutomatedRule(enabled=False)), signals=Signals(trap=True))) == ()


DISGUISES = (
    *("Moderator", "MODERATOR", " m o d e r a t o r ", "Mоdеratоr", "m0derat0r", "Moderator ✔", "★ Moderator ★"),
    *(
        "𝓜oderator",
        "Ｍｏｄｅｒａｔｏｒ",
        "mod-er.ator",
        "Moder\u200bator",
        "rnoderator",
        "🅜oderator",
        "Möderator",
        "🛡Moderator",
    ),
)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_reserved_name_is_seen_through_its_disguise(name: str) -> None:
    rules = Rules(names=NamesRule(reserved=("Moderator", "The Mill")))
    for strength in ("device", "claimed"):
        facts = under(rules, author=author(strength, name=name))
        assert said(names(facts)) == [("hold", "reserved-name", None, None)]
    # The site vouches for this one.
    assert names(under(rules, author=author("signed", name=name))) == ()
    rejecting = Rules(names=NamesRule(reserved=("moderator",), action="reject"))
    assert [f.outcome for f in names(under(rejecting, author=author(name=name)))] == ["reject"]


@pytest.mark.parametrize("name", ["Mode Rates", "Moderato", "Anna", "✔", "", "Ann", "Millie", "Moderators"])
def test_other_names_are_free(name: str) -> None:
    assert names(under(Rules(names=NamesRule(reserved=("Moderator", "The Mill"))), author=author(name=name))) == ()


def test_other_scripts_keep_their_names_apart() -> None:
    assert name_skeleton("Редактор") == name_skeleton("РЕДАКТОР ")
    assert len({name_skeleton(name) for name in ("Редактор", "編集者", "محرر", "עורך", "Anna")}) == 5


def staff_of(*skips: str, **changes: object) -> Facts:
    rules = msgspec.convert({"staff": {"skips": skips}, "names": {"reserved": ["Anna"]}}, Rules)
    signed = author("signed", staff=True)
    return under(rules, **{"author": signed, "signals": Signals(trap=True), **changes})


def test_staff_skip_the_rules_that_the_policy_names_and_no_others() -> None:
    assert decide(staff_of(), WORKER_RULES).status == "held"
    assert decide(staff_of("links"), WORKER_RULES).status == "held"
    verdict = decide(staff_of("automated"), WORKER_RULES)
    assert (verdict.status, [r.code for r in verdict.reasons]) == ("approved", ["staff-skips-rules"])
    # Nobody makes staff of themselves, and a freeze holds everyone.
    for other in (author("signed"), author("device", staff=True), author("claimed", staff=True)):
        assert decide(staff_of("automated", "names", author=other), WORKER_RULES).status == "held"
    assert decide(staff_of("automated", mode="pre"), WORKER_RULES).status == "held"
    assert decide(staff_of("automated", parent_shown=False), WORKER_RULES).status == "held"


@pytest.mark.parametrize("label", ["severe_toxicity", "threat", "identity_attack"])
def test_nobody_skips_a_score_of_violence_or_hatred(label: str) -> None:
    facts = staff_of("automated", "thresholds", "name", signals=Signals())
    mild = msgspec.structs.replace(facts, scores=scores_of(0.95))
    assert decide(mild, WORKER_RULES).status == "approved"
    policy = msgspec.structs.replace(facts.policy, thresholds={label: Threshold(hold=0.5)})
    severe = msgspec.structs.replace(facts, policy=policy, scores=scores_of(**{label: 0.95}))
    assert decide(severe, WORKER_RULES).status == "held"
    named = msgspec.structs.replace(facts, policy=policy, name_scores={label: 0.95})
    assert decide(named, WORKER_RULES).status == "held"


def test_whoever_judges_again_knows_what_was_known_then(clock: Clock) -> None:
    comment = Writer(clock, site_of(clock)).comment()
    assert remembered(comment).by_author == 1
    rules = Rules(
        repeats=RepeatsRule(), first_comment=FirstCommentRule(enabled=True, approved=3), record=RecordRule(of=5)
    )
    around = Around(approved=1, decided=(True, True, True, False), by_author=3, by_anyone=7)
    first = decide(under(rules, around=around), WORKER_RULES)
    held: Comment = replaced(comment, status="held", reasons=first.reasons)
    again = decide(under(rules, around=remembered(held)), WORKER_RULES)
    assert [reason.code for reason in first.reasons] == [
        "repeated-by-author",
        "repeated-by-anyone",
        "first-comment",
        "often-rejected",
    ]
    assert again == first
    # Who was no newcomer then is none now.
    passed = replaced(comment, status="approved", reasons=(Reason(rule="x", code="y"),))
    assert decide(under(rules, around=remembered(passed)), WORKER_RULES).status == "approved"


BAD: dict[str, Rules] = {
    "repeats.by_author": Rules(repeats=RepeatsRule(by_author=0)),
    "repeats.by_anyone": Rules(repeats=RepeatsRule(by_anyone=51)),
    "repeats.hours": Rules(repeats=RepeatsRule(hours=169)),
    "repeats.least": Rules(repeats=RepeatsRule(least=0)),
    "duplicate.minutes": Rules(duplicate=DuplicateRule(minutes=1_441)),
    "first_comment.approved": Rules(first_comment=FirstCommentRule(approved=21)),
    "record.of": Rules(record=RecordRule(of=0)),
    "record.rejected_share": Rules(record=RecordRule(rejected_share=float("nan"))),
    "automated.least_seconds": Rules(automated=AutomatedRule(least_seconds=float("nan"))),
    "names.reserved": Rules(names=NamesRule(reserved=("x",) * 201)),
    "names.reserved[1]": Rules(names=NamesRule(reserved=("Anna", "✔ !"))),
}


@pytest.mark.parametrize("path", BAD)
def test_a_setting_out_of_bounds_is_named(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_policy(policy_of(classifier="embedded-fast", rules=BAD[path]), ("en",))
    assert {fault.path for fault in caught.value.faults} == {f"$.rules.{path}"}


def test_a_deadline_is_neither_at_once_nor_never() -> None:
    good = policy_of(classifier="embedded-fast", rules=Rules(staff=StaffRule(skips=("links", "words"))))
    check_policy(good, ("en",))
    for seconds in (0, 59, 604_801):
        wrong = msgspec.structs.replace(good, on_classifier_late=LateRule(action="hold", after_seconds=seconds))
        with pytest.raises(Invalid) as caught:
            check_policy(wrong, ("en",))
        assert caught.value.faults[0].path == "$.on_classifier_late.after_seconds"
