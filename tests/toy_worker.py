"""`python tests/toy_worker.py`: a worker as in production, but for its classifier."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.toys import add_toys
from workers.cli import worker

if __name__ == "__main__":
    add_toys()
    worker(prog_name="toy worker")
