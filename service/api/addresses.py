"""The address of whoever asks, believing only configured proxies."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.addresses import household, parse
from service.settings import Network, Settings


def address_of(scope: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """Find the address of whoever sent a request, from its ASGI scope.

    Every line of `X-Forwarded-For` counts: a proxy that adds a line of its own leaves the client's in front.
    """
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(peer_of(scope), ", ".join(lines), trusted)


def peer_of(scope: Mapping[str, Any]) -> str:
    """Name the other end of the connection, or nothing where there is none, as on a socket of the file system."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Find the nearest address that is no trusted proxy: the last of `X-Forwarded-For` that was not written by us.

    What stands left of it was written by the client and proves nothing. IPv6 is cut to its /64: a household has
    that many addresses to choose from.
    """
    hops = [part.strip() for part in forwarded.split(",") if part.strip()] if forwarded else []
    current = peer
    while is_trusted(current, trusted) and hops:
        current = hops.pop()
    return household(current)


def is_trusted(text: str, trusted: Sequence[Network]) -> bool:
    """Tell whether an address is one of the configured proxies."""
    address = parse(text)
    return address is not None and any(address in network for network in trusted)


def is_secure(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], settings: Settings) -> bool:
    """Tell whether the browser speaks TLS: a trusted proxy says so, or else the public URL does."""
    told = headers.get(b"x-forwarded-proto")
    if told is not None and is_trusted(peer_of(scope), settings.trusted_proxies):
        return told.rpartition(b",")[2].strip().lower() == b"https"
    return settings.public_url.startswith("https://")
