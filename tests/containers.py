"""What docker-compose.yml and the Dockerfile would run, read without a container engine."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")


class Unset(LookupError):
    """The compose file insists on a variable."""


def interpolate(text: str, env: Mapping[str, str]) -> str:
    """Replace `${NAME}`, `${NAME:-default}` and `${NAME:?message}` as Compose does; raises Unset."""

    def value(found: re.Match[str]) -> str:
        name, how, rest = found[1], found[2], found[3]
        given = env.get(name, "")
        if given or how is None:
            return given
        if "?" in how:
            raise Unset(name, rest)
        return str(rest)

    return _VARIABLE.sub(value, text)


def read_compose(env: Mapping[str, str]) -> dict[str, Any]:
    """Read the compose file with an environment."""
    read = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return dict(_interpolated(read, env))


def _interpolated(read: Any, env: Mapping[str, str]) -> Any:
    if isinstance(read, dict):
        return {name: _interpolated(value, env) for name, value in read.items()}
    if isinstance(read, list):
        return [_interpolated(value, env) for value in read]
    return interpolate(read, env) if isinstance(read, str) else read


@dataclass
class Image:
    """A target of the Dockerfile: what a container of it starts, and how its health is asked."""

    env: dict[str, str]
    entrypoint: list[str]
    command: list[str]
    health: list[str]
    user: str = ""
    stop_signal: str = ""


def read_image(target: str) -> Image:
    """Follow a target through the stages that it is made from; a shell form raises ValueError."""
    stages = _stages()
    parent, lines = stages[target]
    image = read_image(parent) if parent in stages else Image({}, [], [], [])
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "ENV":
            image.env |= dict(pair.split("=", 1) for pair in rest.split())
        elif word == "ENTRYPOINT":
            image.entrypoint, image.command = json.loads(rest), []
        elif word == "CMD":
            image.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            image.health = json.loads(rest.partition("CMD ")[2])
        elif word == "USER":
            image.user = rest
        elif word == "STOPSIGNAL":
            image.stop_signal = rest
    return image


def _stages() -> dict[str, tuple[str, list[str]]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    stages: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("FROM "):
            _, parent, _, name = line.split()
            stages[name] = (parent, [])
        elif line and not line.startswith("#"):
            stages[name][1].append(line)
    return stages
