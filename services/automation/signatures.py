"""Signed messages to a strategy: who sent them, when, and that nobody sends them again.

    X-OpenAlgo-Signature: t=<epoch seconds>,n=<nonce>,v1=<HMAC-SHA256 of "t.n.body" under the secret, hexadecimal>

A strategy that has a secret takes signed messages only. The time may be 300 seconds away from ours; a nonce counts once
and is remembered for longer than that. The charting services cannot sign: their strategies stay without a secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from database.automation.nonces import Nonces
from database.automation.strategies import Strategies, StrategyRecord
from database.stores import Store
from domain.errors import NotAuthenticated, NotFound, Unavailable
from services.accounts.crypto import SealBroken, Vault
from utils.clock import Clock, epoch_ms
from utils.ids import secret_hex
from utils.logging import get_logger

log = get_logger(__name__)
PURPOSE = "webhook signature"
HEADER = "X-OpenAlgo-Signature"
WINDOW_MS = 300_000
REFUSED = "The signature is missing, wrong, too old or used already"
_FORMAT = re.compile(r"t=(?P<t>\d{10}),n=(?P<n>[A-Za-z0-9_-]{16,64}),v1=(?P<v1>[0-9a-f]{64})")


class Signed(msgspec.Struct, frozen=True):
    """A message whose signature is right; its nonce is not used up yet."""

    nonce: str
    at_ms: int


def sign(secret: str, raw: bytes, seconds: int, nonce: str) -> str:
    """The header's value, as a sender makes it."""
    text = f"{seconds}.{nonce}.".encode() + raw
    return f"t={seconds},n={nonce},v1={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"


class Signatures:
    """Secrets of strategies, and messages signed with them."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def require(self, user_id: int, strategy_id: int) -> str:
        """Have a strategy take signed messages only; the new secret is answered here only. Raises NotFound."""
        secret = secret_hex(32)
        self._put(user_id, strategy_id, self._vault.seal(PURPOSE, secret))
        return secret

    def waive(self, user_id: int, strategy_id: int) -> None:
        """Have a strategy take unsigned messages again. Raises NotFound."""
        self._put(user_id, strategy_id, None)

    def _put(self, user_id: int, strategy_id: int, sealed: str | None) -> None:
        with self._store.unit(durable=True) as unit:
            row = Strategies(unit).get(strategy_id)
            if row is None or row.user_id != user_id:
                raise NotFound("There is no such strategy", code="UNKNOWN_STRATEGY")
            Strategies(unit).change(strategy_id, {"signing_sealed": sealed}, self._clock.now())

    def check(self, strategy: StrategyRecord, raw: bytes, header: str | None) -> Signed | None:
        """None for a strategy that takes unsigned messages. Raises NotAuthenticated without a right signature."""
        if strategy.signing_sealed is None:
            return None
        match = _FORMAT.fullmatch(header or "")
        if match is None:
            raise refusal()
        try:
            secret = self._vault.open(PURPOSE, strategy.signing_sealed)
        except SealBroken:
            log.error("The signing secret of a strategy cannot be read", strategy_id=strategy.id)
            raise Unavailable("The signature cannot be checked now", code="SIGNATURE_UNREADABLE") from None
        at_ms = int(match["t"]) * 1000
        wanted = sign(secret, raw, int(match["t"]), match["n"])
        is_right = hmac.compare_digest(wanted, match[0])
        if not is_right or abs(epoch_ms(self._clock.now()) - at_ms) > WINDOW_MS:
            raise refusal()
        return Signed(match["n"], at_ms)

    def use_up(self, strategy: StrategyRecord, signed: Signed | None) -> None:
        """Let a message pass once, also after a crash. Raises NotAuthenticated when it did already."""
        if signed is None:
            return
        with self._store.unit(durable=True) as unit:
            unit.exclusive(f"webhooks of {strategy.id}")
            if not Nonces(unit).use_up(strategy.id, signed.nonce, signed.at_ms + 2 * WINDOW_MS):
                raise refusal()

    def sweep(self) -> None:
        """Forget nonces of messages that are too old in any case."""
        with self._store.unit() as unit:
            Nonces(unit).remove_before(epoch_ms(self._clock.now()))


def refusal() -> NotAuthenticated:
    """The one answer to whatever is wrong with a signature."""
    return NotAuthenticated(REFUSED, code="SIGNATURE")
