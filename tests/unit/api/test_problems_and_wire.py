"""Every error has one problem, and nothing unapproved takes the form of what is public."""

import itertools

import msgspec
import pytest

from service.api import replies
from service.api.problems import STATUS, describe
from service.api.reasons import TEXTS, reasons_for_author
from service.api.wire import Placeholder, PublicComment, Refusal, shown
from service.domain.comment import Comment, Reason
from service.domain.errors import SLUGS, Fault, Invalid, LostRace, StorageDown, TooMany
from service.domain.status import STATUSES, Status
from tests.builders import Writer, site_of
from tests.fakes.clock import Clock


@pytest.fixture
def comment(clock: Clock) -> Comment:
    return Writer(clock, site_of(clock)).comment("Secret until approved.")


def test_every_slug_has_a_title_and_a_status() -> None:
    assert SLUGS.keys() == STATUS.keys()
    assert all(400 <= status < 600 for status in STATUS.values())


def test_a_problem_carries_what_its_error_knows() -> None:
    assert describe(TooMany("Slowly.", retry_after=7)) == {
        "type": "rate-limited",
        "title": SLUGS["rate-limited"],
        "status": 429,
        "detail": "Slowly.",
        "retry_after": 7,
    }
    faults = (Fault(path="$.body", message="is empty"),)
    assert describe(Invalid(faults))["errors"] == faults
    lost = describe(LostRace(decided_by="m", decided_at="t", decided_to="held", version=3))
    assert (lost["decided_by"], lost["decided_at"], lost["decided_to"], lost["version"]) == ("m", "t", "held", 3)
    assert describe(StorageDown("Away.", retry_after=2))["status"] == 503


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_is_approved_leaves(comment: Comment, status: Status) -> None:
    record = msgspec.structs.replace(comment, status=status)
    if status == "approved":
        assert PublicComment.from_record(record) == shown(record)
        return
    with pytest.raises(Refusal):
        PublicComment.from_record(record)
    place = shown(record)
    assert isinstance(place, Placeholder)
    assert b"Secret" not in msgspec.json.encode(place)


def test_a_place_tells_nothing_of_what_became_of_it(comment: Comment) -> None:
    places = {
        msgspec.json.encode(shown(msgspec.structs.replace(comment, status=status, version=version)))
        for status, version in itertools.product(("held", "rejected", "deleted"), (2, 9))
    }
    assert len(places) == 1


def test_an_author_reads_each_reason_once_and_no_figure(comment: Comment) -> None:
    reasons = tuple(
        Reason(rule="thresholds", code=code, label=label, score=0.93, threshold=0.5)
        for code, label in itertools.product(TEXTS, ("toxicity", "insult"))
    )
    told = reasons_for_author(msgspec.structs.replace(comment, reasons=reasons))
    assert len({reason.code for reason in told}) == len(told)
    text = msgspec.json.encode(told)
    for secret in (b"0.93", b"toxicity", b"thresholds-of-another-classifier"):
        assert secret not in text


def test_a_moderator_s_words_reach_the_author_and_their_id_does_not(comment: Comment, clock: Clock) -> None:
    writer = Writer(clock, site_of(clock))
    held = msgspec.structs.replace(comment, status="held")
    after = msgspec.structs.replace(writer.decide(held, "rejected", by="moderator-berta").after, statement="Be kind.")
    told = msgspec.json.encode(reasons_for_author(after))
    assert b"Be kind." in told
    assert b"berta" not in told


@pytest.mark.parametrize(
    ("header", "known"),
    [(None, False), ('"7"', True), ('W/"7"', True), ('"6", W/"7"', True), ('"77"', False), ("7", False), ("", False)],
)
def test_an_entity_tag_is_compared_whole(header: str | None, *, known: bool) -> None:
    assert replies.is_known(header, '"7"') is known
