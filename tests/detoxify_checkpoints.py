"""Checkpoints in Detoxify's own format with random weights, and tokenizers that were trained a moment ago."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ORIGINAL = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
UNBIASED = ("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit")
IDENTITIES = ("male", "female", "homosexual_gay_or_lesbian", "christian", "jewish", "muslim", "black", "white", "ill")
WORDS = (
    "You", "ARE", "“the”", "``", "naïve", "Ünder", "an", "idiot", "fool", "kind", "council", "budget", "article",
    "mill", "street", "library", "bus", "tax", "thank", "please", "stop", "liar", "12,5", "don't",
)  # fmt: skip


class Kind(NamedTuple):
    """One of Detoxify's four architectures."""

    model: str
    tokenizer: str
    classes: tuple[str, ...]
    identities: tuple[str, ...] = ()


KINDS = {
    "bert": Kind("Bert", "BertTokenizer", ORIGINAL),
    "roberta": Kind("Roberta", "RobertaTokenizer", UNBIASED, IDENTITIES),
    "xlm-roberta": Kind("XLMRoberta", "XLMRobertaTokenizer", UNBIASED, IDENTITIES),
    "albert": Kind("Albert", "AlbertTokenizer", ORIGINAL),
}
_SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def texts(count: int, *, longest: int = 300, seed: int = 0) -> list[str]:
    """Make texts of 1 to `longest` words, known and unknown ones, with some punctuation."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        words = [
            chance.choice(WORDS) if chance.random() < 0.8 else "".join(chance.choices("abcdefgé日😀xyz", k=4))
            for _ in range(chance.choice((1, 3, 9, 30, chance.randint(1, longest))))
        ]
        made.append(" ".join(words) + chance.choice(("", ".", "!", " ?")))
    return made


def make(folder: Path, kind: str, *, config: dict[str, Any] | None = None, seed: int = 0, spread: float = 1.0) -> Path:
    """Write a checkpoint with its configuration and tokenizer into a folder; returns the checkpoint's path."""
    folder.mkdir(parents=True, exist_ok=True)
    made = KINDS[kind]
    tokenizer = _TOKENIZERS[kind]()
    tokenizer.save(str(folder / "tokenizer.json"))
    described = {"model_max_length": 512, "tokenizer_class": made.tokenizer}
    (folder / "tokenizer_config.json").write_text(json.dumps(described))
    config_class: Any = getattr(transformers, f"{made.model}Config")
    pads = {"roberta": 1, "xlm-roberta": 1}
    sizes: dict[str, Any] = {
        **_SMALL,
        "vocab_size": tokenizer.get_vocab_size(),
        "max_position_embeddings": 514 if kind in pads else 512,
        "pad_token_id": pads.get(kind, 0),
        **(config or {}),
    }
    if kind == "albert":
        sizes.setdefault("embedding_size", 16)
    torch.random.manual_seed(seed)
    outputs = len(made.classes) + len(made.identities)
    model_class: Any = getattr(transformers, f"{made.model}ForSequenceClassification")
    model = model_class(config_class(**sizes, num_labels=outputs))
    with torch.no_grad():
        # Fresh weights give every text the same 0.5.
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.mul_(spread * (40 if "classifier" in name else 2))
    model.config.save_pretrained(folder)
    path = folder / "made.ckpt"
    save(path, model.state_dict(), made, outputs=outputs)
    return path


def save(path: Path, state: dict[str, Any], kind: Kind, *, outputs: int, model_type: str = "") -> None:
    """Write a checkpoint in Detoxify's format."""
    arch = {
        "num_classes": outputs,
        "model_type": model_type or str(path.parent),
        "model_name": f"{kind.model}ForSequenceClassification",
        "tokenizer_name": kind.tokenizer,
    }
    dataset: dict[str, Any] = {"classes": list(kind.classes)}
    if kind.identities:
        dataset["identity_classes"] = list(kind.identities)
    config = {"arch": {"args": arch}, "dataset": {"args": dataset}}
    torch.save({"config": config, "state_dict": state}, path)


def move(path: Path, folder: Path) -> Path:
    """Copy a made checkpoint's folder, for a test that spoils it."""
    shutil.copytree(path.parent, folder)
    return folder / path.name


def _word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(_corpus(), trainers.WordPieceTrainer(vocab_size=400, special_tokens=special))
    _bracket(tokenizer, "[CLS]", "[SEP]")
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _byte_pairs() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", _id(tokenizer, "</s>")), ("<s>", _id(tokenizer, "<s>")), add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _unigram(special: list[str], unknown: str, first: str, last: str) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=special, unk_token=unknown)
    tokenizer.train_from_iterator(_corpus(), trainer)
    _bracket(tokenizer, first, last)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _bracket(tokenizer: Tokenizer, first: str, last: str) -> None:
    ids = [(token, _id(tokenizer, token)) for token in (first, last)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}", special_tokens=ids
    )


def _id(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    assert found is not None
    return found


def _corpus() -> list[str]:
    return [*WORDS * 20, *texts(200, longest=20, seed=1), "abcdefghijklmnopqrstuvwxyz 0123456789 .,!?'"]


_TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "bert": _word_piece,
    "roberta": _byte_pairs,
    "xlm-roberta": lambda: _unigram(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], "<unk>", "<s>", "</s>"),
    "albert": lambda: _unigram(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], "<unk>", "[CLS]", "[SEP]"),
}
