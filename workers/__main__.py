"""`python -m workers` is `gatepost worker`."""

from workers.cli import worker

if __name__ == "__main__":
    worker(prog_name="python -m workers")
