"""The environment, read here and nowhere else."""

import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.domain.errors import GatepostError

SECRET_BYTES = 32
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSetting(GatepostError):
    """A variable of the environment cannot be used; says which and why."""


@dataclass(frozen=True)
class Settings:
    """What a process was told: see docs/ARCHITECTURE.md for what each variable means."""

    redis_url: str
    secrets: tuple[str, ...]
    public_url: str
    trusted_proxies: tuple[Network, ...]
    classifier: str
    backlog: int
    site_backlog: int
    claim_seconds: int
    lanes: tuple[str, ...]
    log: str


def read_settings(environ: Mapping[str, str] | None = None, *, data: Path | None = None) -> Settings:
    """Read the environment; raises BadSetting.

    `data` is the folder of a `gatepost up`: its Redis and its secret stand in for those of the environment.
    """
    env = dict(os.environ if environ is None else environ)
    if data is not None:
        env.update(_of_folder(data))
    backlog = _number(env, "GATEPOST_BACKLOG", 100_000)
    return Settings(
        redis_url=env.get("GATEPOST_REDIS_URL", "redis://127.0.0.1:6379/0"),
        secrets=_secrets(env.get("GATEPOST_SECRET", "")),
        public_url=env.get("GATEPOST_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        trusted_proxies=_networks(env.get("GATEPOST_TRUSTED_PROXIES", "")),
        classifier=env.get("GATEPOST_CLASSIFIER", "embedded"),
        backlog=backlog,
        site_backlog=_number(env, "GATEPOST_SITE_BACKLOG", max(1, backlog // 5)),
        claim_seconds=_number(env, "GATEPOST_CLAIM_SECONDS", 30),
        lanes=tuple(env.get("GATEPOST_LANES", "").replace(",", " ").split()),
        log=_level(env.get("GATEPOST_LOG", "info")),
    )


def _of_folder(data: Path) -> dict[str, str]:
    try:
        made = json.loads((data / "demo.json").read_text(encoding="utf-8"))
        secret = (data / "secret").read_text(encoding="utf-8")
        return {"GATEPOST_REDIS_URL": made["redis_url"], "GATEPOST_PUBLIC_URL": made["url"], "GATEPOST_SECRET": secret}
    except (OSError, ValueError, KeyError) as error:
        message = f"{data} is not a folder that `gatepost up` made: {error}."
        raise BadSetting(message) from error


def need_secret(settings: Settings) -> None:
    """Insist on a secret, for the processes that sign or hash; raises BadSetting."""
    if not settings.secrets:
        message = f"GATEPOST_SECRET is not set: give it {SECRET_BYTES} random bytes or more (openssl rand -hex 32)."
        raise BadSetting(message)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        message = f"{name} must be a whole number from 1, not {text!r}."
        raise BadSetting(message)
    return int(text)


def _secrets(text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    for position, secret in enumerate(found, start=1):
        if len(secret.encode()) < SECRET_BYTES:
            message = f"Secret number {position} in GATEPOST_SECRET is shorter than {SECRET_BYTES} bytes."
            raise BadSetting(message)
    return found


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part, strict=False) for part in text.replace(",", " ").split())
    except ValueError as error:
        message = f"GATEPOST_TRUSTED_PROXIES must list addresses or networks: {error}."
        raise BadSetting(message) from error


def _level(text: str) -> str:
    level = text.upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        message = f"GATEPOST_LOG must be debug, info, warning or error, not {text!r}."
        raise BadSetting(message)
    return level
