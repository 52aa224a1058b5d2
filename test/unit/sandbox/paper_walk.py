"""A random walk over the clearing of paper accounts with its rows in memory: every rupee must stay accounted for."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from paper_desk import ACME, BROKER, CRUDE, NIFTY_CE, NIFTY_FUT, USDINR, instrument

from database.sandbox.records import (
    AccountRecord,
    EntryRecord,
    HoldingRecord,
    LotRecord,
    OrderRecord,
    PositionRecord,
    TradeRecord,
)
from domain.errors import Refused
from domain.instruments import Instrument
from services.market.calendar import Calendar
from services.sandbox.clearing import Clearing
from services.sandbox.duties.settlement import settle_expired, settle_lot
from services.sandbox.options import PaperOptions
from services.sandbox.sessions import Sessions
from utils.clock import IST, epoch_ms

ITEMS = (ACME, instrument("BETA"), NIFTY_FUT, NIFTY_CE, USDINR, CRUDE)
PRODUCTS = {"NSE": ("MIS", "CNC"), "NFO": ("MIS", "NRML"), "CDS": ("MIS", "NRML"), "MCX": ("MIS", "NRML")}


class Rows:
    """Orders, accounts and positions at once, as dictionaries with the repositories' methods."""

    def __init__(self) -> None:
        self.accounts: dict[int, AccountRecord] = {}
        self.sums: dict[int, dict[str, int]] = {}
        self.live: dict[tuple[int, str, str, str], dict[str, OrderRecord]] = {}
        self.held: dict[tuple[int, str, str, str], PositionRecord] = {}
        self.bought: dict[tuple[int, str, str], dict[str, LotRecord]] = {}
        self.kept: dict[tuple[int, str, str], HoldingRecord] = {}
        self.entries = 0
        self.trades = 0

    def post(self, entry: EntryRecord) -> None:
        assert entry.paise > 0
        sums = self.sums.setdefault(entry.account_id, {})
        sums[entry.source] = sums.get(entry.source, 0) - entry.paise
        sums[entry.target] = sums.get(entry.target, 0) + entry.paise
        self.entries += 1

    def balances(self, account_id: int) -> dict[str, int]:
        return self.sums.get(account_id, {})

    def add_trade(self, trade: TradeRecord) -> None:
        self.trades += 1

    def sold_for_delivery(self, *_key: Any) -> bool:
        return False

    def working_of(
        self, account_id: int, exchange: str, symbol: str, product: str | None = None
    ) -> list[OrderRecord]:
        return list(self.live.get((account_id, exchange, symbol, product or ""), {}).values())

    def lots(self, account_id: int, exchange: str, symbol: str) -> list[LotRecord]:
        found = self.bought.get((account_id, exchange, symbol), {})
        return [found[day] for day in sorted(found)]

    def save_lot(self, lot: LotRecord) -> None:
        found = self.bought.setdefault((lot.account_id, lot.exchange, lot.symbol), {})
        if lot.quantity:
            found[lot.settles_on] = lot
        else:
            found.pop(lot.settles_on, None)

    def holding(self, account_id: int, exchange: str, symbol: str) -> HoldingRecord | None:
        return self.kept.get((account_id, exchange, symbol))

    def save_holding(self, holding: HoldingRecord) -> None:
        key = (holding.account_id, holding.exchange, holding.symbol)
        if holding.quantity:
            self.kept[key] = holding
        else:
            self.kept.pop(key, None)

    def get(self, *key: Any) -> Any:
        return self.held.get(key) if len(key) == 4 else self.accounts.get(key[0])

    def add(self, account: AccountRecord) -> None:
        self.accounts[account.account_id] = account

    def save(self, position: PositionRecord) -> None:
        key = (position.account_id, position.exchange, position.symbol, position.product)
        self.held[key] = position


class MemoryClearing(Clearing):
    """The product's clearing over rows in memory."""

    def __init__(self, rows: Rows, options: PaperOptions, sessions: Sessions, now: dt.datetime) -> None:
        self.orders = self.accounts = self.positions = rows  # type: ignore[assignment]
        self.options, self.sessions, self.now, self.at_ms = options, sessions, now, epoch_ms(now)
        self._seen = {}


class Walk:
    """Seeded; `step` does one operation and checks the account it touched."""

    def __init__(self, seed: int, accounts: int = 8) -> None:
        self.random = random.Random(seed)
        self.rows = Rows()
        self.options = PaperOptions(charges=True)
        self.sessions = Sessions(Calendar(), dt.time(3, 30), lambda _broker: True)
        self.now = dt.datetime(2026, 11, 30, 10, 0, tzinfo=IST)
        self.count = accounts
        self.numbers = 0
        self.steps: tuple[tuple[int, Callable[[Clearing, int, Instrument, str], None]], ...] = (
            (8, self.place), (8, self.fill), (3, self.cancel), (2, self.settle), (1, self.expire),
        )  # fmt: skip
        self.done = 0

    def step(self) -> None:
        """One random operation."""
        roll = self.random
        clearing = MemoryClearing(self.rows, self.options, self.sessions, self.now)
        account, item = roll.randrange(self.count), roll.choice(ITEMS)
        product = roll.choice(PRODUCTS[item.exchange.value])
        clearing.open_account(account, BROKER)
        weights = [weight for weight, _ in self.steps]
        roll.choices(self.steps, weights)[0][1](clearing, account, item, product)
        if roll.random() < 0.0005:
            self.reset(clearing, account)
        if roll.random() < 0.001:
            self.now += dt.timedelta(hours=roll.randrange(1, 30))
        self.done += 1
        self.check(clearing, account)
        if self.done % 10_000 == 0:
            self.audit()

    def place(self, clearing: Clearing, account: int, item: Instrument, product: str) -> None:
        self.numbers += 1
        price = self.random.randrange(1, 400) * int(item.tick_size * 1_000_000) * 20
        order = OrderRecord(
            sequence=self.numbers, order_id=f"P{self.numbers}", tag=None, account_id=account, broker=BROKER,
            exchange=item.exchange.value, symbol=item.symbol, side=self.random.choice(("BUY", "SELL")),
            product=product, quantity=item.lot_size * self.random.randrange(1, 8), price_type="LIMIT",
            price=price, reserve_price=price, expires_ms=0, placed_ms=0, updated_ms=0,
        )  # fmt: skip
        live = self._live(account, item, product)
        if len(live) > 6:
            return
        try:
            clearing.check_cover(order, item)
        except Refused:
            return
        live[order.order_id] = order
        clearing.refresh_margin(clearing.position_of(order), item)

    def fill(self, clearing: Clearing, account: int, item: Instrument, product: str) -> None:
        """A part or all of a resting order, at its limit or better."""
        live = self._live(account, item, product)
        if not live:
            return
        order = self.random.choice(list(live.values()))
        quantity = self.random.randrange(1, order.pending + 1)
        better = int(order.reserve_price * self.random.random() * 0.02)
        price = order.reserve_price - better if order.side == "BUY" else order.reserve_price + better
        position = clearing.position_of(order)
        clearing.book(order, position, item, quantity, price, f"T{self.rows.trades}")
        if order.pending == 0:
            order.status = "complete"
            del live[order.order_id]
        clearing.refresh_margin(position, item)

    def cancel(self, clearing: Clearing, account: int, item: Instrument, product: str) -> None:
        live = self._live(account, item, product)
        if live:
            order = live.pop(self.random.choice(list(live)))
            clearing.refresh_margin(clearing.position_of(order), item)

    def settle(self, clearing: Clearing, account: int, item: Instrument, product: str) -> None:
        """Every lot of the share arrives."""
        for lot in self.rows.lots(account, item.exchange.value, item.symbol):
            settle_lot(clearing, lot, item)

    def expire(self, clearing: Clearing, account: int, item: Instrument, product: str) -> None:
        """A derivative position is settled at some price, its orders end."""
        position = self.rows.held.get((account, item.exchange.value, item.symbol, product))
        if position is None or product == "CNC" or position.quantity == 0:
            return
        self._live(account, item, product).clear()
        settle_expired(clearing, position, item, self.random.randrange(0, 500_000_000))

    def reset(self, clearing: Clearing, account: int) -> None:
        for table in (self.rows.live, self.rows.held, self.rows.bought, self.rows.kept):
            for key in [key for key in table if key[0] == account]:  # type: ignore[attr-defined]
                del table[key]  # type: ignore[attr-defined]
        clearing.ledger(account).reset(1_00_00_000_00)

    def _live(self, account: int, item: Instrument, product: str) -> dict[str, OrderRecord]:
        return self.rows.live.setdefault((account, item.exchange.value, item.symbol, product), {})

    def check(self, clearing: Clearing, account: int) -> None:
        """Sums are zero and the funds identity holds, after every operation."""
        assert sum(self.rows.balances(account).values()) == 0
        assert clearing.ledger(account).money().is_balanced

    def audit(self) -> None:
        """Blocked money is what positions hold, holdings are what they cost, lots are what CNC positions are."""
        for account in range(self.count):
            sums = self.rows.balances(account)
            mine = [row for key, row in self.rows.held.items() if key[0] == account]
            assert sums.get("blocked", 0) == sum(row.margin for row in mine)
            assert sums.get("holdings", 0) == sum(
                row.cost for key, row in self.rows.kept.items() if key[0] == account
            )
            for position in (row for row in mine if row.product == "CNC"):
                lots = self.rows.lots(account, position.exchange, position.symbol)
                assert position.quantity == sum(lot.quantity for lot in lots) >= 0
                assert position.cost == sum(lot.cost for lot in lots)
            for position in mine:
                assert (position.cost == 0) or position.quantity != 0
