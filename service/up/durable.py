"""Small private files that are either the old ones or the new ones, never halves."""

import os
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Replace a file as a whole, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
