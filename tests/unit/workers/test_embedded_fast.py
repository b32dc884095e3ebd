"""The shipped n-gram model: what it says, that it says the same in any company, and why."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.catalogue import CLASSIFIERS
from workers.classifiers.embedded_fast import MODEL, EmbeddedFast

RUDE = "You are a complete idiot, go fuck yourself"
KIND = "The library on Mill Street opens an hour later on Thursdays."
PADDING = "The council met on Tuesday to talk about the new bridge and the price of bread in our town. "


@pytest.fixture(scope="module")
def fast() -> EmbeddedFast:
    """Load the shipped model once."""
    return EmbeddedFast.load()


def _toxicity(fast: EmbeddedFast, text: str) -> float:
    return fast.score([text])[0][0]


def test_the_file_is_small_and_stamped(fast: EmbeddedFast) -> None:
    assert MODEL.stat().st_size <= 1_000_000
    assert len(fast.hash) == 16
    assert fast.version
    assert fast.languages == {"en"}


def test_the_catalogue_says_what_the_model_carries(fast: EmbeddedFast) -> None:
    facts = CLASSIFIERS["embedded-fast"]
    assert facts.labels == fast.labels
    assert facts.languages == fast.languages
    assert facts.thresholds == fast.thresholds


def test_identity_attack_never_rejects_by_score_alone(fast: EmbeddedFast) -> None:
    assert fast.thresholds["identity_attack"][1] is None


def test_abuse_scores_above_the_hold_threshold_and_ordinary_text_below(fast: EmbeddedFast) -> None:
    hold = fast.thresholds["toxicity"][0]
    assert _toxicity(fast, RUDE) > 0.9
    assert _toxicity(fast, KIND) < hold
    for text in ("Scunthorpe is a nice town", "the 5th of may", "see appendix a b c", "kill -9 1234", "thank you"):
        assert _toxicity(fast, text) < hold, text
    for text in ("I am a gay man", "Shital met Dick Van Dyke"):
        assert _toxicity(fast, text) < 0.5, text


@pytest.mark.parametrize(
    "text", ["go f u c k yourself", "go f**k yourself", "go fuuuuuck yourself", "go fцck yourself"]
)
def test_disguise_does_not_help(fast: EmbeddedFast, text: str) -> None:
    assert _toxicity(fast, text) > 0.8


@pytest.mark.parametrize("before", [0, 300, 2_000, 9_000, 15_000, 20_400])
def test_abuse_behind_padding_is_found(fast: EmbeddedFast, before: int) -> None:
    padding = PADDING * 220
    text = f"{padding[:before]} {RUDE}, you stupid piece of shit. {padding}"[:20_480]
    assert _toxicity(fast, text) >= fast.thresholds["toxicity"][0]
    assert _toxicity(fast, padding[:20_480]) < fast.thresholds["toxicity"][0]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=400) | st.just(RUDE) | st.just(PADDING * 30), max_size=8))
def test_scores_never_depend_on_batch_mates(texts: list[str]) -> None:
    fast = EmbeddedFast.load() if not _LOADED else _LOADED[0]
    _LOADED[:] = [fast]
    together = fast.score(texts)
    assert together == [fast.score([text])[0] for text in texts]
    for row in together:
        assert len(row) == len(fast.labels)
        assert all(0 <= chance <= 1 for chance in row)


_LOADED: list[EmbeddedFast] = []


@pytest.mark.parametrize(
    "text", ["", " ", "😂", "\ud800", "\x00" * 50, "a" * 10_000, "\u202e" * 30, "ﷺ" * 10_000, "!" * 99]
)
def test_odd_texts_get_a_score(fast: EmbeddedFast, text: str) -> None:
    [row] = fast.score([text])
    assert all(math.isfinite(chance) for chance in row)
    assert set(fast.spans(text)) == set(fast.labels)


def test_no_texts_have_no_scores(fast: EmbeddedFast) -> None:
    assert fast.score([]) == []


def test_spans_name_the_words_of_the_original(fast: EmbeddedFast) -> None:
    text = "Well 😂😂😂 — what a nice day, you 1D1OT. F U C K you!"
    words = [text[start:end] for start, end in fast.spans(text)["toxicity"]]
    assert "1D1OT" in words
    assert "F U C K" in words
    assert "day" not in words


@settings(max_examples=40)
@given(st.text(max_size=120))
def test_spans_lie_within_the_text_in_order(text: str) -> None:
    fast = EmbeddedFast.load() if not _LOADED else _LOADED[0]
    _LOADED[:] = [fast]
    for spans in fast.spans(text, 3).values():
        assert len(spans) <= 3
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in spans)


def test_a_score_that_is_no_number_is_an_error(fast: EmbeddedFast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "_bias", fast._bias * math.nan)
    with pytest.raises(ValueError, match="not a finite number"):
        fast.score([KIND])


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"not a model")
    with pytest.raises(ValueError, match="allow_pickle"):
        EmbeddedFast.load(path)
    with pytest.raises(FileNotFoundError):
        EmbeddedFast.load(tmp_path / "absent.npz")
