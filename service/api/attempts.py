"""Wrong credentials, counted by the address that they came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.api.addresses import address_of
from service.domain.errors import StorageDown, TooMany
from service.settings import Network
from service.workflow.house import House


async def too_many(house: House, scope: Mapping[str, Any], proxies: Sequence[Network]) -> TooMany | None:
    """Count a wrong credential; from an address that sent too many it is answered by how long to wait.

    A good one is never refused, however many wrong ones came from the same address: behind a proxy or a company's
    gateway many people have one. Tokens carry 256 bits, so it is noise that is slowed, not luck.
    """
    who = house.hasher.hash("credential", address_of(scope, proxies))
    try:
        wait = await house.directory.count_bad_credential(who)
    except StorageDown:
        return None
    return TooMany("Too many wrong credentials from this address.", retry_after=wait) if wait else None
