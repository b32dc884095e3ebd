"""Isso (a comment server in Python over SQLite, from PyPI) under gunicorn in the same run, for scale."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks import findings, load, read, submit
from benchmarks.findings import Figure, Findings, Options
from benchmarks.processes import Watched, free_port, started
from benchmarks.stack import NOTHING_KEPT, Stack, stack

PACKAGES = ("isso==0.14.0", "gunicorn==27.0.1")
THREADS = 4
_COMMENTS = 20
_VENV = Path(__file__).parent / ".cache" / "isso"


def _installed() -> Path:
    """Make Isso's own virtual environment once; raises CalledProcessError when it cannot be installed."""
    python = _VENV / "bin" / "python"
    if not (_VENV / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (_VENV / "complete").touch()
    return python


@contextmanager
def _isso(place: Stack) -> Iterator[Watched]:
    """Run Isso with its guard and moderation off, one gunicorn process of four threads with keep-alive."""
    port, config = free_port(), place.folder / "isso.cfg"
    config.write_text(
        textwrap.dedent(f"""\
            [general]
            dbpath = {place.folder}/isso.db
            host = http://127.0.0.1/
            log-file = {place.folder}/isso-own.log
            [server]
            public-endpoint = http://127.0.0.1:{port}
            [guard]
            enabled = false
            [moderation]
            enabled = false
            """),
        encoding="utf-8",
    )
    command = [
        *(str(_installed()), "-m", "gunicorn", "isso.run", "--bind", f"127.0.0.1:{port}", "--keep-alive", "30"),
        *("--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "error"),
    ]
    env = {"ISSO_SETTINGS": str(config)}
    with started(command, env=env, folder=place.folder, name="isso", port=port) as watched:
        yield watched


def _post(number: int) -> bytes:
    body = {"text": f"A comment of some length, number {number}. " * 5, "author": "Robin Reader", "title": "An article"}
    return load.request("POST", f"/new?uri=/article-{number % submit.THREADS}", body=msgspec.json.encode(body))


def measure(options: Options) -> Findings:
    """Measure comments taken and lists of 20 read by Isso and by Gatepost's API, one after the other in one run."""
    total = options.of(400, 2000)
    with stack() as place:
        read.fill(place)
        posts = submit.posts(place.key, 1000)
        with place.api() as keeping, place.api(**NOTHING_KEPT) as api, _isso(place) as isso:
            taken = load.hammer(isso.port, _post, total=total).insist(201)
            load.hammer(isso.port, lambda n: _post(n * submit.THREADS), total=_COMMENTS).insist(201)
            lists = load.hammer(
                isso.port, lambda _: load.request("GET", "/?uri=/article-0&limit=20"), total=total
            ).insist(200)
            ours_taken = load.hammer(api.port, lambda n: posts[n % len(posts)], total=total).insist(202)
            ours_lists = load.hammer(api.port, read.request_for, total=total).insist(200)
            load.hammer(keeping.port, read.request_for, total=total).insist(200)
            hot_lists = load.hammer(keeping.port, read.request_for, total=10 * total).insist(200)
            memory = isso.memory_mb()
    return Findings(
        name="isso",
        figures=(
            Figure(name="submissions: Gatepost's rate by Isso's", measured=ours_taken.rate / taken.rate),
            Figure(name="Isso: submissions a second", measured=taken.rate),
            Figure(name="Isso: p99 of a submission", measured=taken.percentile_ms(0.99), unit="ms", better="less"),
            Figure(name="reads: Gatepost's rate by Isso's", measured=ours_lists.rate / lists.rate),
            Figure(name="reads from memory: Gatepost's rate by Isso's", measured=hot_lists.rate / lists.rate),
            Figure(name="Isso: reads of 20 a second", measured=lists.rate),
            Figure(name="Isso: memory (PSS)", measured=memory, unit="MB", better="less"),
        ),
        notes=("one gunicorn process of four threads, SQLite, guard and moderation off",),
    )


if __name__ == "__main__":
    findings.command(measure)()
