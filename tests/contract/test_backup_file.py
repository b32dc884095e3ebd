"""A backup's file: whole or not there, and refused when a byte of it is wrong."""

from pathlib import Path

import pytest

from service.domain.errors import GatepostError
from service.storage.dump_file import BackupWriter, BadBackup
from service.storage.keys import lane_keys
from service.storage.restore import check_backup
from tests.builders import policy_of, site_of
from tests.contract.test_backup import full_site, nothing_in, saved
from tests.fakes.clock import Clock
from tests.redis_backend import RedisBackend


@pytest.mark.parametrize("harm", ["cut", "cut at a frame", "bit", "more", "magic", "empty", "length"])
async def test_a_damaged_backup_is_refused(
    redis_backend: RedisBackend, tmp_path: Path, clock: Clock, harm: str
) -> None:
    await full_site(redis_backend, site_of(clock, "mill"))
    path = await saved(redis_backend, tmp_path / "backup")
    whole = path.read_bytes()
    check_backup(path)
    middle = len(whole) // 2
    harmed = {
        "cut": whole[:-7],
        "cut at a frame": whole[:-36],
        "bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "more": whole + b"x",
        "magic": whole.replace(b"BACKUP 1", b"BACKUP 9", 1),
        "empty": b"",
        "length": whole[:18] + b"\xff" + whole[19:],
    }[harm]
    path.write_bytes(harmed)
    with pytest.raises(BadBackup):
        check_backup(path)


async def test_every_byte_counts(redis_backend: RedisBackend, tmp_path: Path, clock: Clock) -> None:
    await redis_backend.directory.add_site(site_of(clock), policy_of())
    path = await saved(redis_backend, tmp_path / "backup")
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with pytest.raises(GatepostError):
            check_backup(path)


async def test_a_backup_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    class Broken(Exception):
        pass

    def breaks_off() -> None:
        with BackupWriter(tmp_path / "backup"):
            raise Broken

    with pytest.raises(Broken):
        breaks_off()
    assert nothing_in(tmp_path)
    with pytest.raises(BadBackup, match="cannot be written"):
        BackupWriter(tmp_path / "nowhere" / "backup")
    with pytest.raises(BadBackup, match="cannot be read"):
        check_backup(tmp_path / "backup")


async def test_a_key_of_no_known_type_stops_the_backup(
    redis_backend: RedisBackend, tmp_path: Path, clock: Clock
) -> None:
    await redis_backend.directory.add_site(site_of(clock), policy_of())
    with redis_backend.server.client() as client:
        client.rpush(f"{lane_keys('main').prefix}new:mill", "x")
    with pytest.raises(BadBackup, match="is a list"):
        await saved(redis_backend, tmp_path / "backup")
    assert nothing_in(tmp_path)


def test_a_file_that_appeared_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "backup"

    def two_at_once() -> None:
        with BackupWriter(path):
            path.write_text("another's")

    with pytest.raises(BadBackup, match="somebody else"):
        two_at_once()
    assert [file.name for file in tmp_path.iterdir()] == ["backup"]
    assert path.read_text() == "another's"
