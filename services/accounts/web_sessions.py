"""Browser sessions: a row per signed-in browser, found by the hash of a random cookie, checked on every request.

A web session is one of three separate lives: ending it leaves the user's API keys and broker sessions alone.
"""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from database import identity
from database.identity import WebSessionRecord
from database.stores import Store
from domain.errors import NotFound
from services.accounts.crypto import Vault
from services.accounts.users import Device
from services.events import BrowserSignedOut, Events
from utils.clock import Clock, next_daily
from utils.concurrency import Lock
from utils.ids import secret_hex
from utils.ttl_cache import TtlCache

CACHE_SECONDS = 1.0
LONGEST_DAYS = 365
_COOKIE = re.compile(r"[0-9a-f]{64}")


class WebSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is signed in. `key` is the stored hash of its cookie, `id` names it where no hash belongs."""

    id: int
    key: str
    user_id: int
    expires_at: dt.datetime


class NewWebSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session just made; `cookie` is shown to the browser once and stored nowhere."""

    cookie: str
    session: WebSession

    def __repr__(self) -> str:
        return f"NewWebSession(user_id={self.session.user_id}, cookie hidden)"


def fresh_cookie() -> str:
    """A random cookie value, 256 bits."""
    return secret_hex(32)


def is_cookie(text: str) -> bool:
    """Whether the text has the form of our cookies."""
    return _COOKIE.fullmatch(text) is not None


class WebSessions:
    """Use cases on browser sessions. expiry: wall-clock time (IST) at which all end, None for a year's life."""

    def __init__(
        self, store: Store, vault: Vault, events: Events, clock: Clock, *, expiry: dt.time | None
    ) -> None:
        self._store = store
        self._vault = vault
        self._events = events
        self._clock = clock
        self._expiry = expiry
        self._cache: TtlCache[str, WebSession] = TtlCache(4096, CACHE_SECONDS, clock, name="web sessions")
        self._seen: dict[str, dt.datetime] = {}
        self._seen_lock = Lock()

    def key_of(self, cookie: str) -> str:
        """The stored form of a cookie."""
        return self._vault.digest("web session", cookie)

    def create(self, user_id: int, device: Device, replaces: str | None = None) -> NewWebSession:
        """Sign a browser in under a new cookie; the session behind the cookie it `replaces` ends."""
        now = self._clock.now()
        cookie = fresh_cookie()
        key, expires_at = self.key_of(cookie), self._end(now)
        with self._store.unit() as unit:
            rows = identity.WebSessions(unit)
            if replaces is not None:
                rows.remove(self.key_of(replaces))
            session_id = rows.add(
                user_id=user_id, session_hash=key, ip_address=device.ip_address, device=device.name,
                now=now, expires_at=expires_at,
            )  # fmt: skip
        if replaces is not None:
            self._cache.forget(self.key_of(replaces))
        session = WebSession(id=session_id, key=key, user_id=user_id, expires_at=expires_at)
        return NewWebSession(cookie=cookie, session=session)

    def resolve(self, cookie: str) -> WebSession | None:
        """The session of a cookie, None when there is none or it has ended."""
        if not is_cookie(cookie):
            return None
        key = self.key_of(cookie)
        try:
            session = self._cache.get_or_load(key, lambda: self._load(key))
        except NotFound:
            return None
        now = self._clock.now()
        if session.expires_at <= now:
            return None
        with self._seen_lock:
            self._seen[key] = now
        return session

    def revoke_by_id(self, user_id: int, session_id: int) -> bool:
        """End one of the user's sessions by its number; whether there was one."""
        with self._store.unit() as unit:
            key = identity.WebSessions(unit).remove_by_id(user_id, session_id)
        if key is None:
            return False
        self._gone(user_id, key, "Signed out from another browser")
        return True

    def list(self, user_id: int) -> list[WebSessionRecord]:
        """The user's signed-in browsers, newest first."""
        with self._store.reading() as unit:
            return identity.WebSessions(unit).of_user(user_id)

    def revoke(self, session: WebSession) -> None:
        """End one session, at its own wish."""
        with self._store.unit() as unit:
            identity.WebSessions(unit).remove(session.key)
        self._gone(session.user_id, session.key, "")

    def revoke_all(self, user_id: int, reason: str, keep: WebSession | None = None) -> int:
        """End every session of a user but one; how many ended. Those browsers are told the reason."""
        with self._store.unit() as unit:
            ended = identity.WebSessions(unit).remove_of_user(user_id, keep.key if keep else None)
        for key in ended:
            self._gone(user_id, key, reason)
        return len(ended)

    def sweep(self) -> None:
        """Housekeeping, about twice a minute: end what has expired, tell those browsers, note who was seen."""
        with self._seen_lock:
            seen, self._seen = self._seen, {}
        with self._store.unit() as unit:
            rows = identity.WebSessions(unit)
            rows.touch(seen)
            expired = rows.remove_expired(self._clock.now())
        for user_id, key in expired:
            self._gone(user_id, key, "Your session has expired, sign in again")

    def _load(self, key: str) -> WebSession:
        with self._store.reading() as unit:
            row = identity.WebSessions(unit).find(key)
        if row is None:
            raise NotFound("There is no such session")
        return WebSession(id=row.id, key=key, user_id=row.user_id, expires_at=row.expires_at)

    def _gone(self, user_id: int, key: str, reason: str) -> None:
        self._cache.forget(key)
        self._events.publish(BrowserSignedOut(user_id=user_id, key=key, reason=reason))

    def _end(self, now: dt.datetime) -> dt.datetime:
        if self._expiry is None:
            return now + dt.timedelta(days=LONGEST_DAYS)
        return next_daily(now, self._expiry)
