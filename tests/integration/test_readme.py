"""What the README tells a newcomer to type, typed."""

import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.up_process import Up

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path / "var")
    up.start()
    yield up
    up.end()


def blocks() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", README.read_text(), flags=re.DOTALL)


def walk_through() -> str:
    (block,) = (block for block in blocks() if "curl" in block and "demo.json" in block)
    return block


def test_the_walk_through_does_what_it_says(up: Up) -> None:
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", walk_through()],
        cwd=up.data.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    decoder, text, answers = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].strip()
    before, decided, after = answers
    assert [item["author"]["name"] for item in before["items"]] == ["Ada"]
    assert decided["results"][0] == {**decided["results"][0], "ok": True, "status": "rejected", "version": 3}
    assert after["items"] == []
    assert after["count"] == 0


def test_the_two_commands_are_recipes() -> None:
    makefile = (README.parent / "Makefile").read_text()
    for recipe in re.findall(r"^make ([a-z]+)", "\n".join(blocks()), flags=re.MULTILINE):
        assert re.search(rf"^{recipe}:", makefile, flags=re.MULTILINE)


def test_every_benchmark_that_the_papers_name_is_there() -> None:
    papers = "".join(paper.read_text() for paper in (README.parent / "docs").rglob("*.md"))
    named = set(re.findall(r"python -m (benchmarks[\w.]*)", papers))
    assert len(named) >= 3
    assert [name for name in named if importlib.util.find_spec(name) is None] == []


def test_every_file_that_the_papers_point_to_is_there() -> None:
    for paper in [README, *(README.parent / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name} points to {target}"
