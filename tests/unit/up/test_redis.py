import json
import stat
from pathlib import Path

import pytest

from service.up.places import Places
from service.up.redis_binary import Kind, Server, Version, parse_version
from service.up.redis_config import write_config
from service.up.redis_record import choose_server, read_record, reads, remember
from service.up.trouble import CannotStart


def server(version: Version, kind: Kind = "redis") -> Server:
    return Server(Path("/somewhere/redis-server"), kind, version)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d", ("redis", (7, 0, 15))),
        ("Redis server v=6.2.14 sha=40305114:0 malloc=libc bits=64 build=dff95a8e", ("redis", (6, 2, 14))),
        ("Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", ("valkey", (8, 0, 1))),
        ("command not found", None),
    ],
)
def test_a_version_is_read_as_servers_print_it(text: str, expected: tuple[str, Version] | None) -> None:
    assert parse_version(text) == expected


@pytest.mark.parametrize(
    ("now", "then", "can"),
    [
        (server((7, 0, 15)), server((6, 2, 14)), True),
        (server((7, 0, 1)), server((7, 0, 15)), True),
        (server((6, 2, 14)), server((7, 0, 15)), False),
        (server((8, 0), "valkey"), server((7, 2)), True),
        (server((8, 0), "valkey"), server((7, 4)), False),
        (server((8, 0)), server((8, 0), "valkey"), False),
    ],
)
def test_a_server_reads_what_older_ones_wrote(now: Server, then: Server, *, can: bool) -> None:
    assert reads(now, then) is can


def test_the_first_server_that_can_read_the_data_is_taken(tmp_path: Path) -> None:
    places = Places(tmp_path)
    old, new = server((6, 2, 14)), server((7, 0, 15))
    assert choose_server(places, [old, new]) == old
    remember(places, new)
    assert choose_server(places, [old, new]) == new


def test_an_older_server_is_refused_in_plain_words(tmp_path: Path) -> None:
    places = Places(tmp_path)
    remember(places, server((99, 1)))
    with pytest.raises(CannotStart, match=r"written by redis 99\.1.*Install redis 99\.1 or newer"):
        choose_server(places, [server((7, 0, 15))])


def test_data_without_a_record_is_known_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    with pytest.raises(CannotStart):
        choose_server(Places(tmp_path), [server((6, 2, 14))])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"server": "redis", "version": 7}', '{"version": "seven"}'])
def test_a_record_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, content: str) -> None:
    places = Places(tmp_path)
    places.redis_record.write_text(content)
    with pytest.raises(CannotStart, match=r"says which Redis wrote the data"):
        read_record(places)


def test_the_record_names_server_and_version(tmp_path: Path) -> None:
    places = Places(tmp_path)
    remember(places, server((8, 1, 2), "valkey"))
    assert json.loads(places.redis_record.read_text()) == {"server": "valkey", "version": "8.1.2"}


def test_the_server_is_durable_and_reached_by_its_socket_alone(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" folder'
    folder.mkdir()
    config = write_config(Places(folder))
    lines = config.read_text().splitlines()
    assert {"port 0", "appendonly yes", "appendfsync always", "maxmemory-policy noeviction"} < set(lines)
    assert {"slowlog-log-slower-than -1", "crash-log-enabled no"} < set(lines)
    quoted = str(folder).replace('"', '\\"')
    assert f'dir "{quoted}"' in lines
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
