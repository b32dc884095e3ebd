"""No container engine runs here: the compose file's own commands run as processes, with its environment."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.containers import ROOT, Unset, read_compose, read_image
from tests.detoxify_making import Making
from tests.redis_server import any_server, free_port
from tests.waiting import until

OURS = ("api", "worker", "model")
GIVEN = {"GATEPOST_SECRET": "0123456789abcdef" * 4}


class Composed:
    """The services of the compose file on this machine: other hosts and ports, the same commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._redis_port = free_port()
        self.services = read_compose({**GIVEN, "GATEPOST_PUBLIC_URL": f"http://127.0.0.1:{self.port}"})["services"]
        self._server = any_server()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def _here(self, words: Sequence[str]) -> list[str]:
        moved = []
        for word in words:
            here = re.sub(r"\bredis:6379\b", f"127.0.0.1:{self._redis_port}", word)
            here = re.sub(r"(?<![:\d])6379\b", str(self._redis_port), here)
            moved.append(re.sub(r"\b8000\b", str(self.port), here).replace("/data", str(self.folder)))
        moved = [word.replace("/models", f"{self.folder}/models") for word in moved]
        programs = {"redis-server": str(self._server), "python": sys.executable}
        return [programs.get(moved[0], moved[0]), *moved[1:]]

    def env(self, name: str) -> dict[str, str]:
        """Give the environment of a service's container."""
        own = dict(read_image(name).env) if name in OURS else {}
        own |= self.services[name].get("environment", {})
        programs = [str(Path(sys.executable).parent), str(self._server.parent), "/usr/bin", "/bin"]
        # The image has the package installed; here it lies in the checkout.
        return {**dict(zip(own, self._here(["", *own.values()])[1:], strict=True)), "PATH": ":".join(programs)} | {
            "PYTHONPATH": str(ROOT)
        }

    def start(self, name: str) -> None:
        """Start a service."""
        if name in OURS:
            image = read_image(self.services[name]["build"]["target"])
            command = [*image.entrypoint, *self.services[name].get("command", image.command)]
        else:
            command = self.services[name]["command"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                self._here(command), env=self.env(name), cwd="/", stdout=log, stderr=subprocess.STDOUT
            )

    def run(self, name: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as `docker compose exec` would."""
        return subprocess.run(
            self._here(command), env=self.env(name), cwd="/", capture_output=True, text=True, timeout=20, check=False
        )

    def healthy(self, name: str) -> bool:
        """Ask a service's health check."""
        assert self._running[name].poll() is None, self.log(name)
        if name in OURS:
            return self.run(name, read_image(name).health).returncode == 0
        kind, command = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        return self.run(name, ["/bin/sh", "-c", command]).returncode == 0

    def log(self, name: str) -> str:
        """Give what a service printed."""
        return (self.folder / f"{name}.log").read_text()

    def ended(self, name: str) -> int:
        """Wait for a service that ends by itself, and give its exit code."""
        return self._running.pop(name).wait(30)

    def stop(self, name: str) -> int:
        """Stop a service as a container engine does, and give its exit code."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def end(self) -> None:
        """Stop whatever runs."""
        for name in reversed(list(self._running)):
            self.stop(name)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Send a request to the published port."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, json.dumps(body), {"content-type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture
def composed() -> Iterator[Composed]:
    folder = Path(tempfile.mkdtemp(prefix="gp-"))
    made = Composed(folder)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)


def _put_model(folder: Path) -> None:
    """Put a converted model where `fetch` finds its work done; it finds nothing toxic."""
    torch: Any = pytest.importorskip("torch", reason="needs gatepost[detoxify]")
    making = Making(folder.parent)
    checkpoint = making.checkpoint("bert")
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"]["classifier.weight"].zero_()
    content["state_dict"]["classifier.bias"].fill_(-8.0)
    torch.save(content, checkpoint)
    making.converted("bert", name="detoxify:original").rename(folder)


def test_a_comment_is_moderated_by_the_services_as_composed(composed: Composed) -> None:
    # In the order that depends_on asks for.
    _put_model(composed.folder / "models" / "current")
    for name in ("redis", "api", "model", "worker"):
        composed.start(name)
        if name == "model":
            assert composed.ended(name) == 0, composed.log(name)
            continue
        until(lambda name=name: composed.healthy(name), why=f"the health of {name}")  # type: ignore[misc]
    command = ["gatepost", "site", "add", "blog", "--origin", "https://blog.example", "--json"]
    added = composed.run("api", command)
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["api_key"].startswith("gps_")
    body = "I enjoyed every line of this."
    comment = {"thread": "first", "author": {"name": "Ada"}, "body": body}
    status, receipt = composed.ask("POST", "/v1/sites/blog/comments", comment, origin="https://blog.example")
    assert status == 202
    assert receipt["status_url"].startswith(f"http://127.0.0.1:{composed.port}/")
    listed = until(
        lambda: composed.ask("GET", "/v1/sites/blog/comments?thread=first")[1]["items"], why="an approved comment"
    )
    assert [item["body"] for item in listed] == [body]
    assert body not in "".join(map(composed.log, ("redis", "api", "worker")))
    assert composed.stop("worker") == 0
    composed.start("worker")
    until(lambda: composed.healthy("worker"), why="the health of another worker")
    assert composed.stop("worker") == 0
    # The HTTP server ends in good order and then passes on the signal that it was told to end by.
    assert composed.stop("api") in (0, -signal.SIGTERM)
    assert composed.stop("redis") == 0


def test_a_service_that_is_away_is_not_healthy(composed: Composed) -> None:
    composed.start("redis")
    until(lambda: composed.healthy("redis"), why="the health of redis")
    assert composed.run("worker", read_image("worker").health).returncode == 1
    assert composed.run("api", read_image("api").health).returncode == 1


def test_there_is_no_start_without_a_secret() -> None:
    with pytest.raises(Unset, match="GATEPOST_SECRET"):
        read_compose({})


def test_workers_can_be_scaled_and_only_the_api_is_published() -> None:
    services = read_compose(GIVEN)["services"]
    assert set(services) == {"redis", "api", "model", "worker"}
    assert [name for name, service in services.items() if "ports" in service] == ["api"]
    assert not [name for name, service in services.items() if "container_name" in service]


def test_redis_and_the_workers_reach_nothing_outside() -> None:
    compose = read_compose(GIVEN)
    assert compose["networks"] == {"inside": {"internal": True}, "outside": None}
    assert {name: service["networks"] for name, service in compose["services"].items()} == {
        "redis": ["inside"],
        "worker": ["inside"],
        "api": ["inside", "outside"],
        "model": ["outside"],
    }


@pytest.mark.parametrize("name", ["redis", "api", "model", "worker"])
def test_every_container_is_locked_down(name: str) -> None:
    service = read_compose(GIVEN)["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - a mount
    assert service["restart"] == ("no" if name == "model" else "unless-stopped")
    user = service["user"] if name == "redis" else read_image(name).user
    assert int(user.partition(":")[0]) > 0


@pytest.mark.parametrize("name", OURS)
def test_images_start_without_a_shell_and_end_on_sigterm(name: str) -> None:
    image = read_image(name)
    assert image.entrypoint
    assert image.health or name == "model"
    assert image.stop_signal == "SIGTERM"
    assert image.env["PYTHONDONTWRITEBYTECODE"] == "1"


def test_redis_keeps_every_comment_and_tells_nobody() -> None:
    words = read_compose(GIVEN)["services"]["redis"]["command"]
    settings = dict(zip(words[1::2], words[2::2], strict=True))
    assert settings["--appendonly"] == "yes"
    assert settings["--appendfsync"] == "always"
    assert settings["--maxmemory-policy"] == "noeviction"
    assert settings["--slowlog-log-slower-than"] == "-1"
    assert settings["--crash-log-enabled"] == "no"
