"""Decides about messages in the newer words: what to queue, or why nothing is.

Runs are not stored apart: a run is its accepted start, until a stop or the day's square-off follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from database.automation.deliveries import Deliveries, DeliveryRow, OrderRow, QueuedOrders
from database.automation.strategies import MappingRecord, Strategies, StrategyRecord
from database.stores import Store, Unit
from domain.errors import Conflict, InvalidInput, NotAllowed
from domain.instruments import Exchange
from domain.orders import Side
from services.accounts.principal import Principal
from services.automation import signals
from services.automation.instructions import legs, words
from services.trading.commands import Place, Smart
from services.trading.modes import AppMode
from services.trading.router import require_account
from services.trading.writes import Account
from utils.clock import Clock, epoch_ms, from_epoch, ist

SQUAREOFF = "squareoff"
SAME_START_MS = 60_000
COOLING_OFF_MS = 30_000
OUTSIDE_ENTRY, OUTSIDE_TRADING = "outside_entry_window", "outside_trading_window"
READ_AT_ONCE = 50


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a message comes to. mode: the only one in which its orders are sent. opens: the answer tells the run."""

    account: Account
    mode: AppMode
    answer: dict[str, Any]
    orders: Sequence[Place | Smart] = ()
    result: str = "accepted"
    duplicate_of: int | None = None
    opens: bool = False


Decide = Callable[[Unit], Decision]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """held: units of a mapping's position in an account, None when that cannot be read."""

    store: Store
    clock: Clock
    app_mode: Callable[[], AppMode]
    is_open: Callable[[str, Exchange, dt.datetime], bool]
    held: Callable[[Principal, MappingRecord], int | None]


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is decided on: the strategy and its legs, and where and in which mode it trades now."""

    strategy: StrategyRecord
    mappings: Sequence[MappingRecord]
    account: Account
    mode: AppMode

    def require(self, mode: AppMode, what: str) -> None:
        """Paper wishes never trade live, nor live ones on paper. Raises NotAllowed."""
        if self.mode is not mode:
            word = words.WORD_OF_MODE[mode]
            raise NotAllowed(
                f"This {what} is for {word} mode, in which the application is not; nothing was traded",
                code=f"{word.upper()}_DISABLED",
            )

    def told(self, text: str, **members: Any) -> Decision:
        """An answer without orders; `result` in its members says what it is."""
        answer = {"status": "success", "result": "accepted", "message": text, "strategy_id": self.strategy.id}
        return Decision(account=self.account, mode=self.mode, answer=answer | members)

    def nothing(self, note: str) -> Decision:
        """A success without orders, and why."""
        told = self.told(f"Nothing to do: {note.replace('_', ' ')}", result="ignored", note=note)
        return msgspec.structs.replace(told, result="ignored")

    def standing(self, unit: Unit, exchange: str, symbol: str) -> legs.Standing:
        """What the strategy holds of an instrument."""
        return legs.standing(
            QueuedOrders(unit).last_of_instrument(
                self.strategy.id, self.account.account_id, self.mode.value, exchange, symbol, READ_AT_ONCE
            )
        )


class Instructions:
    """Answers a decision to be made inside the transaction that stores the message, so that two at once are one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def decision(
        self, strategy: StrategyRecord, kind: str, fields: Mapping[str, Any], principal: Principal
    ) -> Decide:
        """Raises InvalidInput, NotAllowed and Conflict, now or when it is made."""
        with self._parts.store.reading() as unit:
            mappings = Strategies(unit).mappings(strategy.id)
        ground = Ground(
            strategy=strategy, mappings=mappings, account=require_account(principal), mode=self._parts.app_mode()
        )  # fmt: skip
        if kind == words.SIGNAL:
            return self._signal(ground, fields, principal)
        if kind == words.STOP:
            return lambda unit: self._stop(unit, ground)
        ground.require(words.mode_of(fields), "start")
        if strategy.trading_mode == "BOTH":
            raise InvalidInput("A start needs a strategy of LONG or SHORT mode", code="NO_DIRECTION")
        if not mappings:
            raise InvalidInput("The strategy has no mappings", code="NO_MAPPING")
        return lambda unit: self._start(unit, ground)

    def _start(self, unit: Unit, ground: Ground) -> Decision:
        """Enter every leg that the strategy does not hold."""
        strategy, now_ms = ground.strategy, self._now_ms()
        run = self._run(unit, strategy)
        if run is not None and now_ms - run.received_ms < SAME_START_MS:
            text = f"The same as the start of run {run.id}; nothing was traded"
            told = ground.told(text, result="rejected_dedupe", run_id=run.id)
            return msgspec.structs.replace(told, result="duplicate", duplicate_of=run.id)
        if run is not None:
            raise Conflict(f"Run {run.id} of this strategy has not been stopped", code="ALREADY_RUNNING")
        last = Deliveries(unit).latest(strategy.id, (words.STOP,))
        if last is not None and 0 <= now_ms - last.received_ms < COOLING_OFF_MS:
            raise Conflict("The strategy was stopped less than 30 s ago", code="COOLING_OFF")
        word = words.SIGNALS["long_entry" if strategy.trading_mode == "LONG" else "short_entry"]
        note = self._outside(ground, word, ground.mappings)
        if note is not None:
            return ground.nothing(note)
        orders: list[Place | Smart] = []
        for row in ground.mappings:
            held = ground.standing(unit, row.exchange.value, row.symbol)
            if legs.note_of(held, word, None) is None and self._trades(ground, row):
                orders += legs.orders_of(held, word, row, strategy.name)
        if not orders:
            return ground.nothing(legs.HELD[word.direction])
        names = ", ".join(dict.fromkeys(order.symbol for order in orders))
        told = ground.told(f"Started: orders queued for {names}")
        return msgspec.structs.replace(told, orders=orders, opens=True)

    def _stop(self, unit: Unit, ground: Ground) -> Decision:
        """Close what the run entered and the strategy still holds, in the account and mode of the run."""
        run = self._run(unit, ground.strategy)
        if run is None:
            raise Conflict("No run of this strategy is open", code="NOT_RUNNING")
        entries = [row for row in QueuedOrders(unit).of_delivery(run.id) if row.lane == "plain"]
        if entries:
            account = Account(account_id=entries[0].account_id, broker=entries[0].broker)
            ground = msgspec.structs.replace(ground, account=account)
            ground.require(AppMode(entries[0].mode), "run")
        note = self._outside(ground, words.SIGNALS["long_exit"], ground.mappings)
        if note is not None:
            return ground.nothing(note)
        orders, exits = [], []
        for row in entries:
            held = ground.standing(unit, row.exchange, row.symbol)
            if held.side is None:
                continue
            leg = _leg(row, ground.mappings)
            orders.append(signals.closing(leg, ground.strategy.name, held.side.opposite, only=True))
            exits.append(
                {"leg_id": leg.id or None, "ok": True, "symbol": row.symbol, "exchange": row.exchange}
            )
        told = ground.told(
            f"Stopped: {len(orders)} exits queued", run_id=run.id, stop_pending=bool(exits), exits=exits
        )
        return msgspec.structs.replace(told, orders=orders)

    def _signal(self, ground: Ground, fields: Mapping[str, Any], principal: Principal) -> Decide:
        action = words.action_of(fields)
        word, leg, strategy = words.SIGNALS[action], words.leg_of(fields, ground.mappings), ground.strategy
        allowed = {"LONG": Side.BUY, "SHORT": Side.SELL}.get(strategy.trading_mode, word.direction)
        if word.direction is not allowed:
            text = f"{action} is not possible in {strategy.trading_mode} mode"
            raise InvalidInput(text, errors={"action": [text]}, code="INVALID_ACTION")
        where = (leg.exchange.value, leg.symbol)
        with self._parts.store.reading() as unit:
            held = ground.standing(unit, *where)
        # Looked at before the transaction: a slow broker must not hold the store.
        position = self._parts.held(principal, leg) if legs.is_doubtful(held, word, self._now_ms()) else None

        def decide(unit: Unit) -> Decision:
            held = ground.standing(unit, *where)
            note = self._outside(ground, word, [leg]) or legs.note_of(held, word, position)
            if note is not None:
                return ground.nothing(note)
            told = ground.told(f"Order queued successfully for {leg.symbol}", leg_id=leg.id)
            return msgspec.structs.replace(told, orders=legs.orders_of(held, word, leg, strategy.name))

        return decide

    def _outside(self, ground: Ground, word: words.Word, mappings: Sequence[MappingRecord]) -> str | None:
        """The note of a word outside its hours, or while no exchange of these mappings trades."""
        signal = signals.Signal(symbol="", side=word.side, enters=word.enters)
        try:
            signals.refuse_outside_hours(ground.strategy, signal, self._parts.clock.now())
        except InvalidInput:
            return OUTSIDE_ENTRY if word.enters else OUTSIDE_TRADING
        if mappings and not any(self._trades(ground, row) for row in mappings):
            return OUTSIDE_TRADING
        return None

    def _trades(self, ground: Ground, mapping: MappingRecord) -> bool:
        """Only intraday strategies ask for the exchange's hours."""
        broker, now = ground.account.broker, self._parts.clock.now()
        return not ground.strategy.is_intraday or self._parts.is_open(broker, mapping.exchange, now)

    def _run(self, unit: Unit, strategy: StrategyRecord) -> DeliveryRow | None:
        """The start of the run that is open. An intraday run ends with its day."""
        row = Deliveries(unit).latest(strategy.id, (words.START, words.STOP, SQUAREOFF))
        if row is None or row.payload != words.START:
            return None
        day = ist(from_epoch(row.received_ms / 1000)).date()
        over = strategy.is_intraday and day != ist(self._parts.clock.now()).date()
        return None if over else row

    def _now_ms(self) -> int:
        return epoch_ms(self._parts.clock.now())


def _leg(row: OrderRow, mappings: Sequence[MappingRecord]) -> MappingRecord:
    """What an entry traded; its mapping may be another by now, or gone (id 0)."""
    named = (row.exchange, row.symbol)
    found = next((item for item in mappings if (item.exchange.value, item.symbol) == named), None)
    values = {
        "id": found.id if found is not None else 0, "strategy_id": row.strategy_id, "symbol": row.symbol,
        "exchange": row.exchange, "quantity": 0, "product_type": row.command["fields"]["product"],
    }  # fmt: skip
    return msgspec.convert(values, MappingRecord)
