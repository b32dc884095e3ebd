import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.express import MOST_TEXTS
from service.domain.passages import OVERLAP, WINDOW, Units, sentences, windows

LONGEST = 20_480


@pytest.mark.parametrize("length", [1, WINDOW, WINDOW + 1, WINDOW + OVERLAP + 1, 2 * WINDOW, LONGEST])
def test_windows_cover_a_text_and_overlap(length: int) -> None:
    found = windows("x" * length)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(end - start <= WINDOW for start, end in found)
    assert all(one[1] - two[0] == OVERLAP for one, two in pairwise(found))
    assert (len(found) == 1) is (length <= WINDOW)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("No end", ["No end"]),
        ("At 3.5 m, e.g. here... Right?", ["At 3.5 m, e.g.", "here...", "Right?"]),
        ('He said "Go." Then\n\nhe went.', ['He said "Go."', "Then", "he went."]),
        ("好。好！", ["好。", "好！"]),
        ("  ", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == found


@given(st.lists(st.text(alphabet="ab.!? \n。", max_size=40), max_size=40), st.integers(1, 60))
def test_a_text_of_any_sentences_fits_one_question(pieces: list[str], times: int) -> None:
    text = ("".join(pieces) * times)[:LONGEST]
    found = sentences(text)
    assert len(windows(text)) + len(found) <= MOST_TEXTS
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in found if end - start < WINDOW)
    covered = "".join(text[start:end] for start, end in sorted(set(found)))
    assert set("ab") & set(text) <= set(covered)


@pytest.mark.parametrize("text", ["a. " * 6_826, "x" * LONGEST, ("x" * 4_999 + ". ") * 4, "a.\n" * 6_826])
def test_the_worst_texts_fit_one_question(text: str) -> None:
    assert len(windows(text)) + len(sentences(text)) <= MOST_TEXTS


@pytest.mark.parametrize("char", [".", "!", " ", "\n", ".\u201d", "。"])
def test_hostile_text_costs_no_more_than_its_length(char: str) -> None:
    began = time.process_time()
    sentences(char * (LONGEST // len(char)))
    assert time.process_time() - began < 1


@given(st.text(max_size=50))
def test_units_are_those_of_utf16(text: str) -> None:
    units = Units(text)
    for place in range(len(text) + 1):
        assert units.at(place) == len(text[:place].encode("utf-16-le", "surrogatepass")) // 2
