"""The Kite twin inside this process: the exchange's book, Kite's words, and what only a vendor can do to an order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from broker.core.http import Request
from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.instruments import Instrument, InstrumentKey
from domain.orders import OrderRow, OrderStatus
from test.sim.stage.machine import START, VendorClock
from test.twins.kit.faults import Faults
from test.twins.kit.http_server import Answer
from test.twins.kit.http_server import Request as WireRequest
from test.twins.kit.market import Market
from test.twins.kite.listing import KiteListing
from test.twins.kite.orders import KiteOrders
from test.twins.kite.rest import KiteRest
from test.twins.kite.sessions import Sessions
from utils.clock import ManualClock
from utils.ids import SeededIds

# Customers of the vendor, each with an application (key, secret) of its own.
USERS = ("AB1234", "CD5678", "EF9012")
APPS = (("simkey", "simsecret"), ("otherkey", "othersecret"), ("secondkey", "secondsecret"))
USER = USERS[0]
SYMBOLS = ("RELIANCE", "SBIN", "INFY", "TCS")
Push = Callable[[int, str], None]


class Ground:
    """What every world shares: prices are a pure function, and the day's instruments do not change."""

    def __init__(self) -> None:
        self.prices = Prices(1)
        self.universe = Universe(self.prices, 1)
        self.listing = KiteListing(self.universe, ManualClock(START))
        self.instruments = [self._named(symbol) for symbol in SYMBOLS]

    def _named(self, symbol: str) -> Instrument:
        listed = self.listing.by_name("NSE", symbol)
        row = listed.instrument
        return Instrument(
            symbol=row.symbol, exchange=row.exchange, broker_symbol=listed.tradingsymbol,
            broker_exchange=listed.exchange, token=str(listed.token), name=row.name,
            instrument_type=row.instrument_type, lot_size=row.lot_size, tick_size=row.tick_size,
            freeze_qty=row.freeze_qty, multiplier=row.multiplier,
        )  # fmt: skip


@cache
def ground() -> Ground:
    """The one of this process."""
    return Ground()


class Lookup:
    """The contract master: a plug-in's view and the router's."""

    def __init__(self, instruments: list[Instrument]) -> None:
        self._by_key = {row.key: row for row in instruments}
        self._by_name = {(row.broker_exchange, row.broker_symbol): row for row in instruments}
        self._by_token = {(row.broker_exchange, row.token): row for row in instruments}

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        return self._by_key.get(key)

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self._by_token.get((broker_exchange, token))

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self._by_name.get((broker_exchange, broker_symbol))

    def resolve(self, broker: str, exchange: Any, symbol: str) -> Instrument:
        return self._by_key[InstrumentKey(exchange, symbol)]


class Remembered:
    """The exchange, which reads the day's orders from its file only after something in there has changed."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self._exchange = exchange
        # Account -> changes of the file at the last look, and what it held then.
        self._orders: dict[str, tuple[int, list[OrderRow]]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    def orders(self, account: str) -> list[OrderRow]:
        """See SimulatedExchange."""
        connection = self._exchange._database._connection
        self._exchange.advance()
        changes, rows = self._orders.get(account, (-1, []))
        if connection.total_changes != changes:
            rows = self._exchange.orders(account)
            self._orders[account] = connection.total_changes, rows
        return rows


class ShyOrders(KiteOrders):
    """An order book that may show an order late, and may keep no tags."""

    def __init__(self, exchange: SimulatedExchange, listing: Any, clock: VendorClock) -> None:
        super().__init__(Remembered(exchange), listing)
        self._kept: dict[str, tuple[OrderRow, dict[str, Any], dict[str, Any]]] = {}
        self._clock = clock
        self.hidden_until: dict[str, float] = {}
        self.keeps_tags = True

    def row(self, row: OrderRow, user: str) -> dict[str, Any]:
        """See KiteOrders; made anew only for an order that has changed."""
        extras = self._extras.get(row.order_id, {})
        kept = self._kept.get(row.order_id)
        if kept is None or kept[0] != row or kept[1] != extras:
            kept = self._kept[row.order_id] = row, dict(extras), super().row(row, user)
        return kept[2]

    def rows(self, user: str) -> list[dict[str, Any]]:
        now = self._clock.monotonic()
        return [
            self.shown(row)
            for row in super().rows(user)
            if self.hidden_until.get(row["order_id"], 0.0) <= now
        ]

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as outsiders see it."""
        return row if self.keeps_tags else {**row, "tag": None}


class Vendor:
    """One Kite. `on_push` hears every order message that the ticker would send to the n-th customer."""

    def __init__(
        self, clock: VendorClock, folder: Path, seed: int, on_push: Push, customers: Sequence[int] = (0,)
    ) -> None:  # fmt: skip
        self.clock = clock
        self.users = [USERS[number] for number in customers]
        self.net: dict[tuple[str, str, str], list[tuple[float, int]]] = {}
        self._filled: dict[str, int] = {}
        self.market: Any = object.__new__(Market)
        shared = ground()
        self.exchange = SimulatedExchange(
            shared.universe, shared.prices, clock, SeededIds(seed), folder / "exchange.db",
            unique_tags=False, evaluate_seconds=None,
        )  # fmt: skip
        self.market.clock, self.market.prices, self.market.universe = clock, shared.prices, shared.universe
        self.market.listing, self.market.exchange = shared.listing, self.exchange
        self.sessions = Sessions(
            {APPS[number][0]: (APPS[number][1], USERS[number]) for number in customers},
            clock,
            folder / "tokens.json",
        )
        self.rest = KiteRest(self.market, self.sessions, Faults(), "http://127.0.0.1/callback")
        self.orders = ShyOrders(self.exchange, shared.listing, clock)
        self.rest.orders = self.rest.calls.orders = self.orders
        self._on_push = on_push
        for number in customers:
            self.exchange.listen(USERS[number], lambda update, number=number: self._changed(number, update))

    def answer(self, request: Request) -> Answer:
        """What Kite answers to these bytes."""
        url = urlsplit(request.url)
        query = parse_qs(url.query, keep_blank_values=True)
        for name, value in request.params:
            query.setdefault(name, []).append(value)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return self.rest.answer(
            WireRequest(request.method, unquote(url.path), query, headers, request.body or b"")
        )

    def request_token(self, customer: int = 0) -> str:
        """What the login page hands to the browser."""
        return str(self.sessions.code(APPS[customer][0]))

    def is_logged_in(self, customer: int) -> bool:
        """Whether the customer's last access token lives."""
        return APPS[customer][0] in self.sessions._tokens

    def kill_tokens(self) -> None:
        """Every access token dies."""
        self.sessions.kill_all()

    def reject(self, order_id: str, reason: str) -> bool:
        """The risk desk turns an accepted order down; whether it was still working."""
        user = next(user for user in self.users if order_id in self.rows_of(user))
        row = self.orders.find(user, order_id)
        if row.status is not OrderStatus.OPEN or row.filled_quantity:
            return False
        extras = self.orders._extras.setdefault(order_id, {})
        extras.update(
            status="REJECTED", status_message=reason, status_message_raw=reason, cancelled_quantity=0
        )
        self.exchange.cancel(user, order_id)
        return True

    def end_day(self) -> None:
        """What still works is cancelled, as after the close."""
        for user in self.users:
            for row in self.exchange.orders(user):
                if row.status.is_working:
                    self.exchange.cancel(user, row.order_id)

    def rows(self) -> dict[str, dict[str, Any]]:
        """The truth: every order of the day as Kite's book shows it, hidden ones included."""
        return {order_id: row for user in self.users for order_id, row in self.rows_of(user).items()}

    def rows_of(self, user: str) -> dict[str, dict[str, Any]]:
        """The same of one customer."""
        return {row["order_id"]: row for row in KiteOrders.rows(self.orders, user)}

    def positions(self, user: str = USER) -> dict[tuple[str, str], int]:
        """Net units by symbol and product."""
        found = self.exchange.positions(user)
        return {(row.symbol, str(row.product)): row.quantity for row in found if row.quantity}

    def price(self, symbol: str) -> Decimal:
        """The last price now."""
        contract = self.market.universe.resolve("NSE", symbol)
        return Decimal(str(self.exchange.quote(contract).ltp))

    def is_visible(self, order_id: str) -> bool:
        """Whether the order book shows the order now."""
        return self.orders.hidden_until.get(order_id, 0.0) <= self.clock.monotonic()

    def _changed(self, customer: int, update: Any) -> None:
        user = USERS[customer]
        self._count(user, update.row)
        data = self.orders.shown(self.orders.heard(update.row, user))
        more = {"user_id": user, "unfilled_quantity": data["pending_quantity"], "app_id": 1, "checksum": ""}
        self._on_push(customer, json.dumps({"type": "order", "data": {**data, **more}}))

    def _count(self, user: str, row: OrderRow) -> None:
        """Keep what the account held when: (seconds, net units) by user, symbol and product."""
        units = (row.filled_quantity or 0) - self._filled.get(row.order_id, 0)
        if units > 0:
            self._filled[row.order_id] = row.filled_quantity or 0
            past = self.net.setdefault((user, row.symbol, str(row.product)), [(0.0, 0)])
            past.append((self.clock.monotonic(), past[-1][1] + row.side.sign * units))

    def close(self) -> None:
        """End the exchange."""
        self.exchange.close()
