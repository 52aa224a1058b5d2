"""Paper profit and loss for screens: days, today so far, open positions, holdings and the latest movements of money."""

from __future__ import annotations

import msgspec

from database.sandbox.money import Accounts
from database.sandbox.records import AccountRecord, DayRecord, EntryRecord
from database.stores import Store
from domain.money import to_paise
from services.sandbox.clearing import Clearing
from services.sandbox.duties.days import Days
from services.sandbox.engine import Engine
from services.sandbox.ledger import Ledger, Money
from services.sandbox.sessions import Sessions
from utils.clock import Clock

ENTRIES = 200


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """days: newest first, today's unfinished figures in front. entries: latest first."""

    account: AccountRecord | None
    money: Money
    days: list[DayRecord]
    entries: list[EntryRecord]


class Reports:
    """Reads of one account."""

    def __init__(self, store: Store, engine: Engine, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._sessions = sessions
        self._clock = clock
        self._days = Days(store, engine, sessions, clock)

    def show(self, account_id: int) -> Report:
        """The account's profit and loss; before its first order the opening capital and nothing else."""
        now = self._clock.now()
        with self._store.reading() as unit:
            accounts = Accounts(unit)
            account = accounts.get(account_id)
            money = Ledger(accounts, account_id, 0).money() if account is not None else self._opening()
            days = accounts.days(account_id)
            if account is not None:
                clearing = Clearing(unit, self._engine.options(), self._sessions, now)
                today = self._days.figures(clearing, account_id, self._sessions.day_of(now))
                days = [today, *(row for row in days if row.day != today.day)]
            return Report(
                account=account, money=money, days=days, entries=accounts.entries(account_id, ENTRIES)
            )

    def _opening(self) -> Money:
        """What the account will open with."""
        capital = to_paise(self._engine.options().starting_capital)
        return Money(capital=capital, cash=capital, blocked=0, holdings=0, realised=0, charges=0)

    def standing(self, account_id: int) -> tuple[AccountRecord | None, Money]:
        """The account and its balances; None before its first order."""
        with self._store.reading() as unit:
            accounts = Accounts(unit)
            return accounts.get(account_id), Ledger(accounts, account_id, 0).money()

    def audit(self, account_id: int) -> list[str]:
        """What does not add up, in words; an empty list is a clean book. Nothing is ever put right silently."""
        with self._store.reading() as unit:
            clearing = Clearing(unit, self._engine.options(), self._sessions, self._clock.now())
            balances, summed = clearing.accounts.balances(account_id), clearing.accounts.summed(account_id)
            money = clearing.ledger(account_id).money()
            blocked = sum(row.margin for row in clearing.positions.of_account(account_id))
            blocked += sum(clearing.gtt_holds.of_account(account_id).values())
            cost = sum(row.cost for row in clearing.positions.holdings(account_id))
        checks = {
            "the sum of all ledger accounts is not zero": sum(balances.values()) == 0,
            "the entries do not add up to the balances": {k: v for k, v in summed.items() if v}
            == {k: v for k, v in balances.items() if v},
            "the funds identity does not hold": money.is_balanced,
            "blocked money is not what positions, orders and GTTs hold": money.blocked == blocked,
            "the cost of holdings is not what their ledger account holds": money.holdings == cost,
        }
        return [text for text, holds in checks.items() if not holds]
