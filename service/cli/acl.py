"""`gatepost acl`: Redis users of least privilege, with passwords made here."""

import json
import secrets
from pathlib import Path

import click

from service.storage.acl import ROLES, acl_file, user_of
from service.up.durable import write_private


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def acl(folder: Path, *, as_json: bool) -> None:
    """Write FOLDER/users.acl for Redis 7.0 and newer, and a password of 256 bits for each of its users.

    The file holds their hashes alone. What is there already is replaced: the processes need the new passwords.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passwords = {role: secrets.token_hex(32) for role in ROLES}
    for role, password in passwords.items():
        write_private(folder / f"{role}.password", password)
    write_private(folder / "users.acl", acl_file([user_of(role, passwords[role]) for role in ROLES]))
    files = {role: str(folder / f"{role}.password") for role in ROLES}
    answer = {"acl": str(folder / "users.acl"), "passwords": files}
    lines = [f"aclfile {answer['acl']}", *(f"{role}: {file}" for role, file in files.items())]
    click.echo(json.dumps(answer) if as_json else "\n".join(lines))
