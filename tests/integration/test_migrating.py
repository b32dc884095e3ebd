"""What the paper on moving from Perspective tells its reader to type, typed."""

import gc
import json
import os
import random
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from click.testing import CliRunner
from googleapiclient import discovery

from service.api.compat.attributes import label_of
from service.cli.perspective import perspective
from service.domain.categories import CATEGORIES
from service.workflow.analyze import POINTS_PER_SECOND, SECONDS, SECONDS_MOST
from service.workflow.feedback import MOST
from service.workflow.fitting import LEAST_PAIRS, Pair
from tests.integration.foreign import Works, works
from tests.integration.shell import Shell
from tests.processes import environment

PAPER = (Path(__file__).parents[2] / "docs" / "migrate-from-perspective.md").read_text()
HOST = "https://gatepost.example"


@pytest.fixture(scope="module")
def running(short_path: Path) -> Iterator[Works]:
    with works(short_path / "paper") as made:
        Shell(made.redis.url).ask("site", "add", "my-site", "--origin", "https://my-site.example")
        yield made


def block(mark: str) -> str:
    (found,) = (one for one in re.findall(r"```sh\n(.*?)```", PAPER, flags=re.DOTALL) if mark in one)
    return str(found)


def typed(running: Works, text: str, folder: Path, **env: str) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", text],
        cwd=folder,
        env={**environment(running.redis.url), "PATH": path, "HOME": str(folder), "GATEPOST": running.url, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_key_is_made_and_a_comment_analyzed(running: Works, tmp_path: Path) -> None:
    said = typed(running, block("--surface perspective"), tmp_path)
    key = said.split()[-1]
    assert key.startswith("gpc_")
    told = json.loads(typed(running, block("comments:analyze?key"), tmp_path, KEY=key))
    assert told["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.99
    assert json.loads(typed(running, block("perspective feedback"), tmp_path)) == {"suggestions": []}


def test_a_map_is_fitted_and_set(running: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    pairs = [
        Pair(at="", text="", classifier="toy", hash="70f", theirs={"TOXICITY": one}, ours={"TOXICITY": one**2})
        for one in (rng.random() for _ in range(200))
    ]
    (tmp_path / "pairs.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, pairs)))
    lines = block("perspective fit").splitlines()
    (record,) = (line for line in lines if line.startswith("gatepost perspective record"))
    run: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: run.append(words))
    done = CliRunner().invoke(perspective, record.split()[2:])
    assert done.exit_code == 0, done.output
    # What it starts is run in test_recording.
    assert "https://commentanalyzer.googleapis.com" in run[0]
    made = Shell(running.redis.url).ask("key", "add", "--surface", "perspective")
    rest = "\n".join(line for line in lines if line != record).replace("key set KEY", f"key set {made['key']}")
    assert "agree" in typed(running, rest, tmp_path)
    listed = Shell(running.redis.url).ask("key", "list")["keys"]
    assert {one["key"]: one["map"] for one in listed}[made["key"]] == "map"


def row(client: str) -> str:
    (found,) = (line for line in PAPER.splitlines() if line.startswith(f"| {client}"))
    return found


def test_the_line_for_google_s_client(running: Works) -> None:
    call = row("Python, `google-api-python-client`").split("`")[3].replace(HOST, running.url)
    assert call.startswith("discovery.build(…, ")
    arguments = call.removeprefix("discovery.build(…, ")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        made: Any = eval(  # noqa: S307 - the paper's own words
            f'discovery.build("commentanalyzer", "v1alpha1", developerKey={running.key!r}, {arguments}',
            {"discovery": discovery},
        )
        body = {"comment": {"text": "You idiot"}, "requestedAttributes": {"TOXICITY": {}}}
        assert "TOXICITY" in made.comments().analyze(body=body).execute()["attributeScores"]
        made.close()
        gc.collect()


def test_the_line_for_openai_s_client(running: Works, tmp_path: Path) -> None:
    key = typed(running, block("--surface openai"), tmp_path).split()[-1]
    (call,) = re.findall(r"`(OpenAI\([^`]*)`", PAPER)
    client = eval(call.replace(HOST, running.url), {"OpenAI": openai.OpenAI, "KEY": key})  # noqa: S307 - as above
    with client:
        assert client.moderations.create(input="You idiot").results[0].flagged


def test_what_is_said_to_be_missing_is_missing_and_the_rest_is_there() -> None:
    missing = PAPER.partition("no classifier of ours measures:")[2].partition("They are the error")[0]
    names = re.findall(r"`([A-Z_]+)`", missing)
    assert len(names) >= 8
    assert [name for name in names if label_of(name) is not None] == []
    osmod = row("OSMod").partition("--attributes ")[2].partition("`")[0].split(",")
    assert [name for name in osmod if label_of(name) is None] == []
    measured = {name for name, one in CATEGORIES.items() if one is not None}
    table = PAPER.partition("| category |")[2].partition("Nothing here measures")[0]
    assert set(re.findall(r"^\| `([a-z/-]+)` \|", table, flags=re.MULTILINE)) == measured


def test_the_figures_are_the_code_s() -> None:
    assert f"{SECONDS} s, a second worker being\nasked after {SECONDS / 2} s" in PAPER
    assert f"every {POINTS_PER_SECOND:,} characters, at most {SECONDS_MOST:.0f} s" in PAPER
    assert f"newest {MOST:,} of each site" in PAPER
    assert f"fewer than {LEAST_PAIRS} pairs" in PAPER
