"""The days of paper accounts: figures at the session boundary, resets, and what a change of settings does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from database.sandbox.money import Accounts, Positions
from database.sandbox.orders import Orders
from database.sandbox.records import AccountRecord, DayRecord, OrderRecord, PositionRecord
from database.stores import Store
from domain.calendar import INDIA, india_instant
from domain.money import to_paise
from services.sandbox.clearing import Clearing
from services.sandbox.engine import Engine
from services.sandbox.intake import instrument_of
from services.sandbox.options import PaperOptions
from services.sandbox.sessions import Sessions
from services.sandbox.views import unrealised
from utils.clock import Clock, epoch_ms

LONGEST_CATCH_UP = 400
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Days:
    """Everything that happens to an account as a whole."""

    def __init__(self, store: Store, engine: Engine, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._sessions = sessions
        self._clock = clock
        # Called with the account before its reset: what others keep for it, such as triggers, ends first.
        self.on_reset: Callable[[int], None] = lambda _account_id: None

    def turn_days(self) -> None:
        """At the session boundary a day's figures are kept and the next day begins with nothing realised."""
        today = self._sessions.day_of(self._clock.now())
        with self._store.reading() as unit:
            stale = [row for row in Accounts(unit).all() if row.day < today.isoformat()]
        for account in stale:
            with self._engine.lock, self._engine.books() as clearing:
                self._turn(clearing, account, today)

    def _turn(self, clearing: Clearing, account: AccountRecord, today: dt.date) -> None:
        day = dt.date.fromisoformat(account.day)
        for _ in range(LONGEST_CATCH_UP):
            if day >= today:
                break
            if self._sessions.is_trading_day(day) or day.isoformat() == account.day:
                clearing.accounts.add_day(self.figures(clearing, account.account_id, day))
            day += dt.timedelta(days=1)
        account.day = today.isoformat()
        clearing.accounts.save(account)
        clearing.positions.start_day(account.account_id)

    def figures(self, clearing: Clearing, account_id: int, day: dt.date) -> DayRecord:
        """A day's figures: what the ledger moved within it, and what open positions and holdings are worth."""
        since = epoch_ms(self._sessions.begin(day))
        until = epoch_ms(self._sessions.begin(day + dt.timedelta(days=1)))
        money = clearing.ledger(account_id).money()
        moved = clearing.accounts.moved
        positions = sum(
            self._open_profit(clearing, row)
            for row in clearing.positions.of_account(account_id)
            if row.quantity
        )
        holdings = sum(
            unrealised(row.quantity, row.cost, self._last(row.broker, row.exchange, row.symbol, row.last_price), 1)
            or 0
            for row in clearing.positions.holdings(account_id)
        )  # fmt: skip
        return DayRecord(
            account_id=account_id, day=day.isoformat(),
            realised=-moved(account_id, "realised", ("realised",), since, until),
            charges=moved(account_id, "charges", ("charges",), since, until),
            positions_unrealised=positions, holdings_unrealised=holdings, available=money.cash,
            blocked=money.blocked,
            portfolio_value=money.cash + money.blocked + money.holdings + positions + holdings,
        )  # fmt: skip

    def _open_profit(self, clearing: Clearing, row: PositionRecord) -> int:
        instrument = clearing.orders.instrument(row.broker, row.exchange, row.symbol)
        last = self._last(row.broker, row.exchange, row.symbol, row.last_price)
        return unrealised(row.quantity, row.cost, last, instrument.multiplier if instrument else 1) or 0

    def _last(self, broker: str, exchange: str, symbol: str, stored: int | None) -> int | None:
        market = self._engine.markets.get(broker, exchange, symbol)
        return market.last if market is not None and market.last is not None else stored

    def reset_due(self) -> None:
        """The weekly reset, also when its hour passed while nobody was there."""
        options = self._engine.options()
        if options.reset_day == "Never":
            return
        now = self._clock.now()
        at = dt.time.fromisoformat(options.reset_time)
        today = now.astimezone(INDIA).date()
        back = (today.weekday() - WEEKDAYS.index(options.reset_day)) % 7
        due = india_instant(today - dt.timedelta(days=back), at.hour * 60 + at.minute)
        if due > now:
            due -= dt.timedelta(days=7)
        with self._store.reading() as unit:
            accounts = [
                row for row in Accounts(unit).all() if max(row.opened_ms, row.reset_ms) < epoch_ms(due)
            ]
        for account in accounts:
            self.reset(account.account_id)

    def open_accounts(self) -> set[int]:
        """Accounts with working orders or open positions."""
        with self._store.reading() as unit:
            working = {row.account_id for row in Orders(unit).working()}
            return working | {row.account_id for row in Positions(unit).open()}

    def close_account(self, account_id: int, reason: str) -> int:
        """Empty the books of an account that is gone; how many orders and positions that ended."""
        with self._store.reading() as unit:
            orders = [row for row in Orders(unit).working() if row.account_id == account_id]
            positions = [row for row in Positions(unit).open() if row.account_id == account_id]
        self.reset(account_id, reason)
        return len(orders) + len(positions)

    def reset(self, account_id: int, reason: str = "Account reset") -> None:
        """The one reset: orders end, positions and holdings go, the ledger returns to the opening capital."""
        self.on_reset(account_id)
        ended: list[OrderRecord] = []
        with self._engine.lock:
            with self._engine.books() as clearing:
                account = clearing.accounts.get(account_id)
                if account is None:
                    return
                ended = [row for row in clearing.orders.working() if row.account_id == account_id]
                for order in ended:
                    order.status, order.reason, order.updated_ms = (
                        "cancelled",
                        reason,
                        clearing.at_ms,
                    )
                    clearing.orders.save(order)
                clearing.positions.clear(account_id)
                clearing.gtt_holds.clear(account_id)
                clearing.ledger(account_id).reset(to_paise(clearing.options.starting_capital))
                account.reset_ms, account.reset_count = clearing.at_ms, account.reset_count + 1
                clearing.accounts.save(account)
            for order in ended:
                self._engine.forget(order)
        for order in ended:
            self._engine.changed(order)

    def options_changed(self, before: PaperOptions, after: PaperOptions) -> None:
        """New capital is paid in or out at once; new leverage counts for what is held already."""
        with self._engine.lock, self._engine.books() as clearing:
            rise = to_paise(after.starting_capital) - to_paise(before.starting_capital)
            for account in clearing.accounts.all():
                clearing.ledger(account.account_id).fund(rise, "capital changed")
                for row in clearing.positions.of_account(account.account_id):
                    position = clearing.position_at(row)
                    if position.margin or position.quantity:
                        instrument = instrument_of(
                            clearing, position.broker, position.exchange, position.symbol
                        )
                        clearing.refresh_margin(position, instrument)
