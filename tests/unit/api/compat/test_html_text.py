import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.compat.html_text import strip


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two</p>", " One  Two "),
        ("i<b>di</b>ot", "idiot"),
        ("a &lt; b &amp;&amp; c &#33; &#x21;", "a < b && c ! !"),
        ("x<!-- you idiot -->y", "x y"),
        ("x<script>idiot()</script>y", "x y"),
        ("I <3 you", "I <3 you"),
        ("a < b > c", "a < b > c"),
        ("&nosuch; &", "&nosuch; &"),
        ('<a href="idiot">link</a>', "link"),
    ],
)
def test_markup_is_dropped_and_text_is_kept(source: str, text: str) -> None:
    assert strip(source).text == text


@given(st.text(alphabet="ab<>/&;!-#123 p\n😀", max_size=60))
def test_every_character_has_its_place(source: str) -> None:
    stripped = strip(source)
    assert len(stripped.text) == len(stripped.starts) == len(stripped.ends)
    for place, char in enumerate(stripped.text):
        start, end = stripped.original(place, place + 1)
        assert 0 <= start < end <= len(source)
        if end - start == 1 and char != " ":
            assert source[start] == char


@pytest.mark.parametrize("piece", ["<a", "<!--", "<script", "&#1", "<", "&a", "<script>"])
def test_hostile_markup_costs_no_more_than_its_length(piece: str) -> None:
    began = time.process_time()
    strip(piece * (20_480 // len(piece)))
    assert time.process_time() - began < 1
