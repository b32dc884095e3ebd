"""Whose address counts, when anybody may write X-Forwarded-For."""

import ipaddress

import pytest

from service.api.addresses import client_address

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"), ipaddress.ip_network("127.0.0.1/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "want"),
    [
        # Nobody in between.
        ("203.0.113.7", "", "203.0.113.7"),
        # A stranger's header is not believed.
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("203.0.113.7", "10.0.0.1", "203.0.113.7"),
        # A proxy's is, and only what it wrote itself.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 10.0.0.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.9, 10.0.0.8", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        # Proxies all the way: the farthest is all there is to go by.
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        # What is no address ends the walk: left of it stands what anybody wrote.
        ("10.0.0.1", "1.1.1.1, nonsense", "unknown"),
        ("", "", "unknown"),
        # A household has one /64, an IPv4 address in IPv6 clothes is an IPv4 address.
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("fd00::1", "[2001:db8::5]", "2001:db8::"),
        ("fe80::1%eth0", "", "fe80::"),
        # Some proxies add the port.
        ("10.0.0.1", "198.51.100.1:50123", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::5]:50123", "2001:db8::"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(peer: str, forwarded: str, want: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == want


def test_without_proxies_nothing_forwarded_is_believed() -> None:
    assert client_address("127.0.0.1", "1.1.1.1", ()) == "127.0.0.1"
