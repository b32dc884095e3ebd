"""`detoxify:NAME` and `detoxify:PATH`: a checkpoint served by torch, the yardstick of conversions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch

from workers.classifiers.detoxify_checkpoint import BadCheckpoint, Checkpoint, load_checkpoint
from workers.classifiers.occlusion import spans
from workers.classifiers.released import SOURCE, home_of, languages_of, released
from workers.classifiers.tokens import highest

_PREFIX_HEX = 8  # as many digits of a checkpoint's SHA-256 as Detoxify's file names carry


class DetoxifyModel:
    """Score comments as `Detoxify.predict` does one by one, but read long ones whole: the highest of their windows.

    A text's scores never depend on its batch-mates, so `band` is 0.
    """

    band = 0.0

    def __init__(self, name: str, checkpoint: Checkpoint) -> None:
        """Take the name that scores carry, and a checkpoint."""
        self.name = name
        self.version = checkpoint.sha256[:_PREFIX_HEX]
        self.hash = checkpoint.sha256[:16]
        self.labels = checkpoint.labels
        self.languages = languages_of(name)
        self._checkpoint = checkpoint

    @classmethod
    def load(cls, name: str) -> Self:
        """Load `detoxify:NAME`, as fetched, or `detoxify:PATH`; raises BadCheckpoint and downloads nothing."""
        # One process a core: more workers, not more threads, use more cores.
        torch.set_num_threads(1)
        return cls(name, load_checkpoint(_checkpoint_path(name.partition(":")[2])))

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return one probability in [0, 1] per label, in the order of `labels`, for each text.

        Raises ValueError for invalid Unicode and where a score is not a finite number.
        """
        checkpoint = self._checkpoint
        windows = checkpoint.reader.windows(texts)
        scores = np.zeros((len(windows), len(self.labels)), np.float32)
        with torch.inference_mode():
            for row, window in enumerate(windows):
                ids, mask = checkpoint.reader.padded([window])
                logits = checkpoint.model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
                scores[row] = torch.sigmoid(logits)[0, : len(self.labels)].numpy()
        return highest(windows, scores, len(texts))

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return what `score` returns."""
        return self.score(texts)

    def spans(self, text: str, limit: int = 5) -> dict[str, list[tuple[int, int]]]:
        """Say without which words a label's score falls: at most `limit` ranges [start, end) of code points, ascending.

        Costs as much as scoring the text some twenty times.
        """
        return spans(text, self.labels, self.score, limit)

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Say it of each text, one after the other."""
        return [self.spans(text, limit) for text in texts]


def _checkpoint_path(name: str) -> Path:
    """Find the checkpoint of a released model that was fetched, or the one at a path."""
    if name not in released():
        return Path(name)
    folder = home_of(name) / SOURCE
    found = sorted(folder.glob("*.ckpt"))
    if len(found) != 1:
        message = f"{folder} holds {len(found)} checkpoints instead of one: run `gatepost model fetch {name}`"
        raise BadCheckpoint(message)
    return found[0]
