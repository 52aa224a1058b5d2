"""The inbox of webhooks: read, compared, put on disk with its orders, answered. Trading comes afterwards.

Whatever is answered with success is on disk (synced) before the answer; see docs/adr/0038.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from database.automation.deliveries import Deliveries, DeliveryRow, QueuedOrders
from database.automation.strategies import MappingRecord, Strategies, StrategyRecord
from database.stores import Store, Unit
from domain.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, OpenAlgoError, Unavailable
from domain.instruments import Exchange
from services import events
from services.accounts.keys.access import Need, require_in_mode
from services.accounts.principal import Principal
from services.automation import duplicates, signals
from services.automation.instructions import words
from services.automation.instructions.taking import Decide, Decision, Instructions
from services.automation.records import Message, Read, Records, lane_of
from services.trading.commands import Place, Smart
from services.trading.modes import AppMode
from services.trading.router import require_account
from services.trading.writes import Account
from utils import json
from utils.clock import Clock, epoch_ms
from utils.redaction import redact, redact_text

# More than these could not be sent before they are too old (one smart and ten plain orders a second).
MOST_WAITING = {"smart": 50, "plain": 400}
KEPT_OF_UNREADABLE = 4096
INACTIVE = "Strategy is inactive"


class Inbox:
    """`receive` for strangers' messages, `queue` for the square-off of our own.

    principal: of a user and an account of theirs, None for the active one. wake: there is something to send for an
    account.
    """

    def __init__(
        self, *, store: Store, bus: events.Events, clock: Clock, window_seconds: float,
        principal: Callable[[int, int | None], Principal], app_mode: Callable[[], AppMode],
        is_open: Callable[[str, Exchange, dt.datetime], bool], wake: Callable[[int], None],
        instructions: Instructions,
    ) -> None:  # fmt: skip
        self._store = store
        self._records = Records(store, bus, clock)
        self._clock = clock
        self._window_ms = int(window_seconds * 1000)
        self._principal = principal
        self._app_mode = app_mode
        self._is_open = is_open
        self._wake = wake
        self._instructions = instructions

    def receive(self, strategy: StrategyRecord, message: Message) -> dict[str, Any]:
        """The members of the answer. Raises what makes the message no order; that is stored, too."""
        read = Read()
        try:
            fields = self._read(message, read)
            repeated = self._repeated(strategy, read)
            if repeated is not None:
                with self._store.unit(durable=True) as unit:
                    row = self._records.duplicate(unit, strategy, message, read, repeated)
                return self._records.told(row)
            return self._accept(strategy, message, read, fields)
        except OpenAlgoError as error:
            self._records.refused(strategy, message, read, error)
            raise

    def queue(
        self, strategy: StrategyRecord, batches: Sequence[tuple[Principal, Sequence[Smart]]], payload: str,
        life_ms: int, claim: Callable[[Unit], bool],
    ) -> None:  # fmt: skip
        """Store deliveries of our own, one an account, unless `claim` says in their transaction that it was done.

        Their orders are worth sending for `life_ms`.
        """
        mode, found = self._app_mode(), []
        message, read = Message(raw=b"", key=None, address=""), Read(payload=payload)
        with self._store.unit(durable=True) as unit:
            unit.exclusive(f"webhooks of {strategy.id}")
            if not claim(unit):
                return
            for principal, orders in batches:
                account = require_account(principal)
                answer = {"status": "success", "message": f"{len(orders)} orders queued"}
                row = self._records.add(unit, strategy, message, read, "accepted", answer)
                self._records.add_orders(unit, row, strategy, account, mode, orders, life_ms)
                found.append((row, account))
        for row, account in found:
            self._records.publish(row)
            self._wake(account.account_id)

    def _read(self, message: Message, read: Read) -> dict[str, Any]:
        """The fields of the message, whatever its content type says."""
        if not message.raw.strip():
            raise InvalidInput("No data received", code="NO_DATA")
        read.body = redact_text(message.raw[:KEPT_OF_UNREADABLE].decode("utf-8", "replace"))
        try:
            fields = json.decode(message.raw)
        except ValueError:
            raise InvalidInput("Invalid JSON body", code="INVALID_JSON") from None
        if not isinstance(fields, dict):
            raise InvalidInput("Invalid JSON body: an object is expected", code="INVALID_JSON")
        read.body = redact(fields)
        read.digest = duplicates.digest_of(fields)
        read.key = duplicates.key_of(message.key, fields)
        if not fields:
            raise InvalidInput("No data received", code="NO_DATA")
        payload = signals.payload_of(fields)
        read.payload = words.kind_of(fields) or payload
        return fields

    def _repeated(self, strategy: StrategyRecord, read: Read) -> DeliveryRow | None:
        """Before anything else is asked: a repeat is answered like the first, though the market closed meanwhile."""
        with self._store.reading() as unit:
            return self._earlier(unit, strategy, read)

    def _earlier(self, unit: Unit, strategy: StrategyRecord, read: Read) -> DeliveryRow | None:
        if read.payload == words.START and read.key is None:
            return None  # compared by its run
        now_ms = epoch_ms(self._clock.now())
        return duplicates.earlier(
            Deliveries(unit), strategy.id, read.key, read.digest, now_ms, self._window_ms
        )

    def _accept(
        self, strategy: StrategyRecord, message: Message, read: Read, fields: dict[str, Any]
    ) -> dict[str, Any]:
        is_scanner = read.payload == signals.CHARTINK
        if not strategy.is_active:
            if is_scanner:
                return self._ignored(strategy, message, read, {"status": "success", "message": INACTIVE})
            raise InvalidInput(INACTIVE, code="INACTIVE")
        if read.payload in words.KINDS:
            principal = self._keyed(strategy)
            decide = self._instructions.decision(strategy, read.payload, fields, principal)
            return self._store_orders(strategy, message, read, decide)
        with self._store.reading() as unit:
            mappings = Strategies(unit).mappings(strategy.id)
        wanted = signals.signals_of(fields, strategy.trading_mode)
        found = signals.mapped(wanted, mappings, read.payload)
        if not found:
            answer = {"status": "warning", "message": "No orders were queued"}
            return self._ignored(strategy, message, read, answer)
        account = require_account(self._keyed(strategy))
        self._refuse_closed(strategy, account, found)
        orders = [signals.command_of(signal, mapping, strategy.name) for signal, mapping in found]
        names = ", ".join(order.symbol for order in orders)
        text = (
            f"Orders queued for symbols: {names}" if is_scanner else f"Order queued successfully for {names}"
        )
        answer = {"status": "success", "message": text}
        decided = Decision(account=account, mode=self._app_mode(), orders=orders, answer=answer)
        return self._store_orders(strategy, message, read, lambda _unit: decided)

    def _keyed(self, strategy: StrategyRecord) -> Principal:
        """On whose behalf it trades. Raises NotAuthenticated without an API key, NotAllowed for one that opens less."""
        principal = self._principal(strategy.user_id, strategy.account_id)
        if principal.key_id is None:
            raise NotAuthenticated("No API key found", code="NO_API_KEY")
        require_in_mode(principal.access, Need.TRADE, self._app_mode().value)
        return principal

    def _refuse_closed(
        self, strategy: StrategyRecord, account: Account, found: list[tuple[signals.Signal, MappingRecord]]
    ) -> None:
        """An intraday strategy trades within its hours and on days on which its exchange trades."""
        now = self._clock.now()
        for signal, mapping in found:
            signals.refuse_outside_hours(strategy, signal, now)
            if strategy.is_intraday and not self._is_open(account.broker, mapping.exchange, now):
                raise InvalidInput(f"{mapping.exchange.value} is closed now", code="MARKET_CLOSED")

    def _store_orders(
        self, strategy: StrategyRecord, message: Message, read: Read, decide: Decide
    ) -> dict[str, Any]:
        wake = None
        with self._store.unit(durable=True) as unit:
            unit.exclusive(f"webhooks of {strategy.id}")
            first = self._earlier(unit, strategy, read)
            if first is not None:
                row = self._records.duplicate(unit, strategy, message, read, first)
            else:
                self._require_unchanged(unit, strategy)
                decided = decide(unit)
                _require_room(unit, decided.account, decided.orders)
                row = self._records.decided(unit, strategy, message, read, decided)
                self._records.add_orders(unit, row, strategy, decided.account, decided.mode, decided.orders)
                wake = decided.account.account_id if decided.orders else None
        told = self._records.told(row)
        if wake is not None:
            self._wake(wake)
        return told

    @staticmethod
    def _require_unchanged(unit: Unit, strategy: StrategyRecord) -> None:
        """What the orders were made of is what the strategy is now."""
        current = Strategies(unit).get(strategy.id)
        if current is None or current.webhook_digest != strategy.webhook_digest:
            raise NotFound("Invalid webhook ID", code="UNKNOWN_WEBHOOK")
        if current.updated_at != strategy.updated_at:
            raise Unavailable("The strategy is being changed; nothing was traded", code="BUSY")

    def _ignored(
        self, strategy: StrategyRecord, message: Message, read: Read, answer: dict[str, Any]
    ) -> dict[str, Any]:
        with self._store.unit(durable=True) as unit:
            row = self._records.add(unit, strategy, message, read, "ignored", answer)
        return self._records.told(row)


def _require_room(unit: Unit, account: Account, orders: Sequence[Place | Smart]) -> None:
    """The queue is bounded; what does not fit is refused whole. Raises Conflict or Unavailable."""
    waiting = QueuedOrders(unit).waiting(account.account_id)
    for lane, most in MOST_WAITING.items():
        new = sum(lane_of(order) == lane for order in orders)
        if new > most:
            raise Conflict(f"One message may make at most {most} such orders, not {new}", code="TOO_MANY")
        if new and waiting.get(lane, 0) + new > most:
            raise Unavailable("Too many orders of this account wait to be sent", code="BUSY")
