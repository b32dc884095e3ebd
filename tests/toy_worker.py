"""`python tests/toy_worker.py`: a worker as in production, but for its classifier."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.toy_classifier import ToyClassifier
from workers.classifiers import registry
from workers.cli import worker


def broken() -> ToyClassifier:
    """Make a toy that fails on everything."""
    toy = ToyClassifier()
    toy.broken = True
    return toy


registry._LOADERS.update({"toy": ToyClassifier, "broken toy": broken})

if __name__ == "__main__":
    worker(prog_name="toy worker")
