"""`python tests/toy_worker.py`: a worker as in production, but for its classifier."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.toy_classifier import PlantedToy, StricterToy, ToyClassifier
from workers.classifiers import registry
from workers.cli import worker

registry._LOADERS["toy"] = ToyClassifier
registry._LOADERS["toy-planted"] = PlantedToy
registry._LOADERS["toy-stricter"] = StricterToy

if __name__ == "__main__":
    worker(prog_name="toy worker")
