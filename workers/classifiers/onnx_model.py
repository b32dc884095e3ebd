"""`onnx:DIR`: a converted model, int8 where the processor is made for it, without torch."""

import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from workers.classifiers.cpu import multiplies_int8
from workers.classifiers.occlusion import spans
from workers.classifiers.onnx_facts import FP32, INT8, TOKENIZER, content_hash, read_facts, sha256
from workers.classifiers.tokens import Reader, Window, batches, highest

_log = logging.getLogger(__name__)

TOKENS = 512
"""Tokens a batch, padding included: 256 to 1,024 are the same within noise, more is slower."""

Precision = Literal["int8", "fp32"]


def open_session(path: Path) -> Any:
    """Open a model file for one thread; ValueError if it is none."""
    if not multiplies_int8():
        # The fast int8 kernels of such a processor saturate. The exact ones, which this asks for, cannot be had where
        # products share weights (ALBERT): there it fails, and the drift that is measured holds the saturation too.
        with contextlib.suppress(ValueError):
            return _session(path, {"session.x64quantprecision": "1"})
    return _session(path, {})


def _session(path: Path, entries: dict[str, str]) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Lengths differ from batch to batch: a plan for each would only be memory.
    options.enable_mem_pattern = False
    for entry in entries.items():
        options.add_session_config_entry(*entry)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's own exceptions have no common base
        message = f"{path} cannot be opened by onnxruntime {onnxruntime.__version__}: {error}"
        raise ValueError(message) from error


def run(session: Any, reader: Reader, windows: Sequence[Window], budget: int) -> NDArray[np.float32]:
    """Score windows in batches of at most `budget` tokens: probabilities of shape (windows, labels)."""
    scores = np.zeros((len(windows), session.get_outputs()[0].shape[1]), np.float32)
    for positions in batches(windows, budget):
        ids, mask = reader.padded([windows[position] for position in positions])
        scores[positions] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return scores


class OnnxModel:
    """Score comments with a folder that `gatepost model convert` wrote.

    A batch's scores lie within `band` of those of `exact`, which scores in fp32, every window alone.
    """

    def __init__(self, folder: Path, precision: Precision | None = None) -> None:
        """Open the model, in the best precision for this processor unless one is given; ValueError if it cannot be.

        Every file is compared with the SHA-256 in the facts when it is first used.
        """
        self._folder = folder
        self._facts = facts = read_facts(folder)
        self.precision: Precision = precision or self._best()
        self.name = facts.name
        self.version = f"{facts.version}-{self.precision}"
        self.hash = content_hash(facts.files)
        self.labels = facts.labels
        self.languages = frozenset(facts.languages)
        self._check(TOKENIZER)
        tokenizer = (folder / TOKENIZER).read_text(encoding="utf-8")
        self._reader = Reader(tokenizer, max_len=facts.max_len, pad_id=facts.pad_id)
        self._fp32: Any = None
        if self.precision == "int8":
            self.band = facts.band_int8 or 0.0
            self._session = self._open(INT8)
        else:
            self.band = facts.band_fp32
            self._session = self._fp32 = self._open(FP32)

    @classmethod
    def load(cls, name: str) -> Self:
        """Load `onnx:DIR`; ValueError if it cannot be."""
        return cls(Path(name.partition(":")[2]))

    def _best(self) -> Precision:
        if INT8 not in self._facts.files:
            _log.warning("%s is served in fp32: %s", self._folder, self._facts.refused)
            return "fp32"
        if not multiplies_int8():
            _log.warning("%s is served in fp32: this processor has no int8 dot products (VNNI)", self._folder)
            return "fp32"
        return "int8"

    def _check(self, file: str) -> None:
        try:
            found = sha256(self._folder / file)
        except FileNotFoundError as error:
            message = f"{self._folder / file} is missing"
            raise ValueError(message) from error
        if found != self._facts.files.get(file):
            message = f"{self._folder / file} is not the file that was converted: its SHA-256 is {found}"
            raise ValueError(message)

    def _open(self, file: str) -> Any:
        self._check(file)
        session = open_session(self._folder / file)
        outputs = session.get_outputs()[0].shape[1]
        if outputs != len(self.labels):
            message = f"{self._folder / file} has {outputs} outputs for {len(self.labels)} labels"
            raise ValueError(message)
        return session

    def score(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return one probability in [0, 1] per label, in the order of `labels`, for each text.

        A text longer than the model reads is cut into overlapping windows, and each label takes the highest. Raises
        ValueError for invalid Unicode and where a score is not a finite number.
        """
        windows = self._reader.windows(texts)
        return highest(windows, run(self._session, self._reader, windows, TOKENS), len(texts))

    def exact(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        """Return the same in fp32, each text as if it were the only one; the first call loads the fp32 file."""
        if self._fp32 is None:
            self._fp32 = self._open(FP32)
        windows = self._reader.windows(texts)
        return highest(windows, run(self._fp32, self._reader, windows, 0), len(texts))

    def spans(self, text: str, limit: int = 5) -> dict[str, list[tuple[int, int]]]:
        """Say without which words a label's score falls: at most `limit` ranges [start, end) of code points, ascending.

        Costs as much as scoring the text some twenty times.
        """
        return spans(text, self.labels, self.score, limit)

    def spans_of(self, texts: Sequence[str], limit: int = 5) -> list[dict[str, list[tuple[int, int]]]]:
        """Say it of each text, one after the other."""
        return [self.spans(text, limit) for text in texts]
