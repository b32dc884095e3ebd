"""What docs/POLICY-HISTORY.md tells to type, typed."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.integration.works import Works
from tests.processes import ROOT, environment, wait_until

PAGE = ROOT / "docs" / "POLICY-HISTORY.md"


def test_every_command_of_the_page_does_what_it_says(works: Works, tmp_path: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    receipt = works.submit().json()
    works.worker()
    wait_until(lambda: works.status(receipt) != "pending", "the comment to be decided")
    env = {
        **environment(works.redis.url),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "SITE": "mill",
    }
    done = subprocess.run(
        ["bash", "-eu", "-c", block], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "decided in 30 days: 1 (0 left out)" in done.stdout
    assert "not audited: 1 comments from approved to approved: no estimate" in done.stdout
    assert "mill has policy 2 now." in done.stdout
    assert re.search(r"2  \S+  anna\n1  \S+  operator", done.stdout)
    assert re.search(r"/thresholds/toxicity/hold: 0.\d+ -> 0.6\d*", done.stdout)
    assert "mill has policy 3 now, which is 1 again." in done.stdout
    assert works.shell.ask("policy", "history", "mill")["versions"][0]["back_to"] == 1
    assert works.shell.ask("policy", "show", "mill", "--version", "2")["version"] == 2
    assert works.shell.ask("policy", "diff", "mill", "1", "3")["changes"] == []
