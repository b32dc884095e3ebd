"""Cursors: what was written is read back, anything else is refused."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.cursors import ListCursor, ReviewCursor, read, write
from service.domain.errors import Refused

ID = "01a20c46-23d2-7000-8016-70ad5b379ad1"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


@given(st.floats(min_value=0, max_value=1), st.sampled_from(["oldest", "newest", "riskiest"]))
def test_what_was_written_is_read_back(score: float, sort: str) -> None:
    made = msgspec.convert([sort, score, ID], ReviewCursor)
    assert read(write(made), ReviewCursor, sort) == made


def test_a_cursor_belongs_to_its_order() -> None:
    text = write(ListCursor(sort="oldest", id=ID))
    assert read(text, ListCursor, "oldest").id == ID
    with pytest.raises(Refused) as caught:
        read(text, ListCursor, "newest")
    assert caught.value.slug == "invalid-cursor"


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_no_text_whatever_is_more_than_refused(text: str) -> None:
    with pytest.raises(Refused):
        read(text, ListCursor, "oldest")
    with pytest.raises(Refused):
        read(text, ReviewCursor, "oldest")


@pytest.mark.parametrize(
    "value",
    [
        ["oldest"],
        ["oldest", ID, "more"],
        ["oldest", "x"],
        ["oldest", ID.upper()],
        ["random", ID],
        {"sort": "oldest", "id": ID},
        ["oldest", None],
        None,
    ],
)
def test_a_forged_cursor_is_refused(value: object) -> None:
    with pytest.raises(Refused):
        read(encoded(value), ListCursor, "oldest")


@pytest.mark.parametrize("score", ["1e999", "-1e999", '"x"', "null"])
def test_a_score_that_is_no_number_is_refused(score: str) -> None:
    text = base64.urlsafe_b64encode(f'["riskiest",{score},"{ID}"]'.encode()).decode()
    with pytest.raises(Refused):
        read(text, ReviewCursor, "riskiest")
