"""Paper profit and loss in the words of our own screens. Amounts in rupees."""

from __future__ import annotations

from typing import Any

from database.sandbox.records import AccountRecord, DayRecord, EntryRecord
from domain.money import ZERO, from_paise
from domain.portfolio import Funds
from services.sandbox.ledger import Money
from services.sandbox.reports import Report
from services.wire.numbers import amount, funds_text
from utils.clock import from_epoch, ist_text


def _rupees(paise: int) -> float:
    return amount(from_paise(paise))


def funds_beyond(standing: tuple[AccountRecord | None, Money], funds: Funds) -> dict[str, Any]:
    """What paper funds show beyond the standard fields: amounts as text with two decimals.

    unpriced: positions that m2munrealized and totalpnl leave out for want of a price.
    """
    account, money = standing
    realised = from_paise(money.realised)
    return {
        "total_realized_pnl": funds_text(realised),
        "today_realized_pnl": funds_text(funds.m2m_realized),
        "grossexposure": funds_text(funds.utilised),
        "totalpnl": funds_text(realised + (funds.m2m_unrealized or ZERO)),
        "unpriced": funds.unpriced,
        "last_reset": ist_text(from_epoch(account.reset_ms / 1000)) if account and account.reset_ms else None,
        "reset_count": account.reset_count if account else 0,
    }


def day(row: DayRecord) -> dict[str, Any]:
    """One day."""
    return {
        "date": row.day,
        "realized_pnl": _rupees(row.realised),
        "charges": _rupees(row.charges),
        "positions_unrealized_pnl": _rupees(row.positions_unrealised),
        "holdings_unrealized_pnl": _rupees(row.holdings_unrealised),
        "total_mtm": _rupees(row.realised - row.charges + row.positions_unrealised + row.holdings_unrealised),
        "available_balance": _rupees(row.available),
        "used_margin": _rupees(row.blocked),
        "portfolio_value": _rupees(row.portfolio_value),
    }


def entry(row: EntryRecord) -> dict[str, Any]:
    """One movement of money."""
    return {
        "timestamp": ist_text(from_epoch(row.at_ms / 1000)),
        "kind": row.kind,
        "source": row.source,
        "target": row.target,
        "amount": _rupees(row.paise),
        "reference": row.reference,
    }


def report(row: Report) -> dict[str, Any]:
    """The whole page."""
    money, account = row.money, row.account
    return {
        "funds": {
            "capital": _rupees(money.capital),
            "available": _rupees(money.cash),
            "blocked": _rupees(money.blocked),
            "holdings_cost": _rupees(money.holdings),
            "realized_pnl": _rupees(money.realised),
            "charges": _rupees(money.charges),
        },
        "last_reset": ist_text(from_epoch(account.reset_ms / 1000)) if account and account.reset_ms else None,
        "reset_count": account.reset_count if account else 0,
        "days": [day(item) for item in row.days],
        "entries": [entry(item) for item in row.entries],
    }
