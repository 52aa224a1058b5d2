"""Double entry: every rupee moves between two named accounts of one paper account, so its sums are always zero.

capital is where money comes from and goes to (its balance is negative), realised is what trading earned (negative when
earned), cash is free, blocked is held for orders and positions, holdings are settled shares at cost, charges are paid.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from database.sandbox.records import EntryRecord

CAPITAL, CASH, BLOCKED, HOLDINGS, REALISED, CHARGES = (
    "capital", "cash", "blocked", "holdings", "realised", "charges",
)  # fmt: skip
NAMES = (CAPITAL, CASH, BLOCKED, HOLDINGS, REALISED, CHARGES)


class LedgerRows(Protocol):
    """Where entries go."""

    def post(self, entry: EntryRecord) -> None:
        """Move money."""

    def balances(self, account_id: int) -> dict[str, int]:
        """Paise by ledger account; absent ones are zero."""


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Balances of a paper account, paise. `capital` and `realised` as the trader sees them (positive is his)."""

    capital: int
    cash: int
    blocked: int
    holdings: int
    realised: int
    charges: int

    @property
    def is_balanced(self) -> bool:
        """The funds identity: cash + blocked + cost of holdings = capital + realised - charges."""
        return self.cash + self.blocked + self.holdings == self.capital + self.realised - self.charges


class Ledger:
    """The movements that exist; each is one entry. Amounts in paise, signed where both directions exist."""

    def __init__(self, rows: LedgerRows, account_id: int, at_ms: int) -> None:
        self._rows = rows
        self._account_id = account_id
        self._at_ms = at_ms

    def money(self) -> Money:
        """The balances now."""
        found = self._rows.balances(self._account_id)
        return Money(
            capital=-found.get(CAPITAL, 0), cash=found.get(CASH, 0), blocked=found.get(BLOCKED, 0),
            holdings=found.get(HOLDINGS, 0), realised=-found.get(REALISED, 0), charges=found.get(CHARGES, 0),
        )  # fmt: skip

    def fund(self, paise: int, reference: str = "") -> None:
        """Capital in (positive) or out."""
        self._move("capital", CAPITAL, CASH, paise, reference)

    def block(self, paise: int, reference: str) -> None:
        """Hold cash back (positive) or free it."""
        self._move("margin", CASH, BLOCKED, paise, reference)

    def realise(self, paise: int, reference: str) -> None:
        """Profit (positive) or loss of a closed quantity."""
        self._move("realised", REALISED, CASH, paise, reference)

    def charge(self, paise: int, reference: str) -> None:
        """Charges of a trade."""
        self._move("charges", CASH, CHARGES, paise, reference)

    def settle(self, cost: int, reference: str) -> None:
        """Bought shares arrive: their cost becomes stock."""
        self._move("settlement", CASH, HOLDINGS, cost, reference)

    def deliver(self, cost: int, reference: str) -> None:
        """Held shares are sold: their cost becomes cash again."""
        self._move("delivery", HOLDINGS, CASH, cost, reference)

    def reset(self, capital: int) -> None:
        """Back to the opening capital, whatever happened before."""
        money = self.money()
        self._move("reset", BLOCKED, CASH, money.blocked, "reset")
        self._move("reset", HOLDINGS, CASH, money.holdings, "reset")
        self._move("reset", CHARGES, CASH, money.charges, "reset")
        self._move("reset", CASH, REALISED, money.realised, "reset")
        self._move("reset", CAPITAL, CASH, capital - money.capital, "reset")

    def _move(self, kind: str, source: str, target: str, paise: int, reference: str) -> None:
        if paise == 0:
            return
        if paise < 0:
            source, target, paise = target, source, -paise
        self._rows.post(
            EntryRecord(
                account_id=self._account_id, at_ms=self._at_ms, kind=kind, source=source, target=target,
                paise=paise, reference=reference[:80],
            )
        )  # fmt: skip
