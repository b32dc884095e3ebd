"""What a conversion must prove before it is served: parity with torch, and how far int8 drifts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workers.classifiers.detoxify_checkpoint import Checkpoint
from workers.classifiers.onnx_model import TOKENS, run
from workers.classifiers.tokens import Window, batches

PARITY = 1e-5
"""How far a probability of the fp32 file may lie from torch's."""
DRIFT = 0.1
"""How far an int8 probability may lie from fp32's: beyond that, too much would be scored twice to be worth it."""
_COMPARED = 24  # torch takes its time
_SHAPES = ((1, 3), (4, 40), (2, 512))


class Unfaithful(ValueError):
    """The converted model does not say what the checkpoint says."""


def parity(checkpoint: Checkpoint, session: Any, windows: Sequence[Window]) -> float:
    """Return the largest difference between torch and the fp32 file; raises Unfaithful above PARITY.

    Compares some of the sample's windows, and random tokens, padded and not.
    """
    worst = 0.0
    random = _random_windows(checkpoint)
    for group in (*random, windows[:: max(1, len(windows) // _COMPARED)]):
        ours = run(session, checkpoint.reader, group, TOKENS)
        worst = max(worst, float(np.abs(ours - _torch_scores(checkpoint, group)).max()))
    if not worst <= PARITY:
        message = f"the fp32 file differs from the checkpoint by {worst:.1e}, more than {PARITY:.0e}"
        raise Unfaithful(message)
    return worst


def _torch_scores(checkpoint: Checkpoint, windows: Sequence[Window]) -> NDArray[np.float32]:
    scores = np.zeros((len(windows), len(checkpoint.labels)), np.float32)
    with torch.inference_mode():
        for positions in batches(windows, TOKENS):
            ids, mask = checkpoint.reader.padded([windows[position] for position in positions])
            logits = checkpoint.model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
            scores[positions] = torch.sigmoid(logits)[:, : len(checkpoint.labels)].numpy()
    return scores


def _random_windows(checkpoint: Checkpoint) -> list[list[Window]]:
    """Make groups of random tokens; the first window of a group is half as long as the others."""
    generator = np.random.default_rng(0)
    known = np.array([i for i in range(checkpoint.model.config.vocab_size) if i != checkpoint.pad_id])
    groups = []
    for rows, tokens in _SHAPES:
        length = min(tokens, checkpoint.max_len)
        lengths = [length if row or rows == 1 else max(1, length // 2) for row in range(rows)]
        groups.append([Window(row, generator.choice(known, size).tolist(), 0, 0) for row, size in enumerate(lengths)])
    return groups


def drift(session: Any, checkpoint: Checkpoint, windows: Sequence[Window], exact: NDArray[np.float32]) -> float:
    """Return how far scores, in batches and alone, lie from the exact ones; infinite if any is not a number.

    `exact` are fp32 scores of each window alone, shape (windows, labels).
    """
    worst = max(float(np.abs(run(session, checkpoint.reader, windows, budget) - exact).max()) for budget in (TOKENS, 0))
    return worst if np.isfinite(worst) else float("inf")
