"""Put a fine-tuned network, its vocabulary and what was measured of it into the one file that is served."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workers.training.model_file import archive


def _text(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, np.uint8)


def encode(graph: bytes, vocabulary: Sequence[str], glance: NDArray[np.float16], meta: Mapping[str, object]) -> bytes:
    """Return the file that `workers.classifiers.embedded.Embedded` reads.

    `graph` is an ONNX model; `meta` holds version, labels, languages, calibration, thresholds and suspicious.
    """
    return archive(
        {
            "meta": _text(json.dumps(meta, sort_keys=True).encode()),
            "graph": _text(graph),
            "pieces": _text("\n".join(vocabulary).encode()),
            "glance": glance,
        },
        # Weights hardly shrink, and would take as long to unpack as the rest of the start.
        level=0,
    )
