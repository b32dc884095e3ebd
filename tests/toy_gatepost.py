"""`python tests/toy_gatepost.py redecide …`: gatepost's commands that need a classifier, with toys among them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import click

# Whoever imports the toy worker has the toys.
from tests import toy_worker as toy_worker
from workers.cli import worker
from workers.commands import redecide, shadow

gatepost = click.Group(commands={"redecide": redecide, "shadow": shadow, "worker": worker})

if __name__ == "__main__":
    gatepost(prog_name="toy gatepost")
