"""Whose broker account it is, and which accounts are logged in; read straight from the store, briefly cached."""

from __future__ import annotations

from database import accounts, identity
from database.stores import Store
from services.trading.updates.stream import Owner
from utils.clock import Clock
from utils.ttl_cache import TtlCache

CACHE_SECONDS = 30.0


class Owners:
    """Look-ups by broker account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._cache: TtlCache[int, Owner] = TtlCache(4096, CACHE_SECONDS, clock, name="owners of accounts")

    def of(self, account_id: int) -> Owner | None:
        """The account's owner, None for a deleted account."""
        found = self._cache.get(account_id)
        if found is None:
            found = self._load(account_id)
            if found is not None:
                self._cache.put(account_id, found)
        return found

    def connected(self) -> list[Owner]:
        """Owners of every account whose broker session is valid."""
        return [owner for owner in map(self.of, accounts.logged_in(self._store)) if owner is not None]

    def forget(self, account_id: int) -> None:
        """Something about the account changed."""
        self._cache.forget(account_id)

    def _load(self, account_id: int) -> Owner | None:
        with self._store.reading() as unit:
            account = accounts.Accounts(unit).get(account_id)
            user = identity.Users(unit).get(account.user_id) if account else None
        if account is None or user is None:
            return None
        return Owner(user_id=user.id, username=user.username, account_id=account.id, broker=account.broker)
