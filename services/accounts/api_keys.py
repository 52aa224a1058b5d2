"""API keys: 64 hexadecimal characters, found by keyed digest, kept sealed so that their owner can see them again.

An API key outlives browser and broker sessions; it ends only by rotation.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from database import identity
from database.identity import ApiKeyRecord
from database.stores import Store
from domain.errors import InvalidInput, NotAuthenticated, NotFound
from services.accounts.callers import Callers
from services.accounts.crypto import SealBroken, Vault
from services.accounts.passwords import Passwords
from services.accounts.principal import Principal
from services.events import ApiKeyChanged, Events
from utils.clock import Clock
from utils.concurrency import Lock
from utils.ids import secret_hex
from utils.ttl_cache import TtlCache

NAME = "default"
LONGEST = 256
CACHE_SECONDS = 5.0
ORDER_MODE_SECONDS = 1.0
PURPOSE = "api key"
ORDER_MODES = ("auto", "semi_auto")


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a key without a password."""

    exists: bool
    masked: str | None = None
    created_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    order_mode: str | None = None


class _Known(msgspec.Struct, frozen=True):
    key_id: int
    user_id: int


class ApiKeys:
    """Use cases on API keys."""

    def __init__(
        self, store: Store, vault: Vault, passwords: Passwords, callers: Callers, events: Events, clock: Clock
    ) -> None:
        self._store = store
        self._vault = vault
        self._passwords = passwords
        self._callers = callers
        self._events = events
        self._clock = clock
        self._known: TtlCache[str, _Known] = TtlCache(4096, CACHE_SECONDS, clock)
        self._unknown: TtlCache[str, bool] = TtlCache(4096, CACHE_SECONDS, clock)
        self._order_modes: TtlCache[int, tuple[int, str]] = TtlCache(4096, ORDER_MODE_SECONDS, clock)
        self._used: dict[int, dt.datetime] = {}
        self._used_lock = Lock()

    def verify(self, key: str) -> Principal:
        """The caller behind a key. Raises NotAuthenticated."""
        known = self._find(key)
        with self._used_lock:
            self._used[known.key_id] = self._clock.now()
        return self._callers.principal(known.user_id, "api", known.key_id)

    def order_mode(self, principal: Principal) -> str:
        """`auto` or `semi_auto` of the key that was shown. Raises NotFound when it is gone."""

        def load() -> tuple[int, str]:
            row = self._row(principal.user_id)
            if row is None or row.id != principal.key_id:
                raise NotFound("The API key no longer exists")
            return row.id, row.order_mode

        return self._order_modes.get_or_load(principal.user_id, load)[1]

    def set_order_mode(self, user_id: int, order_mode: str) -> None:
        """Let orders through (`auto`) or queue them for approval (`semi_auto`)."""
        if order_mode not in ORDER_MODES:
            raise InvalidInput(
                "order_mode must be auto or semi_auto", errors={"order_mode": ["unknown value"]}
            )
        with self._store.unit() as unit:
            identity.ApiKeys(unit).set_order_mode(user_id, NAME, order_mode)
        self._changed(user_id)

    def rotate(self, user_id: int) -> str:
        """A new key, which is answered here; the old one is dead when this returns."""
        key = secret_hex(32)
        digest = self._vault.digest(PURPOSE, key)
        hashed = self._passwords.hash(key)
        with self._store.unit() as unit:
            identity.ApiKeys(unit).replace(
                user_id=user_id, name=NAME, digest=digest, key_hash=hashed,
                sealed=self._vault.seal(PURPOSE, key), masked=f"{key[:4]}{'*' * 8}", now=self._clock.now(),
            )  # fmt: skip
        self._changed(user_id)
        return key

    def reveal(self, user_id: int) -> str:
        """The key in clear; the caller has checked the password. Raises NotFound."""
        row = self._row(user_id)
        if row is None:
            raise NotFound("There is no API key yet")
        try:
            key = self._vault.open(PURPOSE, row.sealed)
        except SealBroken:
            raise NotFound(
                "The API key cannot be read with this installation's secrets, make a new one"
            ) from None
        if not self._passwords.verify(row.hash, key):
            raise NotFound("The stored API key is damaged, make a new one")
        return key

    def describe(self, user_id: int) -> ApiKeyView:
        """What may be shown without a password."""
        row = self._row(user_id)
        if row is None:
            return ApiKeyView(exists=False)
        return ApiKeyView(
            exists=True, masked=row.masked, created_at=row.created_at, last_used_at=row.last_used_at,
            order_mode=row.order_mode,
        )  # fmt: skip

    def key_of(self, user_id: int) -> int | None:
        """The id of the user's key, None when there is none: callers that stand for it show no key themselves."""
        row = self._row(user_id)
        return row.id if row is not None else None

    def forget(self, user_id: int) -> None:
        """Keys of the user changed in another process."""
        self._known.forget_where(lambda _digest, known: known.user_id == user_id)
        self._unknown.clear()
        self._order_modes.forget(user_id)

    def sweep(self) -> None:
        """Housekeeping, about once a minute: note which keys were used."""
        with self._used_lock:
            used, self._used = self._used, {}
        if used:
            with self._store.unit() as unit:
                identity.ApiKeys(unit).touch(used)

    def _find(self, key: str) -> _Known:
        if not 0 < len(key) <= LONGEST:
            raise _wrong_key()
        digest = self._vault.digest(PURPOSE, key)
        if self._unknown.get(digest):
            raise _wrong_key()
        known = self._known.get(digest)
        if known is None:
            known = self._known.get_or_load(digest, lambda: self._load(digest))
        return known

    def _load(self, digest: str) -> _Known:
        with self._store.reading() as unit:
            row = identity.ApiKeys(unit).by_digest(digest)
        if row is None:
            self._unknown.put(digest, True)
            raise _wrong_key()
        return _Known(row.id, row.user_id)

    def _row(self, user_id: int) -> ApiKeyRecord | None:
        with self._store.reading() as unit:
            return identity.ApiKeys(unit).of_user(user_id, NAME)

    def _changed(self, user_id: int) -> None:
        self.forget(user_id)
        self._events.publish(ApiKeyChanged(user_id=user_id))


def _wrong_key() -> NotAuthenticated:
    return NotAuthenticated("Invalid openalgo apikey", code="INVALID_API_KEY")
