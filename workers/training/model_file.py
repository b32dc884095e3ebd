"""Make the classifiers' files: a plain `.npz` that comes out byte for byte the same from the same weights."""

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_DATE = (1980, 1, 1, 0, 0, 0)  # zip files carry a time for each member; the earliest they can express
_CLIPPED = 0.9999  # quantile of |weight| that becomes 127; the few above it are clipped

Weights = NDArray[np.float32]


def quantise(weights: Weights) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Round weights of shape (slots, labels) to int8; returns them with the float that one step is worth per label."""
    scale = np.quantile(np.abs(weights), _CLIPPED, axis=0).astype(np.float64) / 127
    scale[scale == 0] = 1.0
    return np.clip(np.round(weights / scale), -127, 127).astype(np.int8), scale


def encode(chars: Weights, words: Weights, meta: Mapping[str, object]) -> bytes:
    """Return the file that `workers.classifiers.embedded_fast.EmbeddedFast` reads.

    `meta` holds version, labels, languages, bias, length_power, calibration and thresholds; scales are added here.
    """
    char_steps, char_scale = quantise(chars)
    word_steps, word_scale = quantise(words)
    facts = {**meta, "char_scale": char_scale.tolist(), "word_scale": word_scale.tolist()}
    encoded = np.frombuffer(json.dumps(facts, sort_keys=True).encode(), np.uint8)
    return archive({"meta": encoded, "chars": char_steps, "words": word_steps}, level=9)


def archive(arrays: Mapping[str, NDArray[np.generic]], level: int) -> bytes:
    """Lay `arrays` down as an `.npz`, always the same bytes; compressed at `level`, not at all for 0."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", _DATE)
            member.compress_type = zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED
            members.writestr(member, content.getvalue(), compresslevel=level)
    return file.getvalue()
