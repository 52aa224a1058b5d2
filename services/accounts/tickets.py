"""Tickets: how a signed-in browser proves itself to the WebSocket proxy without an API key.

    t1.<payload, base64>.<HMAC-SHA256, hex>       payload: user, web session, expiry (epoch seconds), random nonce

A ticket lives 60 s and is taken once per process; the proxy resolves the account itself when it is redeemed. What it
opens ends with the web session that asked for it.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from database.identity import WebSessions
from database.stores import Store
from domain.errors import NotAuthenticated, Throttled
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.principal import Principal
from utils.clock import Clock
from utils.concurrency import Lock
from utils.ids import secret_hex

LIFE_SECONDS = 60
MOST_REDEEMED = 20_000
_PURPOSE = "ws ticket"


class _Payload(msgspec.Struct, frozen=True, array_like=True):
    user_id: int
    web_session_id: int
    expires: int
    nonce: str


class Tickets:
    """Issues in one process, redeems in another; both know the root secret."""

    def __init__(self, store: Store, vault: Vault, callers: Callers, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._callers = callers
        self._clock = clock
        self._lock = Lock()
        self._redeemed: dict[str, int] = {}

    def issue(self, principal: Principal) -> str:
        """A ticket for a signed-in browser. Raises NotAuthenticated for any other caller."""
        if principal.web_session_id is None:
            raise NotAuthenticated("Only a signed-in browser gets a ticket")
        expires = int(self._clock.now().timestamp()) + LIFE_SECONDS
        payload = _Payload(principal.user_id, principal.web_session_id, expires, secret_hex(12))
        body = urlsafe_b64encode(msgspec.json.encode(payload)).decode().rstrip("=")
        return f"t1.{body}.{self._vault.digest(_PURPOSE, body)}"

    def redeem(self, ticket: str) -> Principal:
        """The caller behind a ticket. Raises NotAuthenticated for a false, used or stale one."""
        payload = self._read(ticket)
        now = int(self._clock.now().timestamp())
        if payload.expires <= now:
            raise _refused("The ticket has expired")
        with self._lock:
            self._redeemed = {nonce: end for nonce, end in self._redeemed.items() if end > now}
            if payload.nonce in self._redeemed:
                raise _refused("The ticket was used before")
            if len(self._redeemed) >= MOST_REDEEMED:
                raise Throttled("Too many sign-ins at once, try again")
            self._redeemed[payload.nonce] = payload.expires
        return self._principal(payload.user_id, payload.web_session_id)

    def renew(self, principal: Principal) -> Principal:
        """The same browser with the account active now. Raises NotAuthenticated when it has signed out."""
        return self._principal(principal.user_id, principal.web_session_id)

    def _principal(self, user_id: int, web_session_id: int | None) -> Principal:
        with self._store.reading() as unit:
            row = WebSessions(unit).get(web_session_id) if web_session_id is not None else None
        if row is None or row.user_id != user_id or row.expires_at <= self._clock.now():
            raise _refused("The browser has signed out")
        return self._callers.principal(user_id, "ui", web_session_id=row.id)

    def _read(self, ticket: str) -> _Payload:
        parts = ticket.split(".") if len(ticket) <= 512 else []
        if len(parts) != 3 or parts[0] != "t1":
            raise _refused("The ticket cannot be read")
        if not hmac.compare_digest(parts[2].encode(), self._vault.digest(_PURPOSE, parts[1]).encode()):
            raise _refused("The ticket is not ours")
        try:
            raw = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
            return msgspec.json.decode(raw, type=_Payload)
        except (binascii.Error, msgspec.MsgspecError, ValueError):
            raise _refused("The ticket cannot be read") from None


def _refused(message: str) -> NotAuthenticated:
    return NotAuthenticated(message, code="INVALID_TICKET")
