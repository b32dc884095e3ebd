"""Fine-tune the small transformer on labelled comments."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from service.domain.text import normalise
from workers.classifiers.embedded_fast import EmbeddedFast
from workers.classifiers.pieces import CLOSE, OPEN, ROOM, WINDOW, encode, ends, tokenizer
from workers.training.bert import Net, load_base
from workers.training.data import ABUSIVE, LABELS, Labelled
from workers.training.disguise import disguised
from workers.training.vocabulary import pruned

Floats = NDArray[np.float32]
Pieces = list[list[int]]
_REPORT = 20


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The choices of a fit; the defaults are what the shipped model was made with, chosen on the dev rows."""

    layers: int = 6
    """Encoder layers kept of the base's six."""
    tokens: int = 2_500_000
    """Pieces read in all; the learning rate falls to nothing by then. One pass has some two million."""
    batch: int = 1536
    """Pieces in a batch, padding included."""
    rate: float = 1.2e-4
    head_rate: float = 1e-3
    warm_up: float = 0.06
    """Share of `tokens` over which the learning rate rises."""
    read: int = 4000
    """Code points read of each training text."""
    easy: float = 0.1
    """Of harmless rows that the n-gram model gives less than this, a share of (what it gives) / `easy` is kept ..."""
    least_share: float = 1 / 12
    """... but at least this one; they count for more in turn ..."""
    most_weight: float = 3.0
    """... up to so much."""
    disguised: float = 0.1
    """Share of texts whose words are disguised ..."""
    ways: tuple[str, ...] = ("starred", "starred", "starred", "repeated", "spaced", "leet")
    """... in one of these; what the normaliser undoes without a trace need not be learnt."""
    padded: float = 0.08
    """Share of short abusive texts that are put behind the beginning of a harmless one."""
    weights: dict[str, float] = field(default_factory=lambda: {"hatemoji": 0.5, "sentences": 0.5, "contrast": 0.5})
    """Weight of a comment by its source; 1 where not named."""
    copies: dict[str, int] = field(default_factory=lambda: {"sentences": 2, "contrast": 2})
    """How often a comment of a source is read in a pass; 1 where not named."""


@dataclass(frozen=True)
class Prepared:
    """Training rows in pieces; a row may stand in for several comments."""

    vocabulary: list[str]
    base_rows: list[int]
    """The row of each piece in the base's embedding."""
    ids: Pieces
    labels: Floats
    weights: Floats
    sources: NDArray[np.int64]
    names: list[str]


def prepare(rows: Labelled, base_tokenizer: bytes, recipe: Recipe, seed: int) -> Prepared:
    """Thin, disguise, normalise and cut `rows` into the pieces of a pruned vocabulary."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    plain = [normalise(text, recipe.read) for text in rows.texts]
    vocabulary, base_rows = pruned(base_tokenizer, plain)
    harmless = np.nansum(rows.labels, axis=1) == 0
    made = np.isin(rows.sources, list(recipe.copies))
    likely = 1 / (1 + np.exp(-EmbeddedFast.load().logits(rows.texts)[:, 0]))
    shares = np.where(harmless & ~made, np.clip(likely / recipe.easy, recipe.least_share, 1.0), 1.0)
    names, sources = np.unique(rows.sources, return_inverse=True)
    weights = np.array([recipe.weights.get(source, 1.0) for source in rows.sources], np.float32)
    weights *= np.minimum(1 / shares, recipe.most_weight).astype(np.float32)
    kept = np.flatnonzero(np.random.default_rng(seed).random(len(shares)) < shares)
    copies = [recipe.copies.get(str(source), 1) for source in rows.sources[kept]]
    chosen = np.repeat(kept, copies)
    cut = tokenizer(vocabulary)
    pieces: Pieces = []
    for row in chosen.tolist():
        text = plain[row]
        if chance.random() < recipe.disguised:
            changed = disguised(rows.texts[row], chance.choice(recipe.ways), chance.uniform(0.2, 0.8), chance)
            text = normalise(changed, recipe.read)
        ids = encode(cut, text)
        pieces.append([ids[place] for place in ends(len(ids))])
    openings = [ids for ids, row in zip(pieces, chosen, strict=True) if harmless[row] and not made[row]]
    abusive = rows.labels[:, 0] >= ABUSIVE
    for place, row in enumerate(chosen.tolist()):
        room = ROOM - len(pieces[place])
        if abusive[row] and openings and room > ROOM // 2 and chance.random() < recipe.padded:
            pieces[place] = chance.choice(openings)[:room] + pieces[place]
    return Prepared(
        vocabulary, base_rows, [[OPEN, *ids, CLOSE] for ids in pieces], rows.labels[chosen], weights[chosen],
        sources[chosen].astype(np.int64), [str(name) for name in names],
    )  # fmt: skip


def batches(lengths: Sequence[int], budget: int, rng: np.random.Generator | None = None) -> list[list[int]]:
    """Group rows of like length so that a batch, padded, has at most `budget` pieces; `rng` shuffles."""
    keys = np.asarray(lengths, np.float64)
    if rng is not None:
        keys = keys + rng.uniform(0, 3, len(keys))
    groups: list[list[int]] = []
    group: list[int] = []
    longest = 0
    for row in np.argsort(keys, kind="stable").tolist():
        longest = max(longest, lengths[row])
        if group and longest * (len(group) + 1) > budget:
            groups.append(group)
            group, longest = [], lengths[row]
        group.append(row)
    if group:
        groups.append(group)
    return [groups[place] for place in rng.permutation(len(groups))] if rng is not None else groups


def padded(ids: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay texts out as one array of pieces and the 0/1 mask of which are real."""
    longest = max(map(len, ids))
    table = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for row, pieces in enumerate(ids):
        table[row, : len(pieces)] = torch.tensor(pieces)
        mask[row, : len(pieces)] = 1
    return table, mask


def _forever(lengths: Sequence[int], budget: int, rng: np.random.Generator) -> Iterator[list[int]]:
    while True:
        yield from batches(lengths, budget, rng)


def _fast_halves() -> bool:
    """Tell whether this processor multiplies bfloat16 itself; elsewhere that is many times slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _rate(done: float, warm_up: float) -> float:
    return done / warm_up if done < warm_up else max(0.0, (1 - done) / (1 - warm_up))


def fit(rows: Prepared, base: bytes, recipe: Recipe, seed: int, minutes: float | None = None) -> Net:
    """Fine-tune all weights on `rows`; ends after `recipe.tokens` pieces, or after `minutes` if that is sooner.

    Repeatable on one machine with one number of threads, unless `minutes` ends it.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(len(rows.vocabulary), recipe.layers, len(LABELS), len(rows.names))
    load_base(net, base, torch.tensor(rows.base_rows))
    means = np.nanmean(rows.labels, axis=0)
    net.head.bias.data = torch.tensor(np.log(np.clip(means, 1e-3, 0.5)), dtype=torch.float32)
    heads = [net.offsets, *net.head.parameters()]
    body = [weights for name, weights in net.named_parameters() if not name.startswith(("head", "offsets"))]
    optimiser = torch.optim.AdamW(
        [{"params": body, "weight_decay": 0.01}, {"params": heads, "weight_decay": 0.0}], betas=(0.9, 0.98), fused=True
    )
    known = torch.from_numpy((~np.isnan(rows.labels)).astype(np.float32) * rows.weights[:, None])
    truth = torch.from_numpy(np.nan_to_num(rows.labels))
    sources = torch.from_numpy(rows.sources)
    usual = recipe.batch / WINDOW * 2 * len(LABELS)  # a fixed divisor: a batch of long texts must not shout
    halves = _fast_halves()
    net.train()
    seen, started, losses = 0, time.monotonic(), []
    for step, batch in enumerate(_forever([len(ids) for ids in rows.ids], recipe.batch, rng)):
        done = seen / recipe.tokens
        if minutes is not None:
            done = max(done, (time.monotonic() - started) / (60 * minutes))
        if done >= 1:
            break
        for group, rate in zip(optimiser.param_groups, (recipe.rate, recipe.head_rate), strict=True):
            group["lr"] = rate * _rate(done, recipe.warm_up)
        ids, mask = padded([rows.ids[row] for row in batch])
        with torch.autocast("cpu", torch.bfloat16, enabled=halves):
            logits = net(ids, mask, sources[batch]).float()
        loss = nn.functional.binary_cross_entropy_with_logits(logits, truth[batch], known[batch], reduction="sum")
        (loss / usual).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        seen += ids.numel()
        losses.append(loss.item() / max(known[batch].sum().item(), 1e-6))
        if step % _REPORT == _REPORT - 1:
            speed = seen / (time.monotonic() - started)
            print(
                f"step {step + 1}: {done:.0%}, {speed:.0f} pieces/s, loss {np.mean(losses[-_REPORT:]):.4f}", flush=True
            )
    net.eval()
    return net
