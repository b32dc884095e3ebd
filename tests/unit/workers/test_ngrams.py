"""N-grams of a text are the same whatever stands beside it, and never cross its ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.domain.text import normalise
from workers.classifiers import ngrams

_TEXTS = st.lists(st.text(max_size=40).map(normalise), max_size=6)


@given(_TEXTS)
def test_a_texts_ngrams_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    together = ngrams.extract(texts)
    pair_chars = together.word_starts[together.pair_starts]
    for number, text in enumerate(texts):
        alone = ngrams.extract([text])
        first, last = together.starts[number], together.ends[number]
        assert last - first == alone.ends[0]
        for slots, alone_slots in zip(together.chars, alone.chars, strict=True):
            assert np.array_equal(slots[first:last], alone_slots[:-1])
        for slots, at, alone_slots in zip(together.words, (together.word_starts, pair_chars), alone.words, strict=True):
            assert np.array_equal(slots[(at >= first) & (at < last)], alone_slots)


@given(st.text(max_size=60).map(normalise))
def test_the_number_of_ngrams_follows_from_the_length(text: str) -> None:
    grams = ngrams.extract([text])
    real = sum(int((slots != ngrams.NOTHING).sum()) for slots in grams.chars)
    assert real == ngrams.char_count(int(grams.ends[0]))


@given(st.text(max_size=60).map(normalise))
def test_words_slice_out_of_the_normalised_text(text: str) -> None:
    grams = ngrams.extract([text])
    for start, end in zip(grams.word_starts, grams.word_ends, strict=True):
        word = text[grams.origins[start] : grams.origins[end - 1] + 1]
        assert word
        assert not set(word) & set(" !?")


def test_equal_ngrams_share_a_slot_and_others_rarely_do() -> None:
    grams = ngrams.extract(["same same other"])
    singles, pairs = grams.words
    assert singles[0] == singles[1] != singles[2]
    assert len(pairs) == 2
    words = ngrams.extract([f"w{number}" for number in range(5000)])
    assert len(set(words.words[0].tolist())) > 4900


def test_no_texts_and_empty_texts_have_no_words() -> None:
    assert len(ngrams.extract([]).starts) == 0
    empty = ngrams.extract(["", ""])
    assert len(empty.starts) == 2
    assert not len(empty.word_starts)
