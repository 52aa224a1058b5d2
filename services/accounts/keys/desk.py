"""The page of API keys: several for each user, each with its own access, addresses and end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError

from database.signin.keys import ApiKeyRecord
from database.signin.keys import ApiKeys as Rows
from database.stores import Store
from domain.errors import Conflict, InvalidInput, NotFound
from services.accounts.api_keys import NAME, ApiKeys, check_order_mode
from services.accounts.keys import addresses
from services.accounts.keys.access import GRANTS
from services.accounts.signin.audit import SecurityRecord
from services.accounts.users import Device
from utils.clock import Clock

MOST_KEYS = 20
LONGEST_NAME = 40
LONGEST_OVERLAP = dt.timedelta(days=7)


class KeyTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is called and opens. addresses: networks it may come from, none for all; expires_at: None, never."""

    name: str
    scope: str
    order_mode: str = "auto"
    addresses: tuple[str, ...] = ()
    expires_at: dt.datetime | None = None


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a key. previous_until: until when the key that it replaced opens, too.

    is_first: the one that webhooks stand for, and that its owner can see again.
    """

    id: int
    name: str
    masked: str
    scope: str
    order_mode: str
    addresses: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    is_expired: bool
    last_used_at: dt.datetime | None
    previous_until: dt.datetime | None
    is_first: bool


class KeyDesk:
    """Use cases on the keys of the caller: another user's do not exist."""

    def __init__(self, store: Store, keys: ApiKeys, record: SecurityRecord, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._record = record
        self._clock = clock

    def list(self, user_id: int) -> list[KeyView]:
        """Oldest first."""
        with self._store.reading() as unit:
            return [self._view(row) for row in Rows(unit).list(user_id)]

    def create(
        self, user_id: int, terms: KeyTerms, device: Device, prepare: Callable[[int], None] = lambda _key: None
    ) -> tuple[KeyView, str]:  # fmt: skip
        """A new key and its text, which is answered here and never again. prepare: set what binds it, by its number.

        Nobody knows the text before `prepare` is done; where that raises, there is no key. Raises InvalidInput and
        Conflict.
        """
        self._check(terms)
        self._check_end(terms.expires_at)
        key, secret = self._keys.fresh(shown_again=terms.name == NAME)
        try:
            with self._store.unit() as unit:
                unit.exclusive(f"api keys of {user_id}")
                if Rows(unit).count(user_id) >= MOST_KEYS:
                    raise Conflict(f"A user may have at most {MOST_KEYS} API keys", code="TOO_MANY_KEYS")
                row = Rows(unit).add(user_id, terms.name, secret, self._clock.now(), **_values(terms))
                self._record.note_within(unit, user_id, "key_created", device, f"{terms.name}: {terms.scope}")
        except IntegrityError:
            raise _name_taken() from None
        try:
            prepare(row.id)
        except BaseException:
            self.revoke(user_id, row.id, device)
            raise
        self._keys.changed(user_id)
        return self._view(row), key

    def change(self, user_id: int, key_id: int, terms: KeyTerms, device: Device) -> KeyView:
        """Other terms, from the next call on. Raises NotFound, InvalidInput, Conflict."""
        self._check(terms)
        before = self._own(user_id, key_id)
        if before.name == NAME != terms.name:
            text = f"of the first key stays {NAME}"
            raise InvalidInput(f"name: {text}", errors={"name": [text]})
        if terms.expires_at != before.expires_at:
            self._check_end(terms.expires_at)
        try:
            with self._store.unit() as unit:
                Rows(unit).change(key_id, {"name": terms.name, **_values(terms)})
                self._record.note_within(unit, user_id, "key_changed", device, f"{terms.name}: {terms.scope}")
        except IntegrityError:
            raise _name_taken() from None
        self._keys.changed(user_id)
        return self._view(self._own(user_id, key_id))

    def rotate(self, user_id: int, key_id: int, overlap: dt.timedelta, device: Device) -> tuple[KeyView, str]:
        """Another text under the same terms; the one so far opens for `overlap` longer, one before that no more."""
        if not dt.timedelta(0) <= overlap <= LONGEST_OVERLAP:
            text = f"must lie between 0 and {LONGEST_OVERLAP.days} days"
            raise InvalidInput(f"overlap_hours: {text}", errors={"overlap_hours": [text]})
        row = self._own(user_id, key_id)
        key, secret = self._keys.fresh(shown_again=row.name == NAME)
        now = self._clock.now()
        with self._store.unit() as unit:
            Rows(unit).replace(key_id, secret, now, now + overlap if overlap else None)
            self._record.note_within(unit, user_id, "key_rotated", device, row.name)
        self._keys.changed(user_id)
        return self._view(self._own(user_id, key_id)), key

    def revoke(self, user_id: int, key_id: int, device: Device) -> None:
        """The key opens nothing from now on. What it placed stands, and its limits bind that. Raises NotFound."""
        row = self._own(user_id, key_id)
        with self._store.unit() as unit:
            Rows(unit).remove(key_id)
            self._record.note_within(unit, user_id, "key_revoked", device, row.name)
        self._keys.changed(user_id)

    def _own(self, user_id: int, key_id: int) -> ApiKeyRecord:
        with self._store.reading() as unit:
            row = next((row for row in Rows(unit).list(user_id) if row.id == key_id), None)
        if row is None:
            raise NotFound("There is no such API key", code="UNKNOWN_KEY")
        return row

    def _check(self, terms: KeyTerms) -> None:
        name = terms.name
        if not 0 < len(name.strip()) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
            text = f"must have 1 to {LONGEST_NAME} characters"
            raise InvalidInput(f"name: {text}", errors={"name": [text]})
        if terms.scope not in GRANTS:
            text = f"must be one of {', '.join(GRANTS)}"
            raise InvalidInput(f"scope: {text}", errors={"scope": [text]})
        check_order_mode(terms.order_mode)
        addresses.checked(terms.addresses)

    def _check_end(self, expires_at: dt.datetime | None) -> None:
        if expires_at is not None and expires_at <= self._clock.now():
            raise InvalidInput("expires_at: lies in the past", errors={"expires_at": ["lies in the past"]})

    def _view(self, row: ApiKeyRecord) -> KeyView:
        now = self._clock.now()
        names = ("id", "name", "masked", "scope", "order_mode", "addresses", "created_at", "expires_at")
        overlaps = row.previous_until is not None and row.previous_until > now
        return KeyView(
            **{name: getattr(row, name) for name in names}, last_used_at=row.last_used_at,
            is_expired=row.expires_at is not None and row.expires_at <= now,
            previous_until=row.previous_until if overlaps else None, is_first=row.name == NAME,
        )  # fmt: skip


def _values(terms: KeyTerms) -> dict[str, Any]:
    return {
        "scope": terms.scope, "order_mode": terms.order_mode, "expires_at": terms.expires_at,
        "addresses": list(addresses.checked(terms.addresses)),
    }  # fmt: skip


def _name_taken() -> Conflict:
    return Conflict("You have an API key of this name", code="KEY_EXISTS")
