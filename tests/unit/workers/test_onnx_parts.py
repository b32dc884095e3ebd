"""The parts of a served model that need no model."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("tokenizers", reason="needs gatepost[onnx]")

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from workers.classifiers.cpu import multiplies_int8
from workers.classifiers.occlusion import spans
from workers.classifiers.onnx_facts import content_hash
from workers.classifiers.released import labels_of, languages_of, released
from workers.classifiers.tokens import OVERLAP, Reader, Window, batches, highest


def _reader(max_len: int = 130) -> Reader:
    words = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    # Both would be applied behind the windows' back.
    tokenizer.enable_truncation(10)
    tokenizer.enable_padding()
    return Reader(tokenizer.to_str(), max_len=max_len, pad_id=0)


def test_short_text_is_one_window() -> None:
    assert _reader().windows(["a b", ""]) == [Window(0, [2, 4, 5, 3], 0, 3), Window(1, [2, 3], 0, 0)]


@pytest.mark.parametrize("words", [128, 129, 192, 193, 1_000])
def test_windows_cover_a_text_and_overlap(words: int) -> None:
    text = "  ".join(["a", "b"] * 500)[: 3 * words - 2]
    windows = _reader().windows([text])
    assert len(windows) == max(1, -(-(words - OVERLAP) // (128 - OVERLAP)))
    assert all(len(window.ids) == 130 and window.ids[0] == 2 and window.ids[-1] == 3 for window in windows)
    assert (windows[0].start, windows[-1].stop) == (0, len(text))
    for before, after in itertools.pairwise(windows):
        assert before.start < after.start
        assert len(text[after.start : before.stop].split()) >= OVERLAP


def test_too_little_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        _reader(2)
    with pytest.raises(ValueError, match="no tokenizer"):
        Reader("{}", max_len=9, pad_id=0)


def test_batches_keep_to_the_budget() -> None:
    windows = [Window(0, [1] * length, 0, 0) for length in (500, 3, 700, 40, 41, 2, 200)]
    found = list(batches(windows, 512))
    assert sorted(position for batch in found for position in batch) == list(range(7))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(len(windows[i].ids) for i in batch) <= 512
    assert all(len(batch) == 1 for batch in batches(windows, 0))
    assert list(batches([], 512)) == []


def test_highest_window_counts_and_no_number_is_an_error() -> None:
    windows = [Window(text, [], 0, 0) for text in (0, 1, 0)]
    scores = np.array([[0.25, 0.5], [0.0, 1.0], [0.75, 0.125]], np.float32)
    assert highest(windows, scores, 2) == [(0.75, 0.5), (0.0, 1.0)]
    scores[1, 0] = np.nan
    with pytest.raises(ValueError, match="not a finite number"):
        highest(windows, scores, 2)


def _toy(texts: Sequence[str]) -> list[tuple[float, float]]:
    """Score `bad` words for the first label, `worse` ones for the second."""
    rows = []
    for text in texts:
        bad, worse = (len(re.findall(rf"\b{word}\b", text)) for word in ("bad", "worse"))
        rows.append((min(0.99, 0.01 + 0.45 * bad), min(0.99, 0.01 + 0.6 * worse)))
    return rows


@pytest.mark.parametrize("length", [0, 5, 47, 60, 900])
def test_spans_are_the_words_that_raise_a_label(length: int) -> None:
    calm = "calm " * length
    text = f"{calm}so bad, and worse {calm}"
    found = spans(text, ("first", "second"), _toy, 5)
    assert [text[a:b] for a, b in found["first"]] == ["bad,"]
    assert [text[a:b] for a, b in found["second"]] == ["worse"]


def test_spans_of_nothing_and_limits() -> None:
    assert spans("", ("first", "second"), _toy, 5) == {"first": [], "second": []}
    assert spans("calm and kind", ("first", "second"), _toy, 5) == {"first": [], "second": []}
    assert len(spans("bad but bad", ("first", "second"), _toy, 1)["first"]) == 1
    assert spans("bad", ("first", "second"), _toy, 0) == {"first": [], "second": []}


def test_spans_of_long_text_cost_little() -> None:
    calls: list[int] = []

    def counted(texts: Sequence[str]) -> list[tuple[float, float]]:
        calls.extend(len(text.split()) for text in texts)
        return _toy(texts)

    spans("calm " * 2_000 + "bad", ("first", "second"), counted, 5)
    assert max(calls) <= 48
    assert sum(calls) < 3 * 2_000


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("flags\t\t: fpu sse2 avx2", False),
        ("flags\t\t: fpu avx512_vnni", True),
        ("flags\t\t: avx_vnni", True),
        ("Features\t: fp asimd asimddp", True),
        ("model name\t: avx_vnni", False),
    ],
)
def test_processor_is_known_by_its_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, *, good: bool
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{line}\n")
    assert multiplies_int8(tmp_path / "cpuinfo") is good
    assert not multiplies_int8(tmp_path / "nothing")


def test_releases_have_languages_and_labels() -> None:
    assert released() == ("multilingual", "original", "original-small", "unbiased", "unbiased-small")
    assert languages_of("detoxify:multilingual") == {"en", "fr", "es", "it", "pt", "tr", "ru"}
    assert languages_of("detoxify:unbiased") == languages_of("detoxify:/x.ckpt") == {"en"}
    assert labels_of(["toxic", "identity_hate"]) == ("toxicity", "identity_attack")
    with pytest.raises(ValueError, match="not distinct labels"):
        labels_of(["toxic", "toxicity"])


def test_hash_is_of_what_sha256sum_prints() -> None:
    assert content_hash({"b": "22", "a": "11"}) == content_hash({"a": "11", "b": "22"}) != content_hash({"a": "11"})
