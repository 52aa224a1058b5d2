"""A paper room over a real store, with a clock, a calendar and a market that tests move by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from database.stores import Stores
from domain.errors import Unavailable
from domain.feed import MarketData
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.market import Depth, DepthLevel, Mode, Quote
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, PlaceOrder, PriceType, Product, Side
from services.market.calendar import Calendar
from services.sandbox.room import Sandbox, SandboxParts
from utils.clock import IST, ManualClock
from utils.ids import SystemIds

BROKER, ACCOUNT = "acme", 1
MONDAY_TEN = dt.datetime(2026, 11, 30, 10, 0, tzinfo=IST)


def instrument(symbol: str, **changes: Any) -> Instrument:
    """An NSE share unless changed."""
    facts: dict[str, Any] = {
        "symbol": symbol, "exchange": Exchange.NSE, "broker_symbol": symbol, "broker_exchange": "NSE", "token": symbol,
        "name": symbol, "instrument_type": InstrumentType.EQ, "lot_size": 1, "tick_size": Decimal("0.05"),
    }  # fmt: skip
    return Instrument(**(facts | changes))


ACME = instrument("ACME")
NIFTY_FUT = instrument(
    "NIFTY29DEC26FUT", exchange=Exchange.NFO, instrument_type=InstrumentType.FUT, lot_size=75, name="NIFTY",
    expiry=dt.date(2026, 12, 29),
)  # fmt: skip
NIFTY_CE = instrument(
    "NIFTY29DEC2626500CE", exchange=Exchange.NFO, instrument_type=InstrumentType.CE, lot_size=75, name="NIFTY",
    expiry=dt.date(2026, 12, 29), strike=Decimal(26500),
)  # fmt: skip
USDINR = instrument(
    "USDINR29DEC26FUT", exchange=Exchange.CDS, instrument_type=InstrumentType.FUT, multiplier=1000, name="USDINR",
    expiry=dt.date(2026, 12, 29), tick_size=Decimal("0.0025"),
)  # fmt: skip
CRUDE = instrument(
    "CRUDEOIL21DEC26FUT", exchange=Exchange.MCX, instrument_type=InstrumentType.FUT, lot_size=1, multiplier=100,
    name="CRUDEOIL", expiry=dt.date(2026, 12, 21), tick_size=Decimal(1),
)  # fmt: skip


class Demand:
    def __init__(self, watched: list[InstrumentKey], keys: list[InstrumentKey]) -> None:
        self._watched, self._keys = watched, keys

    def close(self) -> None:
        for key in self._keys:
            self._watched.remove(key)
        self._keys = []


class Tape:
    """A feed that ticks when told to, and a snapshot source that can be silent."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.watched: list[InstrumentKey] = []
        self.depths: dict[InstrumentKey, Depth] = {}
        self.asked = 0
        self.asked_by: list[int] = []
        self.mute: set[int] = set()  # accounts whose session is gone
        self.handler: Any = None

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode = Mode.QUOTE) -> Demand:
        wanted = list(keys)
        self.watched += wanted
        return Demand(self.watched, wanted)

    def on_tick(self, handler: Any) -> None:
        self.handler = handler

    def snapshot(self, account_id: int, broker: str, item: Instrument) -> Depth:
        self.asked += 1
        self.asked_by.append(account_id)
        if account_id in self.mute or item.key not in self.depths:
            raise Unavailable("silent")
        return self.depths[item.key]


class Desk:
    """The paper desk as tests talk to it."""

    def __init__(self, stores: Stores, clock: ManualClock, folder: Path) -> None:
        self.stores, self.clock, self.folder = stores, clock, folder
        self.tape = Tape(clock)
        self.ids = SystemIds()
        self.updates: list[OrderRow] = []
        self.open()

    def open(self) -> None:
        """(Re)start the room on the same store."""
        self.room = Sandbox(
            SandboxParts(
                store=self.stores.sandbox, feed=self.tape, snapshot=self.tape.snapshot, calendar=Calendar(),
                boundary=dt.time(3, 30), is_practice=lambda _broker: False, clock=self.clock, ids=self.ids,
            )
        )  # fmt: skip
        self.room.on_order = lambda _account, _broker, row: self.updates.append(row)
        self.room.engine.load()
        self.room.rounds.run()
        self.desk = self.room.desk

    def tick(
        self, item: Instrument, last: float, *, bids: Any = None, asks: Any = None,
        circuits: tuple[float, float] | None = None,
    ) -> None:  # fmt: skip
        """Prices of a symbol; levels are (price, quantity). None assumes a deep book a tick around the last price."""
        tick = float(item.tick_size)
        levels = [
            tuple(DepthLevel(price, quantity) for price, quantity in side)
            for side in (
                [(last - tick, 10**6)] if bids is None else bids,
                [(last + tick, 10**6)] if asks is None else asks,
            )
        ]
        lower, upper = circuits or (None, None)
        quote = Quote(ltp=last, lower_circuit=lower, upper_circuit=upper)
        self.tape.depths[item.key] = Depth(quote=quote, bids=levels[0], asks=levels[1])
        self.room.engine.on_tick(
            BROKER,
            MarketData(
                exchange=item.exchange.value, symbol=item.symbol, mode=3, ltp=last, received_at_ms=0,
                bids=levels[0], asks=levels[1], lower_circuit=lower, upper_circuit=upper,
            ),
        )  # fmt: skip

    def terms(self, item: Instrument, side: str, quantity: int, **changes: Any) -> OrderTerms:
        kind = PriceType(changes.pop("kind", "MARKET"))
        product = Product(changes.pop("product", "MIS"))
        prices = {name: Decimal(str(changes[name])) for name in ("price", "trigger_price") if name in changes}
        return OrderTerms(
            symbol=item.symbol, exchange=item.exchange, side=Side(side), quantity=quantity, price_type=kind,
            product=product, **prices,
        )  # fmt: skip

    def place(
        self, item: Instrument, side: str, quantity: int, *, account: int = ACCOUNT, tag: str | None = None,
        **changes: Any,
    ) -> str:  # fmt: skip
        command = PlaceOrder(
            terms=self.terms(item, side, quantity, **changes),
            instrument=item,
            tag=tag or self.ids.order_tag(),
        )
        return self.desk.place(account, BROKER, command)

    def modify(self, order_id: str, item: Instrument, side: str, quantity: int, **changes: Any) -> str:
        command = ModifyOrder(
            order_id=order_id, terms=self.terms(item, side, quantity, **changes), instrument=item,
            row=self.row(order_id),
        )  # fmt: skip
        return self.desk.modify(ACCOUNT, BROKER, command)

    def cancel(self, order_id: str) -> str:
        return self.desk.cancel(ACCOUNT, BROKER, CancelOrder(order_id=order_id, row=self.row(order_id)))

    def row(self, order_id: str) -> OrderRow:
        row = self.room.by_id(ACCOUNT, order_id)
        assert row is not None
        return row

    def position(self, item: Instrument, product: str = "MIS") -> int:
        rows = self.desk.positions(ACCOUNT, BROKER)
        return sum(row.quantity for row in rows if row.symbol == item.symbol and row.product == product)

    def holding(self, item: Instrument) -> int:
        return sum(row.quantity for row in self.desk.holdings(ACCOUNT, BROKER) if row.symbol == item.symbol)

    def money(self) -> Any:
        return self.room.reports.show(ACCOUNT).money

    def at(self, text: str) -> None:
        """Let it be an Indian date and time, with a round when it comes."""
        self.clock.advance(60)
        self.clock.jump(dt.datetime.fromisoformat(text).replace(tzinfo=IST))
        self.room.rounds.run()

    def audit(self) -> list[str]:
        return self.room.reports.audit(ACCOUNT)
