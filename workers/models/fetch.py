"""Bring one of Detoxify's released models here, and convert it."""

import re
from pathlib import Path
from typing import NamedTuple

from detoxify.detoxify import MODEL_URLS

from workers.classifiers.onnx_facts import ModelFacts
from workers.classifiers.released import HF_FILES, KIND, SOURCE
from workers.models.convert import Tell, convert
from workers.models.download import NotFetched, Progress, download

# The base model of each release: Detoxify's checkpoints hold neither its configuration nor its tokenizer.
_BASES = {
    "original": "google-bert/bert-base-uncased",
    "unbiased": "FacebookAI/roberta-base",
    "multilingual": "FacebookAI/xlm-roberta-base",
    "original-small": "albert/albert-base-v2",
    "unbiased-small": "albert/albert-base-v2",
}
HUB = "https://huggingface.co"
_DIGEST = re.compile(r"-([0-9a-f]{8,64})\.ckpt$")


class Remote(NamedTuple):
    """A file of a release: where it is, what it is called here, and the start of its SHA-256 where that is known."""

    url: str
    file: str
    sha256: str = ""


def files_of(name: str) -> list[Remote]:
    """List the files of a release, the checkpoint first; ValueError if its address carries no SHA-256."""
    url = MODEL_URLS[name]
    digest = _DIGEST.search(url)
    if digest is None:
        message = f"{url} does not carry the start of its SHA-256"
        raise ValueError(message)
    checkpoint = Remote(url, url.rpartition("/")[2], digest[1])
    return [checkpoint, *(Remote(f"{HUB}/{_BASES[name]}/resolve/main/{file}", file) for file in HF_FILES)]


def fetch(name: str, folder: Path, files: list[Remote], *, progress: Progress, tell: Tell) -> ModelFacts:
    """Download the files into `folder`/source and convert them into `folder`.

    Raises NotFetched, which says what to bring by hand and where to put it, and what `convert` raises.
    """
    source = folder / SOURCE
    for remote in files:
        tell(remote.file)
        try:
            download(remote.url, source / remote.file, sha256=remote.sha256, progress=progress)
        except NotFetched as error:
            raise NotFetched(_by_hand(name, error, source, files)) from error
    return convert(source / files[0].file, source, folder, name=f"{KIND}:{name}", tell=tell)


def release_of(sha256: str) -> str | None:
    """Tell which release a checkpoint is, by its SHA-256."""
    for name in MODEL_URLS:
        checkpoint = files_of(name)[0]
        if sha256.startswith(checkpoint.sha256):
            return f"{KIND}:{name}"
    return None


def _by_hand(name: str, error: NotFetched, source: Path, files: list[Remote]) -> str:
    lines = [f"{error}.", f"Where the network does not reach, bring these files and put them into {source}:"]
    for remote in files:
        there = " (is there)" if (source / remote.file).exists() else ""
        check = f" (SHA-256 begins with {remote.sha256})" if remote.sha256 else ""
        lines.append(f"  {remote.file}{check}{there}\n    from {remote.url}")
    lines.append(
        f"Then run `gatepost model fetch {name} --to {source.parent}` again: it downloads nothing that is there."
    )
    return "\n".join(lines)
