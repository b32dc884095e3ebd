"""`python tests/toy_gatepost.py redecide …`: gatepost's commands that need a classifier, with toys among them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import click

from tests.toys import add_toys
from workers.commands import redecide, shadow

gatepost = click.Group(commands={"redecide": redecide, "shadow": shadow})

if __name__ == "__main__":
    add_toys()
    gatepost(prog_name="toy gatepost")
