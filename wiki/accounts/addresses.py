"""Network addresses, as what is counted by them names them."""

from __future__ import annotations

import ipaddress


def address_key(address: str) -> str:
    """What stands for a network address: itself, or for IPv6 the /64 that one household or server has to itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
