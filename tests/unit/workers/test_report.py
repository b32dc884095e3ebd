"""One run judges a classifier on comments and test sentences, draws the tables and writes the card."""

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pandas", reason="needs the optional extra `train`")
pytest.importorskip("pyarrow", reason="needs the optional extra `train`")
pytest.importorskip("sklearn", reason="needs the optional extra `train`")
pytest.importorskip("matplotlib", reason="needs the optional extra `train`")

import numpy as np
import pandas as pd

from workers.classifiers.embedded_fast import EmbeddedFast
from workers.training import card, data, evaluate, report, suite_tables
from workers.training.disguise import DISGUISES, all_disguised
from workers.training.suites import GROUPS, HOSTILE, NEUTRAL, cases

HOSTILE_TEXTS = frozenset(case.text for case in cases() if case.hostile)


class Knowing:
    """A classifier that knows the answers to the identity templates and finds every quotation toxic."""

    def __init__(self) -> None:
        self.name, self.version, self.hash = "embedded-fast", "0", "0" * 16
        self.labels: tuple[str, ...] = data.LABELS
        self.thresholds: dict[str, tuple[float, float | None]] = dict.fromkeys(data.LABELS, (0.5, None))
        self.thresholds["toxicity"] = (0.5, 0.9)

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        return [(0.95 if text in HOSTILE_TEXTS or '"' in text else 0.01, *[0.01] * 5) for text in texts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    every = list(cases())
    frame = pd.DataFrame({label: [float(case.hostile) for case in every] for label in data.LABELS})
    frame["text"], frame["src"], frame["dev"] = [case.text for case in every], "jigsaw", True
    path = tmp_path_factory.mktemp("labelled")
    frame.to_parquet(path / "train.parquet")
    return path


def test_a_classifier_that_knows_the_answers_has_perfect_figures() -> None:
    found = suite_tables.identity(Knowing())
    assert found["auc"] == found["worst_bpsn"] == found["worst_bpsn_held_out"] == 1
    assert found["neutral_from_0.5"] == found["hostile_below_0.5"] == 0
    assert len(list(cases())) == len(GROUPS) * (len(NEUTRAL) + len(HOSTILE))


def test_a_rejected_quotation_shows_in_the_table() -> None:
    table = suite_tables.speech(Knowing())
    assert table["quoting"]["rejected"] > 0
    assert table["reclaimed"]["rejected"] == 0


def test_every_figure_reaches_terminal_pictures_and_card(folder: Path, tmp_path: Path) -> None:
    found = report.judge(Knowing(), folder)
    text = "\n".join(report.lines(found))
    assert all(way in text for way in DISGUISES)
    assert "worst_bpsn" in text
    pictures = report.draw(found, tmp_path / "drawn")
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    written = card.card([found], [card.facts(EmbeddedFast.load())], "drawn")
    assert "CC-BY-SA-3.0" in written
    assert "What it cannot do" in written
    assert all(f"drawn/{picture.name}" in written for picture in pictures)


def test_isotonic_error_sees_scores_that_order_nothing() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(4000)
    assert evaluate.isotonic_error(chances, (rng.random(4000) < chances).astype(float)) < 0.05


def test_disguises_change_words_and_repeat_themselves() -> None:
    texts = ["What a beautiful morning it is, isn't it"]
    for way in DISGUISES:
        assert all_disguised(texts, way, 1.0) != texts
        assert all_disguised(texts, way) == all_disguised(texts, way)
        assert all_disguised(texts, way, 0.0) == texts
