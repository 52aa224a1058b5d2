"""Bans as another process sees them: read from the store, at most a minute old."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from database.bans.rows import BanRecord, Bans
from database.stores import Store
from services.bans import rules
from utils.clock import Clock
from utils.ttl_cache import TtlCache

AGE_SECONDS = 60.0


class BanList:
    """Who is banned, for processes that do not ban."""

    def __init__(self, store: Store, clock: Clock, trusted: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._store = store
        self._clock = clock
        self._trusted = tuple(trusted)
        self._read: TtlCache[str, dict[str, BanRecord]] = TtlCache(1, AGE_SECONDS, clock, name="bans")

    def is_banned(self, address: str) -> bool:
        """Whether an address is not to be served now; may read the store."""
        key = rules.ban_key(address)
        record = self._read.get_or_load("bans", self._load).get(key) if key is not None else None
        return (
            record is not None
            and rules.stands(record.until, record.lifted_at, self._clock.now())
            and not rules.is_exempt(record.address, self._trusted)
        )

    def _load(self) -> dict[str, BanRecord]:
        with self._store.reading() as unit:
            return {record.address: record for record in Bans(unit).all() if record.lifted_at is None}
