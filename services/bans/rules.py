"""When an address is banned, and what an address is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

import msgspec

from domain.errors import InvalidInput

WINDOW = dt.timedelta(hours=24)
NOT_FOUND = "not_found"
WRONG_KEY = "wrong_key"
MANUAL = "manual"
# How much of what an address asked for is remembered.
SEEN = {NOT_FOUND: 50, WRONG_KEY: 20}
IPV6_PREFIX = 64
# The highest threshold: more wrong tries of one address mean the same.
MOST_AT_ONCE = 100

Threshold = Annotated[int, msgspec.Meta(ge=1, le=100)]
Hours = Annotated[int, msgspec.Meta(ge=0, le=8760)]


class BanRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How strict the house is. Thresholds: wrong tries within 24 hours. Hours: how long, 0 for good.

    repeat_limit: this ban of an address, and every later one, is for good.
    """

    auto_ban: bool = False
    not_found_threshold: Threshold = 100
    not_found_hours: Hours = 0
    wrong_key_threshold: Threshold = 100
    wrong_key_hours: Hours = 0
    repeat_limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2

    def threshold(self, kind: str) -> int:
        """Wrong tries of a kind that ban."""
        return self.not_found_threshold if kind == NOT_FOUND else self.wrong_key_threshold

    def until(self, kind: str, times: int, now: dt.datetime) -> dt.datetime | None:
        """When the ban of an address that was banned `times` times, this one counted, ends; None for never."""
        hours = self.not_found_hours if kind == NOT_FOUND else self.wrong_key_hours
        return None if hours == 0 or times >= self.repeat_limit else now + dt.timedelta(hours=hours)


def stands(until: dt.datetime | None, lifted_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a ban is in force. until: None is for good."""
    return lifted_at is None and (until is None or until > now)


def ban_key(address: str) -> str | None:
    """What is banned of an address: itself, or the network of an IPv6 one, whose owner has all of it. None for none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        if parsed.is_loopback:
            return str(parsed)
        return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def ban_key_of_text(text: str) -> str:
    """The same of what an administrator wrote, who may also name an IPv6 network. Raises InvalidInput."""
    try:
        named = ip_network(text.strip(), strict=False)
    except ValueError:
        raise InvalidInput(
            "address: must be an IP address", errors={"address": ["must be an IP address"]}
        ) from None
    if named.prefixlen not in (named.max_prefixlen, IPV6_PREFIX) or (
        isinstance(named, IPv4Network) and named.prefixlen != named.max_prefixlen
    ):
        raise InvalidInput("address: must be one address", errors={"address": ["must be one address"]})
    return str(ban_key(str(named.network_address)))


def is_exempt(key: str, trusted: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is never banned: this machine, and the listed proxies, behind which is everybody."""
    network = ip_network(key, strict=False)
    if network.network_address.is_loopback:
        return True
    return any(network.version == own.version and network.overlaps(own) for own in trusted)
