"""API keys: 64 hexadecimal characters, found by keyed digest. A user has several; the first, `default`, is the one for
which webhooks stand and that its owner can see again.

An API key outlives browser and broker sessions; it ends by rotation, revocation or at its own end.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable
from typing import cast

import msgspec

from database.signin.keys import ApiKeyRecord, KeySecret
from database.signin.keys import ApiKeys as Rows
from database.stores import Store
from domain.errors import InvalidInput, NotAllowed, NotAuthenticated, NotFound
from services.accounts.callers import Callers
from services.accounts.crypto import SealBroken, Vault
from services.accounts.keys import addresses, guesses
from services.accounts.keys.access import Access, Need, require, require_in_mode
from services.accounts.passwords import Passwords
from services.accounts.principal import Principal
from services.events import ApiKeyChanged, Events
from utils.clock import Clock, ist_text
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
    """A text that opens, or opened. replaced_at: it is the one before, and opens until then."""

    key_id: int
    user_id: int
    access: Access
    addresses: tuple[str, ...]
    expires_at: dt.datetime | None
    replaced_at: dt.datetime | None


class ApiKeys:
    """Use cases on API keys."""

    def __init__(
        self, store: Store, vault: Vault, passwords: Passwords, callers: Callers, events: Events, clock: Clock,
        app_mode: Callable[[], str] = lambda: "live",
    ) -> None:  # fmt: skip
        self._store = store
        self._vault = vault
        self._passwords = passwords
        self._callers = callers
        self._events = events
        self._clock = clock
        self._app_mode = app_mode
        self._known: TtlCache[str, _Known] = TtlCache(4096, CACHE_SECONDS, clock, name="known API keys")
        self._unknown: TtlCache[str, bool] = TtlCache(4096, CACHE_SECONDS, clock, name="unknown API keys")
        self._order_modes: TtlCache[int, str] = TtlCache(
            4096, ORDER_MODE_SECONDS, clock, name="order modes of keys"
        )
        self._used: dict[int, dt.datetime] = {}
        self._used_lock = Lock()

    def admit(self, key: str, need: Need, address: str) -> Principal:
        """The caller behind a key, who may do this from there: the one way in of every edge that takes keys.

        Raises NotAuthenticated for a wrong key, NotAllowed for one that has ended, comes from elsewhere or opens less.
        """
        known = self._opening(key)
        if not addresses.admits(known.addresses, address):
            raise NotAllowed("This API key may not be used from this address", code="KEY_ADDRESS")
        require(known.access, need)
        if known.access == "paper" and need is not Need.DATA:
            require_in_mode(known.access, need, self._app_mode())
        return self._principal(known)

    def verify(self, key: str) -> Principal:
        """The caller behind a key, whatever it opens. Raises NotAuthenticated, NotAllowed when it has ended."""
        return self._principal(self._opening(key))

    def stand_for(self, principal: Principal) -> Principal:
        """A webhook's caller with the key that it stands for, the user's first; as it is where there is none.

        Raises NotAllowed when that key has ended.
        """
        row = self._row(principal.user_id)
        if row is None:
            return principal
        self._refuse_expired(row.expires_at)
        return msgspec.structs.replace(principal, key_id=row.id, access=row.scope)

    def order_mode(self, principal: Principal) -> str:
        """`auto` or `semi_auto` of the key that was shown. Raises NotFound when it is gone."""

        def load() -> str:
            with self._store.reading() as unit:
                row = Rows(unit).get(principal.key_id) if principal.key_id is not None else None
            if row is None or row.user_id != principal.user_id:
                raise NotFound("The API key no longer exists")
            return row.order_mode

        return self._order_modes.get_or_load(principal.key_id or 0, load)

    def set_order_mode(self, user_id: int, order_mode: str) -> None:
        """Let orders of the first key through (`auto`) or queue them for approval (`semi_auto`)."""
        check_order_mode(order_mode)
        row = self._row(user_id)
        if row is not None:
            with self._store.unit() as unit:
                Rows(unit).change(row.id, {"order_mode": order_mode})
        self.changed(user_id)

    def rotate(self, user_id: int) -> str:
        """A new first key, which is answered here; the old one is dead when this returns."""
        key, secret = self.fresh(shown_again=True)
        now = self._clock.now()
        with self._store.unit() as unit:
            row = Rows(unit).of_user(user_id, NAME)
            if row is None:
                Rows(unit).add(user_id, NAME, secret, now)
            else:
                Rows(unit).replace(row.id, secret, now, None)
        self.changed(user_id)
        return key

    def fresh(self, *, shown_again: bool) -> tuple[str, KeySecret]:
        """A new text and what is stored of it; with a sealed copy only where the owner may see it again."""
        key = secret_hex(32)
        secret = KeySecret(
            digest=self._vault.digest(PURPOSE, key), hash=self._passwords.hash(key),
            sealed=self._vault.seal(PURPOSE, key) if shown_again else None, masked=f"{key[:4]}{'*' * 8}",
        )  # fmt: skip
        return key, secret

    def reveal(self, user_id: int) -> str:
        """The first key in clear; the caller has checked the password. Raises NotFound."""
        row = self._row(user_id)
        if row is None or row.sealed is None:
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
        """What may be shown of the first key without a password."""
        row = self._row(user_id)
        if row is None:
            return ApiKeyView(exists=False)
        return ApiKeyView(
            exists=True, masked=row.masked, created_at=row.created_at, last_used_at=row.last_used_at,
            order_mode=row.order_mode,
        )  # fmt: skip

    def names_of(self, user_id: int) -> dict[int, str]:
        """Number and name of each of the user's keys, oldest first."""
        with self._store.reading() as unit:
            return {row.id: row.name for row in Rows(unit).list(user_id)}

    def forget(self, user_id: int) -> None:
        """Keys of the user changed in another process."""
        self._known.forget_where(lambda _digest, known: known.user_id == user_id)
        self._unknown.clear()
        self._order_modes.clear()

    def changed(self, user_id: int) -> None:
        """Keys of the user changed here: forget them, and tell everybody."""
        self.forget(user_id)
        self._events.publish(ApiKeyChanged(user_id=user_id))

    def sweep(self) -> None:
        """Housekeeping, about once a minute: note which keys were used."""
        with self._used_lock:
            used, self._used = self._used, {}
        if used:
            with self._store.unit() as unit:
                Rows(unit).touch(used)

    def _principal(self, known: _Known) -> Principal:
        with self._used_lock:
            self._used[known.key_id] = self._clock.now()
        found = self._callers.principal(known.user_id, "api", known.key_id)
        ends = [instant for instant in (known.expires_at, known.replaced_at) if instant is not None]
        return msgspec.structs.replace(found, access=known.access, until=min(ends, default=None))

    def _opening(self, key: str) -> _Known:
        """What a text is. Raises NotAuthenticated, and NotAllowed when it opened once."""
        known = self._find(key)
        now = self._clock.now()
        if known.replaced_at is not None and now >= known.replaced_at:
            raise NotAllowed("This API key was replaced, use the new one", code="KEY_REPLACED")
        self._refuse_expired(known.expires_at)
        return known

    def _refuse_expired(self, expires_at: dt.datetime | None) -> None:
        if expires_at is not None and self._clock.now() >= expires_at:
            raise NotAllowed(f"This API key expired at {ist_text(expires_at)} IST", code="KEY_EXPIRED")

    def _find(self, key: str) -> _Known:
        if not 0 < len(key) <= LONGEST:
            raise _wrong_key()
        try:
            digest = self._vault.digest(PURPOSE, key)
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON lets through
            raise _wrong_key() from None
        if self._unknown.get(digest):
            raise _wrong_key()
        known = self._known.get(digest)
        if known is None:
            known = self._known.get_or_load(digest, lambda: self._load(digest))
        return known

    def _load(self, digest: str) -> _Known:
        with self._store.reading() as unit:
            row = Rows(unit).by_digest(digest)
        # Compared in constant time, whatever the index says; both are keyed, so neither tells anything of the text.
        present = hmac.compare_digest(row.digest if row is not None else "", digest)
        before = hmac.compare_digest((row.previous_digest if row is not None else None) or "", digest)
        if row is None or not (present or before):
            self._unknown.put(digest, True)
            raise _wrong_key()
        return _Known(
            row.id, row.user_id, cast("Access", row.scope), row.addresses, row.expires_at,
            None if present else row.previous_until,
        )  # fmt: skip

    def _row(self, user_id: int) -> ApiKeyRecord | None:
        with self._store.reading() as unit:
            return Rows(unit).of_user(user_id, NAME)


def check_order_mode(order_mode: str) -> None:
    """Raise InvalidInput for a word that is none."""
    if order_mode not in ORDER_MODES:
        raise InvalidInput("order_mode must be auto or semi_auto", errors={"order_mode": ["unknown value"]})


def _wrong_key() -> NotAuthenticated:
    return NotAuthenticated("Invalid openalgo apikey", code=guesses.CODE)
