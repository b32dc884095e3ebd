"""`python tests/toy_worker.py`: a worker as in production, but for its classifier."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.toy_classifier import ToyClassifier
from workers.classifiers import registry
from workers.cli import worker

registry._LOADERS["toy"] = ToyClassifier

if __name__ == "__main__":
    worker(prog_name="toy worker")
