"""Checkpoints that tests share; importing this needs no extra."""

import importlib
from pathlib import Path
from typing import Any


class Making:
    """Checkpoints of each architecture and their conversions, made at their first use and never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoints: Any = importlib.import_module("tests.detoxify_checkpoints")
        self._convert: Any = importlib.import_module("workers.models.convert")
        self.told: dict[str, list[str]] = {}

    def checkpoint(self, kind: str) -> Path:
        folder = self._folder / kind / "source"
        path: Path = folder / "made.ckpt"
        if not path.exists():
            self._checkpoints.make(folder, kind)
        return path

    def converted(self, kind: str, name: str = "") -> Path:
        folder = self._folder / kind / "converted"
        if not folder.exists():
            path = self.checkpoint(kind)
            told = self.told[kind] = []
            self._convert.convert(path, path.parent, folder, name=name or f"detoxify:{kind}", tell=told.append)
        return folder
