"""Client addresses: which of several hops counts, and whether an address lies in a list of networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_address(peer: str, hops: Iterable[str], proxies: Sequence[Network]) -> str:
    """The right-most address that is no listed proxy's; an unreadable hop ends the chain at the proxy behind it."""
    found = peer
    for hop in reversed([part.strip() for part in hops if part.strip()]):
        address = _bare(hop)
        if address is None:
            break
        found = address
        if not is_listed(address, proxies):
            break
    return found


def is_listed(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)


def _bare(hop: str) -> str | None:
    """The address of a hop, without the port and brackets that some proxies add; None when it is none.

    One with a zone (`fe80::1%eth0`) is none: whatever stands behind the sign would be taken for part of the address.
    """
    if hop.startswith("["):
        hop = hop[1:].split("]", 1)[0]
    elif hop.count(":") == 1:
        hop = hop.split(":", 1)[0]
    try:
        return None if "%" in hop else str(ip_address(hop))
    except ValueError:
        return None
