"""The shipped transformer: what it says, that it says the same in any company, how far it reads, and why."""

import math
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="`embedded` is served by onnxruntime")

from service.domain.catalogue import CLASSIFIERS
from service.up.demo import demo_policy
from workers.classifiers.embedded import MODEL, Embedded
from workers.training.suites import spoken

RUDE = "You are a complete idiot, go fuck yourself"
KIND = "The library on Mill Street opens an hour later on Thursdays."
PADDING = "The council met on Tuesday to talk about the new bridge and the price of bread in our town. "


@pytest.fixture(scope="module")
def embedded() -> Embedded:
    """Load the shipped model once."""
    return Embedded.load()


def _toxicity(embedded: Embedded, text: str) -> float:
    return embedded.score([text])[0][0]


def test_the_file_is_small_and_stamped(embedded: Embedded) -> None:
    assert MODEL.stat().st_size <= 24_000_000
    assert len(embedded.hash) == 16
    assert embedded.version
    assert embedded.languages == {"en"}


def test_the_catalogue_says_what_the_model_carries(embedded: Embedded) -> None:
    facts = CLASSIFIERS["embedded"]
    assert facts.labels == embedded.labels
    assert facts.languages == embedded.languages
    assert facts.thresholds == embedded.thresholds


def test_identity_attack_never_rejects_by_score_alone(embedded: Embedded) -> None:
    assert embedded.thresholds["identity_attack"][1] is None


def test_a_second_load_says_the_same(embedded: Embedded) -> None:
    began = time.perf_counter()
    again = Embedded.load()
    assert again.score([RUDE, KIND]) == embedded.score([RUDE, KIND])
    assert again.hash == embedded.hash
    assert time.perf_counter() - began < 5


def test_abuse_scores_above_the_hold_threshold_and_ordinary_text_below(embedded: Embedded) -> None:
    hold = embedded.thresholds["toxicity"][0]
    assert _toxicity(embedded, RUDE) > 0.9
    for text in (KIND, "Scunthorpe is a nice town", "the 5th of may", "see appendix a b c", "thank you", "kill -9 812"):
        assert _toxicity(embedded, text) < hold, text


@pytest.mark.parametrize(
    "text", ["go f u c k yourself", "go f**k yourself", "go fuuuuuck yourself", "go fцck yourself", "go f\u200buck you"]
)
def test_disguise_does_not_help(embedded: Embedded, text: str) -> None:
    assert _toxicity(embedded, text) > 0.7


@pytest.mark.parametrize("before", [0, 300, 2_000, 5_000, 9_000, 15_000, 20_400])
def test_abuse_behind_padding_is_found(embedded: Embedded, before: int) -> None:
    padding = PADDING * 220
    text = f"{padding[:before]} {RUDE}, you stupid piece of shit. {padding}"[:20_480]
    assert _toxicity(embedded, text) >= embedded.thresholds["toxicity"][0]
    assert _toxicity(embedded, padding[:20_480]) < embedded.thresholds["toxicity"][0]


def test_scores_never_depend_on_batch_mates(embedded: Embedded) -> None:
    texts = [KIND, RUDE, "", PADDING * 20 + RUDE, "hello there", "I am a gay man", "you are not an idiot"]
    alone = [embedded.score([text])[0] for text in texts]
    assert embedded.band == 0
    assert embedded.score(texts) == alone
    assert embedded.exact(texts[::-1]) == alone[::-1]


@pytest.mark.parametrize(
    "text",
    ["", " ", "😂", "😂🔥👍🏽" * 30, "\ud800", "\x00" * 50, "a" * 10_000, "\u202e" * 30, "ﷺ" * 10_000, "!" * 99,
     "x\u200f\u202eolleh", "é" * 5_000, "abcdefghij" * 1_000, "我" * 300],
)  # fmt: skip
def test_odd_texts_get_a_score(embedded: Embedded, text: str) -> None:
    [row] = embedded.score([text])
    assert len(row) == len(embedded.labels)
    assert all(math.isfinite(chance) and 0 <= chance <= 1 for chance in row)


def test_a_text_of_many_emoji_is_read_in_bounded_time(embedded: Embedded) -> None:
    text = "".join(chr(0x1F300 + place % 700) for place in range(10_000))
    [row] = embedded.score([text])
    assert all(math.isfinite(chance) for chance in row)


def test_no_texts_have_no_scores(embedded: Embedded) -> None:
    assert embedded.score([]) == []
    assert embedded.exact([]) == []


def test_spans_name_the_words_of_the_original(embedded: Embedded) -> None:
    text = "Well 😂😂😂 — what a nice day, you 1D1OT. F U C K you!"
    words = [text[start:end] for start, end in embedded.spans(text)["toxicity"]]
    assert {"1D1OT", "F U C K"} & set(words)
    assert "day" not in words


@pytest.mark.parametrize(
    "text", ["", "😂", "a" * 900, f"{PADDING * 30}{RUDE}", f"ab{'c' * 200}, you idiot", "\ud800 b"]
)
def test_spans_lie_within_the_text_in_order(embedded: Embedded, text: str) -> None:
    found = embedded.spans(text, 3)
    assert set(found) == set(embedded.labels)
    for spans in found.values():
        assert len(spans) <= 3
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in spans)


def test_spans_in_a_long_text_point_at_the_abuse(embedded: Embedded) -> None:
    text = f"{PADDING * 30}{RUDE}. {PADDING * 30}"
    words = {text[start:end] for start, end in embedded.spans(text)["toxicity"]}
    assert words & {"idiot", "fuck", "complete", "yourself"}


def test_no_testimony_report_quotation_or_reclaimed_word_is_rejected(embedded: Embedded) -> None:
    texts = [text for kind in spoken().values() for text in kind]
    assert len(texts) >= 100
    for text, row in zip(texts, embedded.exact(texts), strict=True):
        for label, chance in zip(embedded.labels, row, strict=True):
            reject = embedded.thresholds[label][1]
            assert reject is None or chance < reject, text


def test_nor_would_the_demo_reject_it(embedded: Embedded) -> None:
    reject = demo_policy("embedded").thresholds["toxicity"].reject
    assert reject is not None
    texts = [text for kind in spoken().values() for text in kind]
    assert max(_toxicity(embedded, text) for text in texts) < reject - 0.04


def test_a_score_that_is_no_number_is_an_error(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def run(self, _outputs: object, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [np.full((len(inputs["ids"]), len(embedded.labels)), math.nan, np.float32)]

    monkeypatch.setattr(embedded, "_session", Broken())
    with pytest.raises(ValueError, match="not a finite number"):
        embedded.score([KIND])


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"not a model")
    with pytest.raises(ValueError, match="allow_pickle"):
        Embedded.load(path)
    path.write_bytes(MODEL.read_bytes().replace(b"MultiHeadAttention", b"MultiFootAttention"))
    with pytest.raises(ValueError, match="damaged"):
        Embedded.load(path)
    path.write_bytes(MODEL.read_bytes()[:100_000])
    with pytest.raises(ValueError, match="damaged"):
        Embedded.load(path)
    with pytest.raises(FileNotFoundError):
        Embedded.load(tmp_path / "absent.npz")
