"""What stands beside a converted model: `model.json`, which says what its files are and how well they agree."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

FACTS = "model.json"
FP32 = "fp32.onnx"
INT8 = "int8.onnx"
TOKENIZER = "tokenizer.json"


class ModelFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A converted model.

    `source` is the checkpoint's SHA-256, `files` that of each file beside this one. `parity` is the largest difference
    of a probability between torch and `fp32.onnx`, `drift` that between `fp32.onnx`, every text alone, and `int8.onnx`
    in batches; `band_int8` and `band_fp32` are how far a score may lie from the exact one: twice what was seen on the
    conversion's sample, and never nothing, for scores are rounded. `refused` says why there is no int8 file.
    """

    format: int = 1
    name: str
    version: str
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    max_len: int
    pad_id: int
    source: str
    files: dict[str, str]
    parity: float
    band_fp32: float
    drift: float | None = None
    band_int8: float | None = None
    refused: str = ""


_DECODER = msgspec.json.Decoder(ModelFacts)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_hash(files: Mapping[str, str]) -> str:
    """Return 16 hex digits that stand for all files: of the SHA-256 over what `sha256sum *` prints of them."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def read_facts(folder: Path) -> ModelFacts:
    """Read a folder's facts; ValueError where there are none or not of this format."""
    path = folder / FACTS
    try:
        facts = _DECODER.decode(path.read_bytes())
    except FileNotFoundError as error:
        message = (
            f"{folder} is no converted model: it has no {FACTS}; make one with `gatepost model fetch` or `convert`"
        )
        raise ValueError(message) from error
    except msgspec.DecodeError as error:
        message = f"{path} is not what this version of Gatepost writes: {error}"
        raise ValueError(message) from error
    missing = sorted({FP32, TOKENIZER} - set(facts.files))
    if facts.format != 1 or missing or (INT8 in facts.files) != (facts.band_int8 is not None):
        message = (
            f"{path} is not what this version of Gatepost writes: {', '.join(missing) or f'format {facts.format}'}"
        )
        raise ValueError(message)
    return facts


def write_facts(folder: Path, facts: ModelFacts) -> None:
    """Write a folder's facts, last of its files: a folder without them is no model."""
    (folder / FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1) + b"\n")
