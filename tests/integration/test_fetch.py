"""Downloads over loopback: whole, broken off, resumed, corrupt, refused."""

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.detoxify_making import Making
from workers.models.download import NotFetched, download

CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Host:
    """A file server whose manners a test may spoil; `asked` lists path and Range of every request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.breaks_after: int | None = None
        self.knows_ranges = True
        self.status = 200
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                host.asked.append((self.path, asked))
                content = host.files.get(self.path)
                if content is None or host.status != 200:
                    self.send_error(host.status if content is not None else 404)
                    return
                begin = re.fullmatch(r"bytes=(\d+)-", asked or "") if host.knows_ranges else None
                first = int(begin[1]) if begin else 0
                if begin and first >= len(content):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(content)}")
                    self.end_headers()
                    return
                self.send_response(206 if begin else 200)
                if begin:
                    self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
                self.send_header("Content-Length", str(len(content) - first))
                self.end_headers()
                self.wfile.write(content[first:][: host.breaks_after])

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    host.files["/file-x.ckpt"] = CONTENT
    yield host
    host.close()


def _fetch(host: Host, path: Path, sha256: str = DIGEST[:8]) -> list[tuple[int, int | None]]:
    seen: list[tuple[int, int | None]] = []
    download(f"{host.url}/file-x.ckpt", path, sha256=sha256, progress=lambda have, total: seen.append((have, total)))
    return seen


def test_whole_file_comes_with_progress(host: Host, tmp_path: Path) -> None:
    seen = _fetch(host, tmp_path / "deep" / "file")
    assert (tmp_path / "deep" / "file").read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_what_is_there_is_not_asked_for(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    assert _fetch(host, tmp_path / "file") == []
    assert host.asked == []


def test_broken_download_goes_on_where_it_stopped(host: Host, tmp_path: Path) -> None:
    host.breaks_after = 3_000_000
    with pytest.raises(NotFetched, match="broke off after 3,000,000 of 5,120,000"):
        _fetch(host, tmp_path / "file")
    assert not (tmp_path / "file").exists()
    host.breaks_after = None
    seen = _fetch(host, tmp_path / "file")
    assert host.asked[-1] == ("/file-x.ckpt", "bytes=3000000-")
    assert seen[0] == (3_000_000, len(CONTENT))
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_host_without_ranges_sends_everything_again(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    host.knows_ranges = False
    assert _fetch(host, tmp_path / "file")[0] == (0, len(CONTENT))
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_part_that_is_whole_is_taken(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(CONTENT)
    _fetch(host, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", b"\xff" * 1000, b"\xff" * 9_000_000])
def test_corrupt_content_never_counts_and_the_next_try_starts_anew(host: Host, tmp_path: Path, part: bytes) -> None:
    host.files["/file-x.ckpt"] = CONTENT if part else CONTENT[:-1] + b"?"
    (tmp_path / "file.part").write_bytes(part)
    with pytest.raises(NotFetched):
        _fetch(host, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
    host.files["/file-x.ckpt"] = CONTENT
    _fetch(host, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_file_that_is_there_and_another_is_left_alone(host: Host, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(NotFetched, match="remove it"):
        _fetch(host, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_refusal_is_told(host: Host, tmp_path: Path, status: int) -> None:
    host.status = status
    with pytest.raises(NotFetched, match=str(status)):
        _fetch(host, tmp_path / "file")
    with pytest.raises(NotFetched, match="refused"):
        download("http://127.0.0.1:9/x", tmp_path / "file", progress=lambda _have, _total: None)


class Release:
    """A model that `gatepost model fetch original` finds on the host."""

    def __init__(self, host: Host, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = checkpoint.read_bytes()
        self.file = f"toxic_original-{hashlib.sha256(content).hexdigest()[:8]}.ckpt"
        host.files[f"/{self.file}"] = content
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            base = f"/google-bert/bert-base-uncased/resolve/main/{name}"
            host.files[base] = (checkpoint.parent / name).read_bytes()
        fetch = pytest.importorskip("workers.models.fetch", reason="needs gatepost[detoxify]", exc_type=ImportError)
        monkeypatch.setattr(fetch, "HUB", host.url)
        monkeypatch.setitem(fetch.MODEL_URLS, "original", f"{host.url}/{self.file}")


def test_fetch_brings_and_converts_a_release(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="needs gatepost[detoxify]")
    release = Release(host, Making(tmp_path).checkpoint("bert"), monkeypatch)
    command = pytest.importorskip("workers.models.cli").fetch
    target = tmp_path / "current"

    host.breaks_after = 1000
    broken = CliRunner().invoke(command, ["original", "--to", str(target)])
    assert broken.exit_code == 1
    assert "broke off after 1,000" in broken.output
    for line in (f"put them into {target}/source", release.file, "SHA-256 begins with", "tokenizer_config.json"):
        assert line in broken.output
    assert not (target / "model.json").exists()

    host.breaks_after = None
    done = CliRunner().invoke(command, ["original", "--to", str(target), "--json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    assert found["name"] == "detoxify:original"
    assert found["source"].startswith(found["version"])
    assert release.file.endswith(f"-{found['version']}.ckpt")
    assert (f"/{release.file}", "bytes=1000-") in host.asked

    host.asked.clear()
    again = CliRunner().invoke(command, ["original", "--to", str(target), "--json"], catch_exceptions=False)
    assert json.loads(again.stdout) == found
    assert host.asked == []

    # Brought by hand, a release needs no host.
    by_hand = tmp_path / "by-hand" / "source"
    by_hand.parent.mkdir()
    (target / "source").rename(by_hand)
    host.status = 403
    moved = CliRunner().invoke(command, ["original", "--to", str(by_hand.parent), "--json"], catch_exceptions=False)
    assert json.loads(moved.stdout)["hash"] == found["hash"]
    assert host.asked == []
