"""Ids that sort by time, tokens that cannot be forged, hashes that lead nowhere back."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ids import is_id, mint, minted_at
from service.domain.site import origin_of
from service.domain.tokens import AUTHOR_SECONDS, AuthorTokens, Hasher, mint_token, secret_id

MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
OLD, NEW = "o" * 32, "n" * 32


@given(MOMENTS)
def test_an_id_is_a_uuid7_of_its_moment(moment: datetime) -> None:
    made = mint(moment)
    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert is_id(made)
    assert moment - minted_at(made) < timedelta(milliseconds=1)


@given(MOMENTS, st.integers(min_value=1, max_value=10**9))
def test_ids_sort_by_time_to_the_microsecond(moment: datetime, later: int) -> None:
    assert mint(moment) < mint(moment + timedelta(microseconds=later))


def test_ids_of_one_moment_differ() -> None:
    now = datetime.now(UTC)
    assert len({mint(now) for _ in range(1_000)}) == 1_000


@given(st.text(max_size=40))
def test_other_text_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("change", [str.upper, lambda i: i + "\n", lambda i: " " + i, lambda i: i.replace("-7", "-4")])
def test_another_spelling_of_an_id_is_none(change: object) -> None:
    assert callable(change)
    assert not is_id(change(mint(datetime(2026, 1, 1, tzinfo=UTC))))


def test_a_token_speaks_for_its_comment_in_its_site_until_it_expires() -> None:
    now = datetime.now(UTC)
    tokens, comment, other = AuthorTokens((NEW, OLD)), mint(now), mint(now)
    token = tokens.sign("mill", comment, tokens.current)
    assert tokens.verify(token, "mill", comment, now)
    assert not tokens.verify(token, "weir", comment, now)
    assert not tokens.verify(token, "mill", other, now)
    assert not tokens.verify(token.replace(comment, other), "mill", other, now)
    assert tokens.verify(token, "mill", comment, now + timedelta(seconds=AUTHOR_SECONDS - 2))
    assert not tokens.verify(token, "mill", comment, now + timedelta(seconds=AUTHOR_SECONDS + 1))


def test_the_first_secret_signs_and_all_verify() -> None:
    now = datetime.now(UTC)
    comment = mint(now)
    before = AuthorTokens((OLD,))
    token = before.sign("mill", comment, before.current)
    both = AuthorTokens((NEW, OLD))
    assert both.current == secret_id(NEW)
    assert both.verify(token, "mill", comment, now)
    # A replay gives the very token of the first answer, as long as its secret is known.
    assert both.sign("mill", comment, secret_id(OLD)) == token
    assert not AuthorTokens((NEW,)).verify(token, "mill", comment, now)
    assert AuthorTokens((NEW,)).sign("mill", comment, secret_id(OLD)) == both.sign("mill", comment, secret_id(NEW))


@given(st.text(max_size=200))
def test_no_text_whatever_passes_for_a_token(text: str) -> None:
    now = datetime.now(UTC)
    comment = mint(now)
    for forged in (text, "gpa_" + text, f"gpa_{comment}.{text}", f"gpa_{comment}.9999999999.{text}"):
        assert not AuthorTokens((NEW,)).verify(forged, "mill", comment, now)


def test_credentials_are_random_and_say_what_they_are() -> None:
    made = {mint_token("gps_") for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith("gps_") and len(token) >= 47 for token in made)


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_parts_of_a_hash_cannot_run_into_each_other(one: list[str], other: list[str]) -> None:
    hasher = Hasher(b"p" * 32)
    assert (hasher.hash("device", *one) == hasher.hash("device", *other)) is (one == other)
    assert hasher.hash("device", *one) != hasher.hash("email", *one)
    assert hasher.hash("device", *one) != Hasher(b"q" * 32).hash("device", *one)


@given(st.text(max_size=60))
def test_any_text_is_an_origin_or_none(text: str) -> None:
    for url in (text, f"https://{text}", f"https://mill.example{text}"):
        found = origin_of(url)
        assert found is None or origin_of(found) == found
