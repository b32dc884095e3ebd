import fcntl
import os
import socket
import stat
from pathlib import Path

import pytest

from service.up.durable import write_private
from service.up.ownership import free_port, own
from service.up.places import SOCKET_BYTES, Places, make_socket_folder
from service.up.secret import ensure_secret
from service.up.trouble import CannotStart


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_what_is_in_it_are_private(tmp_path: Path) -> None:
    places = Places(tmp_path / "deep" / "var")
    with own(places):
        secret = ensure_secret(places)
    assert mode(places.data) == 0o700
    assert mode(places.secret) == 0o600
    assert len(secret) == 64


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert ensure_secret(places) == ensure_secret(places)


@pytest.mark.parametrize("content", ["", "short", f"{'a' * 40} short"])
def test_a_secret_that_was_cut_short_is_refused(tmp_path: Path, content: str) -> None:
    places = Places(tmp_path)
    places.secret.write_text(content)
    with pytest.raises(CannotStart, match="Put the old one back"):
        ensure_secret(places)


def test_a_folder_that_holds_other_things_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "letters").touch()
    tmp_path.chmod(0o755)
    with own(Places(tmp_path)):
        assert mode(tmp_path) == 0o755


def test_a_second_owner_is_refused_with_the_first_ones_id(tmp_path: Path) -> None:
    with own(Places(tmp_path)), pytest.raises(CannotStart, match=rf"process {os.getpid()}\)"), own(Places(tmp_path)):
        pytest.fail("two owners")


def test_a_lock_left_behind_owns_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4711\n")
    with own(Places(tmp_path)):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_is_not_handed_to_children(tmp_path: Path) -> None:
    with own(Places(tmp_path)):
        held = [fd for fd in range(256) if _is(fd, tmp_path / "lock")]
        assert held
        assert all(fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC for fd in held)


def _is(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="cannot be written"), own(Places(tmp_path / "file" / "var")):
        pytest.fail("a folder in a file")


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} on 127\.0\.0\.1 is taken"):
            free_port("127.0.0.1", port)
    assert free_port("127.0.0.1", port) == port


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1"):
        free_port("192.0.2.1", 8000)


def test_a_path_too_long_for_a_socket_moves_it_to_a_private_folder(tmp_path: Path) -> None:
    places = Places(tmp_path / ("long" * 30))
    assert len(bytes(places.socket)) <= SOCKET_BYTES
    assert places.socket == Places(places.data).socket
    make_socket_folder(places)
    folder = places.socket.parent
    try:
        assert mode(folder) == 0o700
        folder.chmod(0o755)
        with pytest.raises(CannotStart, match="not a private folder"):
            make_socket_folder(places)
    finally:
        folder.rmdir()


def test_the_redis_url_survives_any_folder_name() -> None:
    assert Places(Path("/srv/a b%")).redis_url == "unix:///srv/a%20b%25/redis.sock"


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]
