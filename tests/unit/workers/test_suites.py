"""The test sentences are many, and no training sentence is among them."""

import pytest

pytest.importorskip("pandas", reason="needs the optional extra `train`")

import numpy as np

from service.domain.text import normalise
from workers.training.contrast import contrast
from workers.training.data import LABELS
from workers.training.sentences import sentences
from workers.training.suites import GROUPS, HELD_OUT, cases, spoken
from workers.training.wording import GROUPS as TRAINED


def test_there_are_enough_of_each() -> None:
    assert sum(map(len, spoken().values())) >= 100
    assert len(GROUPS) >= 30
    assert set(GROUPS) >= HELD_OUT
    assert not HELD_OUT & {many for many, _one, _adjective in TRAINED}


def test_no_test_sentence_is_trained_on() -> None:
    trained = {normalise(text).strip(" .!?") for text in contrast().texts + sentences().texts}
    tested = [text for kind in spoken().values() for text in kind] + [case.text for case in cases()]
    # "I am a ..." is what everybody says first: the plainest sentence is tested though training has it too.
    shared = {normalise(text).strip(" .!?") for text in tested} & trained
    assert all(text.startswith(("i am a ", "i am an ")) for text in shared)


def test_contrast_sentences_come_in_both_directions_and_the_same_every_time() -> None:
    first, second = contrast(3), contrast(3)
    assert first.texts == second.texts
    assert first.texts != contrast(4).texts
    assert np.array_equal(first.labels, second.labels, equal_nan=True)
    assert len(first.texts) == len(set(first.texts))
    toxic = (first.labels[:, LABELS.index("toxicity")] == 1).mean()
    assert 0.3 < toxic < 0.6
    assert not any("{" in text or "}" in text for text in first.texts)
