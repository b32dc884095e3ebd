"""The shipped transformer keeps the figures that its card states."""

import os
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason="`embedded` is served by onnxruntime")
pytest.importorskip("pandas", reason="needs the optional extra `train`")
pytest.importorskip("sklearn", reason="needs the optional extra `train`")

import numpy as np

from workers.classifiers.embedded import Embedded
from workers.training import data, evaluate, suite_tables

_EVERY = 6  # of the dev rows: all of them take minutes


def test_neutral_sentences_about_groups_rank_below_hostile_ones() -> None:
    found = suite_tables.identity(Embedded.load())
    assert isinstance(found["bpsn"], dict)
    assert min(found["bpsn"].values()) >= 0.96
    assert float(str(found["neutral_from_0.5"])) <= 0.03
    assert float(str(found["neutral_from_0.8"])) <= 0.001


def test_the_shipped_model_keeps_its_figures_on_the_dev_rows() -> None:
    given = os.environ.get("GATEPOST_DATASETS")
    if not given:
        pytest.skip("GATEPOST_DATASETS is not set: the labelled data is not part of the project")
    rows = data.dev(Path(given))
    rows = data.Labelled(rows.texts[::_EVERY], rows.labels[::_EVERY], rows.sources[::_EVERY])
    scores = evaluate.chances(Embedded.load(), rows.texts)
    wiki = np.isin(rows.sources, ("jigsaw", "jigsaw_lc"))
    found = evaluate.aucs(scores[wiki], data.Labelled([], rows.labels[wiki], rows.sources[wiki]))
    assert found["toxicity"] >= 0.97
    assert np.mean(list(found.values())) >= 0.965
    ordinary = ~np.isin(rows.sources, evaluate.SELECTED)
    assert evaluate.calibration_error(scores[ordinary, 0], rows.labels[ordinary, 0].astype(np.float64)) <= 0.025
