"""The way out, and who may be asked: public addresses alone, so that nobody can send the wiki's machine into a network
of its own by writing a link."""

from __future__ import annotations

import ipaddress
import socket
from typing import Protocol

PORTS = {"http": 80, "https": 443}
# On top of what the standard library calls global: whatever carries an IPv4 address inside, where the way out of a
# machine may lead anywhere, and what has been given new meanings between versions of Python.
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/3", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23"),
        *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


class Network(Protocol):
    """Names to addresses, addresses to connections."""

    def resolve(self, host: str, port: int) -> list[str]:
        """All addresses of a host. Raises OSError where there is none."""

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """A connection to an address as `resolve` gave it. Raises OSError."""


class Internet:
    """The real one."""

    def resolve(self, host: str, port: int) -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        return socket.create_connection((address, port), seconds)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_global and not any(found in network for network in _REFUSED)
