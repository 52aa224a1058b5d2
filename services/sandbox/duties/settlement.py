"""Contracts that expired and delivery purchases whose day has come."""

from __future__ import annotations

from database.sandbox.money import Positions
from database.sandbox.records import HoldingRecord, LotRecord, PositionRecord
from database.stores import Store
from domain.instruments import Instrument, InstrumentType
from domain.money import to_micros, traded_paise
from domain.netting import Net, apply_fill
from domain.orders import Product
from services.sandbox.clearing import Clearing
from services.sandbox.engine import Engine
from services.sandbox.intake import instrument_of
from services.sandbox.sessions import Sessions
from utils.clock import Clock

UNDERLYING_EXCHANGES = ("NSE", "BSE", "NSE_INDEX", "BSE_INDEX")


class Settlement:
    """Both duties look at stored rows, so they do once whatever is due, however late."""

    def __init__(self, store: Store, engine: Engine, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._sessions = sessions
        self._clock = clock

    def settle_expired(self) -> None:
        """Positions in contracts that stopped trading are closed at their settlement price, their orders ended."""
        now = self._clock.now()
        with self._store.reading() as unit:
            clearing = Clearing(unit, self._engine.options(), self._sessions, now)
            found = [
                (row, clearing.orders.instrument(row.broker, row.exchange, row.symbol))
                for row in clearing.positions.open()
            ]
        for stale, instrument in found:
            ends = self._sessions.expiry_end(instrument) if instrument else None
            if instrument is not None and ends is not None and ends <= now:
                self._expire_position(stale, instrument)

    def _expire_position(self, stale: PositionRecord, instrument: Instrument) -> None:
        with self._engine.lock, self._engine.books() as clearing:
            position = clearing.positions.get(stale.account_id, stale.exchange, stale.symbol, stale.product)
            if position is None or position.quantity == 0:
                return
            price = self._settlement_price(position, instrument, clearing)
            for order in clearing.working_of(position):
                self._engine.end(clearing, order, "cancelled", "Contract expired")
                self._engine.forget(order)
            position = clearing.positions.get(stale.account_id, stale.exchange, stale.symbol, stale.product)
            if position is not None:
                settle_expired(clearing, position, instrument, price)

    def _settlement_price(self, position: PositionRecord, instrument: Instrument, clearing: Clearing) -> int:
        """The last traded price; for options also nothing, or what they are worth exercised, as the user chose."""
        market = self._engine.markets.get(position.broker, position.exchange, position.symbol)
        last = market.last if market is not None and market.last is not None else position.last_price
        if instrument.instrument_type.is_option:
            rule = clearing.options.option_expiry_settlement
            if rule == "zero":
                return 0
            if rule == "intrinsic":
                worth = self._intrinsic(position.broker, instrument)
                if worth is not None:
                    return worth
        if last is not None:
            return last
        return position.cost * 10_000 // (abs(position.quantity) * instrument.multiplier)

    def _intrinsic(self, broker: str, instrument: Instrument) -> int | None:
        """From the underlying's price if that is followed, None if nobody knows it."""
        if instrument.strike is None:
            return None
        spot = next(
            (
                market.last
                for exchange in UNDERLYING_EXCHANGES
                if (market := self._engine.markets.get(broker, exchange, instrument.name)) is not None
            ),
            None,
        )
        if spot is None:
            return None
        strike = to_micros(instrument.strike)
        gain = spot - strike if instrument.instrument_type is InstrumentType.CE else strike - spot
        return max(0, gain)

    def settle_lots(self) -> None:
        """Delivery purchases become holdings on their settlement day."""
        today = self._sessions.day_of(self._clock.now()).isoformat()
        with self._store.reading() as unit:
            if not Positions(unit).due_lots(today):
                return
        with self._engine.lock, self._engine.books() as clearing:
            for lot in clearing.positions.due_lots(today):
                account = clearing.accounts.get(lot.account_id)
                if account is not None:
                    instrument = instrument_of(clearing, account.broker, lot.exchange, lot.symbol)
                    settle_lot(clearing, lot, instrument)


def settle_lot(clearing: Clearing, lot: LotRecord, instrument: Instrument) -> None:
    """Bought shares arrive in the holdings; the money held for them is spent."""
    position = clearing.positions.get(lot.account_id, lot.exchange, lot.symbol, Product.CNC.value)
    if position is None:
        return
    holding = clearing.positions.holding(lot.account_id, lot.exchange, lot.symbol) or HoldingRecord(
        account_id=lot.account_id, broker=position.broker, exchange=lot.exchange, symbol=lot.symbol,
        quantity=0, cost=0, last_price=position.last_price, settled_on=lot.settles_on,
    )  # fmt: skip
    position.quantity -= lot.quantity
    position.cost -= lot.cost
    holding.quantity += lot.quantity
    holding.cost += lot.cost
    holding.settled_on = lot.settles_on
    clearing.positions.save_holding(holding)
    clearing.ledger(lot.account_id).settle(lot.cost, f"{lot.symbol} {lot.settles_on}")
    lot.quantity = lot.cost = 0
    clearing.positions.save_lot(lot)
    clearing.refresh_margin(position, instrument)


def settle_expired(clearing: Clearing, position: PositionRecord, instrument: Instrument, price: int) -> None:
    """Close a position of an expired contract at its settlement price, with the one arithmetic of every close."""
    value = traded_paise(abs(position.quantity), price, instrument.multiplier)
    _, realised = apply_fill(Net(position.quantity, position.cost), -position.quantity, value)
    clearing.ledger(position.account_id).realise(realised, f"expiry {position.symbol}")
    position.quantity = position.cost = 0
    position.realised += realised
    position.realised_total += realised
    position.last_price = price
    clearing.refresh_margin(position, instrument)
