"""Checkpoints in Detoxify's own format, read strictly: every tensor of the file is in the model, or it is refused.

Detoxify itself reads pickles that may run code, and fills what a file lacks with random numbers after a warning.
"""

import hashlib
import json
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers

from workers.classifiers.released import HF_FILES, labels_of
from workers.classifiers.tokens import Reader

_MODELS = {
    f"{name}ForSequenceClassification": getattr(transformers, f"{name}ForSequenceClassification")
    for name in ("Albert", "Bert", "Roberta", "XLMRoberta")
}
_TOKENIZERS = {
    f"{name}Tokenizer{fast}": getattr(transformers, f"{name}Tokenizer")
    for name in ("Albert", "Bert", "Roberta", "XLMRoberta")
    for fast in ("", "Fast")
}
_LONGEST = 512
_PREFIX = "model."


class BadCheckpoint(ValueError):
    """A file cannot be taken for a model; says which and why."""


class Checkpoint(NamedTuple):
    """A model in eval mode, and what is needed to use it; outputs beyond the `labels` are not labels.

    `tokenizer` is the content of a `tokenizer.json` as Detoxify reads text.
    """

    model: Any
    labels: tuple[str, ...]
    tokenizer: str
    reader: Reader
    max_len: int
    pad_id: int
    sha256: str


class _Plan(NamedTuple):
    """What a checkpoint's configuration says of its model."""

    model_class: Any
    tokenizer_class: Any
    outputs: int
    labels: tuple[str, ...]


def load_checkpoint(path: Path, hf: Path | None = None) -> Checkpoint:
    """Read a checkpoint whose base configuration and tokenizer lie in the folder `hf`, by default beside it.

    Raises BadCheckpoint, which also says what to do about it.
    """
    hf = path.parent if hf is None else hf
    for file in (path, *(hf / name for name in HF_FILES)):
        if not file.is_file():
            message = f"{file} is missing: a model is a checkpoint with {', '.join(HF_FILES)} of its base model"
            raise BadCheckpoint(message)
    content = _unpickled(path)
    plan = _plan(path, content)
    config = _config(hf / "config.json", plan)
    with path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    tokenizer, max_len = _tokenizer(hf, plan, config)
    reader = Reader(tokenizer, max_len=max_len, pad_id=config.pad_token_id)
    if reader.vocabulary > config.vocab_size:
        message = f"{hf}: the tokenizer has {reader.vocabulary} tokens, the model knows {config.vocab_size}"
        raise BadCheckpoint(message)
    model = _filled(path, plan.model_class(config), _tensors(path, content["state_dict"]))
    return Checkpoint(model, plan.labels, tokenizer, reader, max_len, config.pad_token_id, sha256)


def _unpickled(path: Path) -> dict[str, Any]:
    """Unpickle without running any code that the file names."""
    try:
        with warnings.catch_warnings():
            # It warns of unusual pickles and reads on: what it cannot read safely it refuses with an error.
            warnings.simplefilter("ignore", UserWarning)
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, AttributeError) as error:
        first = str(error).strip().partition("\n")[0][:200]
        why = "truncated, or no checkpoint at all"
        if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in str(error):
            why = "holds code beside tensors: do not load it with anything else either"
        message = f"{path} is refused: {why} ({type(error).__name__}: {first})"
        raise BadCheckpoint(message) from error
    if not isinstance(content, dict) or not isinstance(content.get("config"), dict):
        message = f"{path} is not in Detoxify's format: it has no `config`"
        raise BadCheckpoint(message)
    if not isinstance(content.get("state_dict"), dict) or not content["state_dict"]:
        message = f"{path} is not in Detoxify's format: it has no `state_dict`"
        raise BadCheckpoint(message)
    return content


def _plan(path: Path, content: Mapping[str, Any]) -> _Plan:
    config = content["config"]
    try:
        arch, dataset = config["arch"]["args"], config["dataset"]["args"]
        model_name, tokenizer_name, outputs = arch["model_name"], arch["tokenizer_name"], arch["num_classes"]
        labels = labels_of(dataset["classes"])
        others = len(dataset.get("identity_classes") or ())
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{path}: its configuration lacks {error}"
        raise BadCheckpoint(message) from error
    except ValueError as error:
        message = f"{path}: {error}"
        raise BadCheckpoint(message) from error
    for found, known in ((model_name, _MODELS), (tokenizer_name, _TOKENIZERS)):
        if found not in known:
            message = f"{path} asks for {found}, which is none of {', '.join(sorted(known))}"
            raise BadCheckpoint(message)
    # `unbiased` has 16 outputs for 7 labels: the others tell whom a comment mentions, and Detoxify drops them.
    if outputs not in (len(labels), len(labels) + others) and config.get("num_main_classes") != len(labels):
        message = f"{path}: {outputs} outputs do not fit its {len(labels)} labels {', '.join(labels)}"
        raise BadCheckpoint(message)
    return _Plan(_MODELS[model_name], _TOKENIZERS[tokenizer_name], outputs, labels)


def _config(path: Path, plan: _Plan) -> Any:
    found = _json(path)
    wanted = plan.model_class.config_class.model_type
    if found.get("model_type") != wanted:
        message = f"{path} is of a {found.get('model_type')} model, the checkpoint of a {wanted} one"
        raise BadCheckpoint(message)
    config = plan.model_class.config_class.from_dict(found, num_labels=plan.outputs)
    if config.pad_token_id is None:
        message = f"{path} names no pad_token_id"
        raise BadCheckpoint(message)
    return config


def _tokenizer(hf: Path, plan: _Plan, config: Any) -> tuple[str, int]:
    """Read the tokenizer and how many tokens fit.

    The class may read text otherwise than `tokenizer.json` says (ALBERT's makes its own normaliser), and Detoxify goes
    by the class. RoBERTa and its kin number positions from the padding token's id + 1.
    """
    try:
        tokenizer = plan.tokenizer_class.from_pretrained(str(hf), local_files_only=True)
        content = str(tokenizer.backend_tokenizer.to_str())
    except Exception as error:  # what comes out of there has no common base
        message = f"{hf} has no tokenizer that {plan.tokenizer_class.__name__} can read: {error}"
        raise BadCheckpoint(message) from error
    offset = config.pad_token_id + 1 if config.model_type in ("roberta", "xlm-roberta") else 0
    return content, min(int(tokenizer.model_max_length), _LONGEST, int(config.max_position_embeddings) - offset)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        message = f"{path} is no JSON: {error}"
        raise BadCheckpoint(message) from error
    if not isinstance(found, dict):
        message = f"{path} is no JSON object"
        raise BadCheckpoint(message)
    return found


def _tensors(path: Path, state: Mapping[Any, Any]) -> dict[str, Any]:
    """Check that the file's tensors are whole numbers of positions or finite float32."""
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            message = f"{path}: {name!r} in its state_dict is no tensor"
            raise BadCheckpoint(message)
        if tensor.is_floating_point() and tensor.dtype is not torch.float32:
            message = f"{path}: {name} is {tensor.dtype}, not float32: convert the checkpoint from the full weights"
            raise BadCheckpoint(message)
        if not bool(torch.isfinite(tensor).all()):
            message = f"{path}: {name} holds a number that is not finite"
            raise BadCheckpoint(message)
    if all(name.startswith(_PREFIX) for name in state):
        message = f"{path}: every tensor's name begins with {_PREFIX!r}: save the inner model's state_dict, without it"
        raise BadCheckpoint(message)
    return dict(state)


def _filled(path: Path, model: Any, tensors: dict[str, Any]) -> Any:
    """Fill the model and compare: what is in the file is in the model, and nothing in the model is from elsewhere."""
    # Buffers that count positions were saved by old versions of transformers and are made anew by later ones.
    buffers = {
        name: tensor for name, tensor in model.named_buffers() if name.endswith(("position_ids", "token_type_ids"))
    }
    weights = {name: tensor for name, tensor in tensors.items() if name not in buffers}
    try:
        model.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        message = f"{path} does not fit its model: {' '.join(str(error).split())[:600]}"
        raise BadCheckpoint(message) from error
    inside = {**buffers, **model.state_dict()}
    for name, tensor in tensors.items():
        if name not in inside or not torch.equal(inside[name], tensor):
            message = f"{path}: {name} is not the same in the model"
            raise BadCheckpoint(message)
    return model.eval()
