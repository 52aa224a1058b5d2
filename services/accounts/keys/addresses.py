"""Addresses and networks from which a key may be used."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from domain.errors import InvalidInput
from utils.addresses import Network, is_listed
from utils.limits import lru_cache

MOST_NETWORKS = 20


def checked(texts: Sequence[str]) -> tuple[str, ...]:
    """The same addresses and networks in their normal spelling, each once. Raises InvalidInput."""
    if len(texts) > MOST_NETWORKS:
        raise _refused(f"at most {MOST_NETWORKS} addresses or networks")
    found: dict[str, None] = {}
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip(), strict=True)
        except ValueError:
            raise _refused(f"{text[:64]!r} is no address and no network") from None
        single = network.num_addresses == 1
        found[str(network.network_address) if single else str(network)] = None
    return tuple(found)


def admits(networks: Sequence[str], address: str) -> bool:
    """Whether a client address lies in one of the networks; no networks admit every address."""
    if not networks:
        return True
    return is_listed(address.partition("%")[0], _networks(tuple(networks)))


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _refused(text: str) -> InvalidInput:
    return InvalidInput(f"addresses: {text}", errors={"addresses": [text]})
