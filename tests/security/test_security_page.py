"""docs/SECURITY.md says nothing that is not so: its tests are there, and its commands do what it says."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from tests.processes import ROOT, environment
from tests.redis_server import RedisServer

PAGE = (ROOT / "docs" / "SECURITY.md").read_text()


def test_every_test_that_is_named_is_where_it_is_said_to_be() -> None:
    claims = re.findall(r"`(test_\w+)`(?: \(`(tests/\w+)`\))?", PAGE)
    assert len(claims) > 30
    for name, folder in claims:
        where = ROOT / (folder or "tests/security")
        defined = [file for file in where.rglob("test_*.py") if re.search(rf"def {name}\b", file.read_text())]
        assert defined or (not folder and _anywhere(name)), name


def _anywhere(name: str) -> bool:
    # Named in a sentence and not in a table: any folder will do.
    in_a_row = re.search(rf"^\|.*`{name}`", PAGE, flags=re.MULTILINE)
    return not in_a_row and any(re.search(rf"def {name}\b", f.read_text()) for f in ROOT.rglob("tests/**/test_*.py"))


@pytest.fixture
def shell(own_redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def type_(line: str) -> str:
        words = line.split()
        assert words[0] == "gatepost"
        done = CliRunner().invoke(main, words[1:], env=environment(own_redis.url))
        assert done.exit_code == 0, (line, done.output)
        return done.output

    return type_


def test_every_command_can_be_typed(shell: Any, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    lines += [line for line in re.findall(r"`(gatepost [^`]+)`", PAGE) if line.endswith(("SITE", "MODERATOR"))]
    assert {line.split()[1] for line in lines} == {"acl", "site", "moderator"}
    shell("gatepost site add mill --origin https://mill.example --classifier embedded-fast")
    moderator = re.search(r"moderator-\w+", shell("gatepost moderator add Mo --site mill"))
    assert moderator is not None
    for line in lines:
        shell(line.replace("SITE", "mill").replace("MODERATOR", moderator[0]))
    assert (tmp_path / "users" / "users.acl").exists()


def test_the_audit_is_a_recipe_and_no_test() -> None:
    asked = subprocess.run(["make", "-n", "audit"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "pip_audit --strict" in asked
    assert "--requirement constraints.txt" in asked
    tested = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "pip_audit" not in tested


def test_every_package_that_is_installed_here_is_pinned() -> None:
    """What the tests ran with is what `constraints.txt` names."""
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE))
    named = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins.items()}
    wanted = _dependencies()
    assert wanted
    assert {name for name in wanted if name not in named} == set()


def _dependencies() -> set[str]:
    """List what the project and its development need, all the way down, of what is installed."""
    code = """
import re
from importlib.metadata import PackageNotFoundError, requires
seen, todo = set(), [("gatepost", {"dev", "redis-server"})]
while todo:
    name, extras = todo.pop()
    try:
        needs = requires(name) or ()
    except PackageNotFoundError:
        continue
    for need in needs:
        named = re.sub(r"[-_.]+", "-", re.match(r"[\\w.-]+", need)[0]).lower()
        wanted = re.search(r"extra == ['\\"]([\\w-]+)['\\"]", need)
        if (wanted is None or wanted[1] in extras) and "platform_system == 'Windows'" not in need and named not in seen:
            try:
                requires(named)
            except PackageNotFoundError:
                continue
            seen.add(named)
            todo.append((named, set()))
print("\\n".join(sorted(seen)))
"""
    listed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(listed.split()) - {"gatepost", "setuptools", "pip"}
