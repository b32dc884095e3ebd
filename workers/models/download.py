"""Downloads that go on where they stopped and are checked before they count."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 20
_SECONDS = 30.0
_PART = ".part"
_RANGE_UNSATISFIABLE = 416

Progress = Callable[[int, int | None], None]
"""Told how many bytes are there, and how many there will be if that is known."""


class NotFetched(Exception):
    """A file could not be downloaded; says why, and whether another try goes on where this one stopped."""


def download(url: str, path: Path, *, sha256: str = "", progress: Progress) -> None:
    """Bring the file at an http(s) `url` to `path`, unless it is there; `sha256` is its SHA-256 in hex or the start.

    What has arrived stays in `path` + `.part` and is not asked for again. Raises NotFetched.
    """
    if path.exists():
        if not _is(path, sha256):
            message = f"{path} is there, but its SHA-256 does not begin with {sha256}: remove it"
            raise NotFetched(message)
        return
    part = path.with_name(path.name + _PART)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _fill(url, part, progress)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = f"{error.code} {error.reason}" if isinstance(error, urllib.error.HTTPError) else str(error)
        message = f"{url}: {reason}"
        raise NotFetched(message) from error
    if not _is(part, sha256):
        part.unlink()
        message = f"{url}: what came has a SHA-256 that does not begin with {sha256}; it was removed"
        raise NotFetched(message)
    part.replace(path)


def _is(path: Path, sha256: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(sha256.lower())


def _fill(url: str, part: Path, progress: Progress) -> None:
    """Download what the part lacks."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    # The tables of releases hold http(s) addresses only; nothing of a reader's gets here.
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        answer = urllib.request.urlopen(request, timeout=_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        # Asking for what follows the last byte: the part is whole, unless it is of another file.
        if error.code == _RANGE_UNSATISFIABLE and error.headers.get("Content-Range") == f"bytes */{have}":
            return
        if error.code == _RANGE_UNSATISFIABLE:
            part.unlink()
        raise
    with answer:
        # A server that knows no ranges sends everything again.
        goes_on = answer.status == http.client.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            message = f"asked for bytes from {have} and got {answer.headers.get('Content-Range')}"
            raise http.client.HTTPException(message)
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if goes_on else "wb") as file:
            progress(have, total)
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress(have, total)
    # A connection that breaks off ends the reading without an error.
    if total is not None and have < total:
        message = f"broke off after {have:,} of {total:,} bytes; the next try goes on from there"
        raise http.client.HTTPException(message)
