import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint is not None
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_has_the_oldest_python_that_is_promised() -> None:
    promised = re.search(r'requires-python = ">=(\d+\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert promised is not None
    images = re.findall(r"^FROM python:(\d+\.\d+)\.\d+-slim ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert set(images) == {promised[1]}
