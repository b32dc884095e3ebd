"""Long texts are cut so that nothing suspicious is left out and nobody can make reading expensive."""

import pytest

pytest.importorskip("tokenizers", reason="`embedded` cuts words with tokenizers")

from workers.classifiers import pieces
from workers.classifiers.pieces import ROOM, SPECIAL

VOCABULARY = [*SPECIAL, "you", "idiot", "good", "day", ",", "a", "##a", "##b"]


def test_the_special_pieces_have_their_numbers() -> None:
    assert (pieces.PAD, pieces.UNKNOWN, pieces.OPEN, pieces.CLOSE) == (0, 1, 2, 3)
    cut = pieces.tokenizer(VOCABULARY)
    assert pieces.encode(cut, "you idiot, \ud800") == [4, 5, 8, 1]
    assert pieces.encode(cut, "") == []


def test_places_point_at_the_text_even_behind_a_broken_long_word() -> None:
    cut = pieces.tokenizer(VOCABULARY)
    text = f"you {'a' * 330} idiot"
    found = pieces.cut(cut, text)
    assert found.ids == pieces.encode(cut, text)
    assert pieces.UNKNOWN not in found.ids
    start, end = found.places[-1]
    assert text[start:end] == "idiot"
    assert all(text[first:last] == "a" for first, last in found.places[1:-1])


def test_a_short_text_is_read_whole_and_a_long_one_at_its_ends() -> None:
    weights = [0.0] * len(VOCABULARY)
    assert pieces.windows([4] * ROOM, weights, 1.0) == [list(range(ROOM))]
    [ends] = pieces.windows([4] * 1000, weights, 1.0)
    assert len(ends) == ROOM
    assert (ends[0], ends[-1]) == (0, 999)


def test_every_suspicious_place_lies_in_a_window() -> None:
    weights = [0.0] * len(VOCABULARY)
    weights[5] = 2.0
    for place in range(0, 700, 13):
        ids = [4] * 700
        ids[place] = 5
        views = pieces.windows(ids, weights, 1.0)
        assert any(place in view for view in views[1:])
        assert all(len(view) <= ROOM for view in views)
        assert len(views) <= 4


def test_the_number_of_windows_is_bounded_and_the_worst_are_read() -> None:
    weights = [0.0] * len(VOCABULARY)
    weights[4], weights[5] = 0.5, 2.0
    ids = [4] * 20_000
    ids[9_000:9_005] = [5] * 5
    views = pieces.windows(ids, weights, 1.0)
    assert len(views) == 5
    assert any(9_000 in view for view in views)
