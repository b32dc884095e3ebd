"""Comments in languages that the classifiers do not cover are recognised, and English in all its forms is not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.language import detect, tell, uncovered
from tests.unit.workers.language_samples import ENGLISH, FOREIGN, MIXED

ENGLISH_ONLY = frozenset({"en"})
_SENTENCES = [(code, sentence) for code, sentences in FOREIGN.items() for sentence in sentences]


@pytest.mark.parametrize(("code", "sentence"), _SENTENCES)
def test_another_language_is_recognised(code: str, sentence: str) -> None:
    found = uncovered(sentence, ENGLISH_ONLY)
    assert found is not None
    near = {"da": {"da", "no", "sv"}, "id": {"id", "ms"}}
    assert found in near.get(code, {code})


@pytest.mark.parametrize("sentence", ENGLISH)
def test_english_is_not_held(sentence: str) -> None:
    assert uncovered(sentence, ENGLISH_ONLY) is None


@pytest.mark.parametrize("sentence", MIXED)
def test_english_words_sprinkled_in_do_not_hide_it(sentence: str) -> None:
    assert uncovered(sentence, ENGLISH_ONLY) is not None


@pytest.mark.parametrize("words", ["you and the", "that is what i think", "the you of it was"])
def test_english_in_the_middle_does_not_hide_it(words: str) -> None:
    missed = [sentence for _code, sentence in _SENTENCES if uncovered(_inserted(sentence, words), ENGLISH_ONLY) is None]
    assert len(missed) <= 2, missed


def _inserted(sentence: str, words: str) -> str:
    parts = sentence.split()
    half = len(parts) // 2
    return " ".join([*parts[:half], words, *parts[half:]])


def test_a_covered_language_is_not_held() -> None:
    assert uncovered(FOREIGN["de"][0], frozenset({"en", "de"})) is None
    assert uncovered(FOREIGN["de"][0], frozenset({"de"})) is None
    assert uncovered(FOREIGN["script:Cyrl"][0], frozenset({"ru"})) is None
    assert uncovered(FOREIGN["de"][1], frozenset({"fr"})) == "de"


def test_long_text_is_judged_by_all_of_it() -> None:
    german, english = " ".join(FOREIGN["de"]) + " ", "I think that this was a good article about our town. "
    assert uncovered(german * 40, ENGLISH_ONLY) == "de"
    assert uncovered(english * 40, ENGLISH_ONLY) is None
    assert uncovered(english * 10 + german * 15, ENGLISH_ONLY) == "de"


@pytest.mark.parametrize(
    "text", ["", "ok", "12345 67890 12345 67890 12345", "😂" * 40, "\ud800" * 30, "\x00" * 30, "!" * 50, "Café", "Ω"]
)
def test_too_little_to_tell_is_not_held(text: str) -> None:
    assert uncovered(text, ENGLISH_ONLY) is None
    assert detect(text) is None


@pytest.mark.parametrize(
    ("text", "script"), [("привет", "script:Cyrl"), ("你好吗", "script:Hani"), ("ありがとう", "script:Jpan")]
)
def test_a_few_letters_name_a_script(text: str, script: str) -> None:
    assert uncovered(text, ENGLISH_ONLY) == script


def test_detect_gives_a_language_and_a_probability() -> None:
    found = detect(FOREIGN["fr"][0])
    assert found is not None
    language, chance = found
    assert language == "fr"
    assert 0.5 < chance <= 1.01


@given(st.text(max_size=200))
@example("abc\ud800def ghi\x00jkl mno\u2028pqr stu vwx yz " * 3)
def test_any_text_gets_an_answer(text: str) -> None:
    found = uncovered(text, ENGLISH_ONLY)
    assert found is None or found.removeprefix("script:").isalpha()


ENGLISH_ONLY, SEVEN = frozenset({"en"}), frozenset({"en", "fr", "es", "it", "pt", "tr", "ru"})


@pytest.mark.parametrize(
    ("text", "languages", "told"),
    [
        ("", ENGLISH_ONLY, "en"),
        ("ok", ENGLISH_ONLY, "en"),
        ("😀😀", ENGLISH_ONLY, "en"),
        ("yuo are teh wrost persn evr writtn heer", ENGLISH_ONLY, "en"),
        ("𝓨𝓸𝓾 𝓪𝓻𝓮 𝓪𝓷 𝓲𝓭𝓲𝓸𝓽 𝓶𝔂 𝓯𝓻𝓲𝓮𝓷𝓭 𝔂𝓮𝓼", ENGLISH_ONLY, "en"),
        ("Das ist ein ganz gewöhnlicher Satz in deutscher Sprache.", ENGLISH_ONLY, "de"),
        ("Ceci est une phrase tout à fait ordinaire en français.", SEVEN, "fr"),
        ("Это самое обычное предложение на русском языке.", SEVEN, "ru"),
        ("Это самое обычное предложение на русском языке.", ENGLISH_ONLY, "ru"),
        ("これは普通の日本語の文章です。", ENGLISH_ONLY, "ja"),
        ("สวัสดี", ENGLISH_ONLY, "th"),
        ("ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ ᛈᛇᛉᛊᛏᛒ ᛖᛗᛚᛜᛞᛟ", ENGLISH_ONLY, None),
        ("ᚠᚢᚦ", ENGLISH_ONLY, "en"),
    ],
)
def test_a_text_s_language_is_told(text: str, languages: frozenset[str], told: str | None) -> None:
    assert tell(text, languages, "en") == told


def test_english_is_told_as_english() -> None:
    assert {tell(text, ENGLISH_ONLY, "en") for text in ENGLISH} == {"en"}


@pytest.mark.parametrize("language", FOREIGN)
def test_a_foreign_sentence_is_told_as_foreign(language: str) -> None:
    assert "en" not in {tell(text, ENGLISH_ONLY, "en") for text in FOREIGN[language]}


def test_what_is_too_short_to_tell_is_taken_for_what_is_assumed() -> None:
    assert tell("ok", SEVEN, "fr") == "fr"
