"""Credentials in Redis: hashes of tokens, whom they speak for, when they run out, and how often wrong ones were tried.

`principals` names each principal's token hashes, the newest first; `credentials` holds whom a hash speaks for;
`expiries` the second at which it runs out, if ever. All three share a slot with the directory.
"""

from datetime import UTC, datetime

from service.domain.errors import Refused
from service.domain.site import Credential, Principal
from service.domain.tokens import BAD_CREDENTIAL_SECONDS, BAD_CREDENTIALS, TOKENS_AT_ONCE, credential_hash
from service.storage import codec, scripts
from service.storage.directory_keys import CREDENTIALS, EXPIRIES, PRINCIPALS, attempts
from service.storage.link import Link

_KEYS = [PRINCIPALS, CREDENTIALS, EXPIRIES]
_ID = 12
_MICROS = 1_000_000


async def find(link: Link, hashed: str) -> Principal | None:
    """Find whom a token's hash speaks for, by Redis's clock.

    By plain reads: a script's keys must be open to writing, and the API's own user may only read these.
    """
    record, runs_out = await link.pipeline([("HGET", CREDENTIALS, hashed), ("HGET", EXPIRIES, hashed)])
    if record is None or (runs_out is not None and int((await link.read("TIME"))[0]) >= int(runs_out)):
        return None
    return codec.principal(record)


async def add(link: Link, principal: Principal, token: str, seconds: int | None) -> None:
    """Store a new principal with its first token."""
    await _give(link, principal.id, token, codec.encode(principal), 0, seconds)


async def rotate(link: Link, principal_id: str, token: str, overlap: int, seconds: int | None) -> bool:
    """Give a known principal another token; tells whether it is known."""
    return await _give(link, principal_id, token, b"", overlap, seconds)


async def _give(link: Link, who: str, token: str, record: bytes, overlap: int, seconds: int | None) -> bool:
    lifetime = "" if seconds is None else seconds
    answer = await link.script(
        scripts.CREDENTIAL, _KEYS, [who, credential_hash(token), record, overlap, lifetime, TOKENS_AT_ONCE]
    )
    if answer[0] == b"many":
        message = f"{who} has {TOKENS_AT_ONCE} tokens that are still good: revoke one first."
        raise Refused(message)
    return bool(answer[0] == b"ok")


async def every(link: Link, *, also_past: bool = False) -> list[Credential]:
    """List every token that has not run out, by principal, the newest of each first."""
    held = await link.read("HGETALL", PRINCIPALS)
    ends = await link.read("HGETALL", EXPIRIES)
    now = int((await link.read("TIME"))[0])
    hashes = [hashed for _, listed in sorted(held.items()) for hashed in listed.split()]
    if not hashes:
        return []
    records = await link.read("HMGET", CREDENTIALS, *hashes)
    found = []
    for hashed, record in zip(hashes, records, strict=True):
        end = int(ends[hashed]) if hashed in ends else None
        if record is not None and (also_past or end is None or end > now):
            expires_at = None if end is None else datetime.fromtimestamp(end, UTC)
            principal = codec.principal(record)
            found.append(Credential(id=hashed[:_ID].decode(), principal=principal, expires_at=expires_at))
    return found


async def names(link: Link) -> dict[str, str]:
    """Read the names of all who have a token, by id: of what the API's own user may read."""
    records = [codec.principal(record) for record in (await link.read("HGETALL", CREDENTIALS)).values()]
    return {principal.id: principal.name for principal in records if principal.role == "moderator"}


async def revoke(link: Link, principal_id: str, credential_id: str) -> bool:
    """Remove a principal with all tokens, or the one token that is named; tells whether there was any."""
    return int(await link.script(scripts.REVOKE, _KEYS, [principal_id, credential_id])) > 0


async def count_bad(link: Link, who: str) -> int:
    """Count a bad credential; returns the seconds to wait, or 0.

    Sent whole by the client that does not retry: a retry would count twice, and no id of a call is kept here.
    """
    interval = BAD_CREDENTIAL_SECONDS * _MICROS
    burst = interval * (BAD_CREDENTIALS - 1)
    return int(await link.write("EVAL", scripts.MISFIRE.source, 1, attempts(who), interval, burst))
