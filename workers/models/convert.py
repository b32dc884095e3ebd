"""From a checkpoint to a folder that `onnx:DIR` serves: exported, compared, and quantised where that is safe."""

from collections.abc import Callable, Sequence
from pathlib import Path

from workers.classifiers.detoxify_checkpoint import load_checkpoint
from workers.classifiers.onnx_facts import FACTS, FP32, INT8, TOKENIZER, ModelFacts, sha256, write_facts
from workers.classifiers.onnx_model import open_session, run
from workers.classifiers.released import languages_of
from workers.models.export import export_fp32, export_int8
from workers.models.gates import DRIFT, drift, parity
from workers.models.sample import sample

_VERSION_HEX = 8  # as many digits of the SHA-256 as Detoxify's file names carry
_MARGIN = 2.0  # the sample has not seen everything
_ROUNDING = 1e-4  # scores are rounded to four decimals

Tell = Callable[[str], None]


def convert(
    checkpoint: Path,
    hf: Path,
    out: Path,
    *,
    name: str,
    languages: Sequence[str] = (),
    texts: Sequence[str] = (),
    tell: Tell,
) -> ModelFacts:
    """Convert a checkpoint into the folder `out`; `texts` stand in for the built-in sample, `languages` for the known.

    Raises BadCheckpoint, or Unfaithful where the converted model says something else. A folder that was converted
    before stays no model until the new one is whole.
    """
    loaded = load_checkpoint(checkpoint, hf)
    tell(f"{checkpoint.name}: {', '.join(loaded.labels)}; every tensor is in the model")
    out.mkdir(parents=True, exist_ok=True)
    (out / FACTS).unlink(missing_ok=True)
    (out / INT8).unlink(missing_ok=True)
    (out / TOKENIZER).write_text(loaded.tokenizer, encoding="utf-8")
    export_fp32(loaded, out / FP32)
    fp32 = open_session(out / FP32)
    windows = loaded.reader.windows(list(texts) or sample())
    same = parity(loaded, fp32, windows)
    tell(f"{FP32}: within {same:.1e} of the checkpoint on {len(windows)} windows")
    exact = run(fp32, loaded.reader, windows, 0)
    band_fp32 = _MARGIN * drift(fp32, loaded, windows, exact) + _ROUNDING
    done, left = export_int8(out / FP32, out / INT8)
    far = drift(open_session(out / INT8), loaded, windows, exact)
    refused = ""
    if left:
        refused = f"{left} of {done + left} products with weights could not be made int8"
    elif not far <= DRIFT:
        refused = f"int8 is {far:.3f} off fp32 on the sample, more than {DRIFT}"
    files = {file: sha256(out / file) for file in (FP32, TOKENIZER)}
    if refused:
        (out / INT8).unlink()
        tell(f"{INT8} is not written, the model will be served in fp32: {refused}")
    else:
        files[INT8] = sha256(out / INT8)
        tell(f"{INT8}: within {far:.4f} of fp32, {done} products in int8")
    facts = ModelFacts(
        name=name,
        version=loaded.sha256[:_VERSION_HEX],
        labels=loaded.labels,
        languages=tuple(sorted(languages or languages_of(name))),
        max_len=loaded.max_len,
        pad_id=loaded.pad_id,
        source=loaded.sha256,
        files=files,
        parity=same,
        band_fp32=round(band_fp32, 6),
        drift=None if refused else far,
        band_int8=None if refused else round(_MARGIN * far + _ROUNDING, 6),
        refused=refused,
    )
    write_facts(out, facts)
    return facts
