"""Training is repeatable, honest about calibration and thresholds, and says what it lacks."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from workers.training.cli import model

pytest.importorskip("pandas", reason="needs the optional extra `train`")
pytest.importorskip("scipy", reason="needs the optional extra `train`")
pytest.importorskip("sklearn", reason="needs the optional extra `train`")
pytest.importorskip("pyarrow", reason="needs the optional extra `train`")

import pandas as pd

from service.domain.text import normalise
from workers.classifiers.embedded_fast import EmbeddedFast
from workers.training import calibration, data, embedded_fast, evaluate, model_file, ngram, sentences

_TINY = ngram.Recipe(iterations=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a small labelled corpus of our own sentences, in the form of the real one."""
    rows = sentences.sentences()
    frame = pd.DataFrame(rows.labels.astype(np.float64), columns=list(data.LABELS))
    frame["text"], frame["src"] = rows.texts, np.where(np.arange(len(rows.texts)) % 3 == 0, "one", "two")
    frame["dev"] = np.arange(len(frame)) % 5 == 0
    frame.to_parquet(tmp_path / "train.parquet")
    return tmp_path


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    first, errors = embedded_fast.train(folder, 7, _TINY)
    second, _errors = embedded_fast.train(folder, 7, _TINY)
    assert first == second
    assert set(errors) == set(data.LABELS)
    fast = EmbeddedFast(first)
    assert fast.labels == data.LABELS
    assert fast.thresholds["identity_attack"][1] is None
    worst, best = fast.score(["all immigrants are vermin", "thank you, that was helpful"])
    assert worst[0] > best[0]


def test_what_is_served_is_what_was_fitted() -> None:
    texts = ["you fool", "what a day! what a night", "", "a", "F U C K 😂 you stupid 1d1ot " * 20]
    rng = np.random.default_rng(1)
    slots = ngram.matrix(["x"], _TINY).shape[1]
    words = 1 << 18
    steps = (rng.integers(-127, 128, (slots, len(data.LABELS))) / 100).astype(np.float32)
    steps[0], steps[-1] = 1.27, 1.27
    bias = np.zeros(len(data.LABELS), np.float32)
    fitted = ngram.Fitted(steps[:-words], steps[-words:], bias)
    meta = {
        "version": "0", "labels": data.LABELS, "languages": ["en"], "bias": fitted.bias.tolist(),
        "length_power": _TINY.length_power, "thresholds": {}, "calibration": [],
    }  # fmt: skip
    served = EmbeddedFast(model_file.encode(fitted.chars, fitted.words, meta)).logits(texts)
    folded = np.concatenate([fitted.chars, fitted.words / _TINY.word_weight])
    expected = ngram.matrix(texts, _TINY) @ folded
    short = [row for row, text in enumerate(texts) if len(normalise(text)) < 190]
    assert np.allclose(served[short], expected[short], atol=0.02)
    assert (served >= expected - 0.02).all()


def test_calibration_recovers_known_chances() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(-2, 2, 6000)
    truth = (rng.random(6000) < 1 / (1 + np.exp(-(2 * logits + 1)))).astype(np.float64)
    places, heights = calibration.curve(logits, truth)
    assert calibration.split_half_error(logits, truth) < 0.02
    assert np.allclose(heights, 1 / (1 + np.exp(-(2 * np.array(places) + 1))), atol=0.05)
    assert places == sorted(places)
    assert heights == sorted(heights)
    assert 0 <= heights[0] <= heights[-1] <= 1


def test_the_bound_of_a_share() -> None:
    assert evaluate.lower_bound(0, 0) == 0
    assert evaluate.lower_bound(188, 188) < 0.98 <= evaluate.lower_bound(189, 189)
    assert evaluate.lower_bound(990, 1000) < 0.99


def test_a_source_that_proves_nothing_forbids_rejecting() -> None:
    scores = np.zeros((1200, len(data.LABELS)))
    labels = np.zeros((1200, len(data.LABELS)), np.float32)
    scores[:300, 0] = labels[:300, 0] = 1.0
    one = data.Labelled([], labels, np.full(1200, "one"))
    assert evaluate.proven_reject(scores, one, "toxicity") == 0.5
    assert evaluate.proven_reject(scores, one, "identity_attack") is None
    two = data.Labelled([], labels, np.where(np.arange(1200) < 600, "one", "two"))
    assert evaluate.proven_reject(scores, two, "toxicity") is None


def test_a_policy_table_adds_up() -> None:
    scores = np.full((4, len(data.LABELS)), 0.1)
    scores[:, 0] = [0.9, 0.6, 0.6, 0.1]
    labels = np.zeros((4, len(data.LABELS)), np.float32)
    labels[:, 0] = [1, 1, 0, 1]
    rows = data.Labelled([], labels, np.full(4, "one"))
    table = evaluate.policy(scores, rows, {"toxicity": (0.5, 0.8)})["one"]
    assert table["rejected"] == 0.25
    assert table["held"] == 0.5
    assert table["precision_of_reject"] == 1
    assert table["precision_of_hold"] == 0.5
    assert table["abusive_approved"] == pytest.approx(1 / 3, abs=1e-3)


def test_the_commands_say_what_they_lack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    answer = CliRunner().invoke(model, ["evaluate", "embedded-fast", "--data", str(folder)])
    assert answer.exit_code == 1
    assert "install gatepost[train]" in answer.output


def test_the_shipped_model_keeps_its_figures_on_the_dev_rows() -> None:
    given = os.environ.get("GATEPOST_DATASETS")
    if not given:
        pytest.skip("GATEPOST_DATASETS is not set: the labelled data is not part of the project")
    rows = data.dev(Path(given))
    fast = EmbeddedFast.load()
    scores = evaluate.chances(fast, rows.texts)
    wiki = np.isin(rows.sources, ("jigsaw", "jigsaw_lc"))
    found = evaluate.aucs(scores[wiki], data.Labelled([], rows.labels[wiki], rows.sources[wiki]))
    assert found["toxicity"] >= 0.975
    assert np.mean(list(found.values())) >= 0.96
    ordinary = ~np.isin(rows.sources, evaluate.SELECTED)
    assert evaluate.calibration_error(scores[ordinary, 0], rows.labels[ordinary, 0].astype(np.float64)) <= 0.01
    for label in data.LABELS:
        assert fast.thresholds[label][1] == evaluate.proven_reject(scores, rows, label)
