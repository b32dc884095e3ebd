"""Addresses as people have them."""

import ipaddress


def parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address, with its port or zone where it has one; nothing for what is none."""
    bare = text
    if text.startswith("["):
        bare = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        # Some proxies write an IPv4 address with its port.
        bare = text.partition(":")[0]
    try:
        return ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None


def household(text: str) -> str:
    """Reduce an address to what one household has: IPv6 is cut to its /64; `unknown` for what is no address."""
    address = parse(text)
    if address is None:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
