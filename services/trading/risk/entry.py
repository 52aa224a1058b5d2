"""Rules of an account before an entry: pure, versioned; a refusal names the rule, its limit and the value.

A rule that is on and lacks what it measures refuses: an unknown price, count or result never passes silently.
Orders that only reduce a position pass whatever the rules say; cancels are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

import msgspec

from domain.errors import NotAllowed
from services.trading.risk.exposure import UNKNOWN, Breach, Exposure
from services.trading.risk.limits import Limits
from services.trading.risk.rules import account, admission, pace, size

VERSION = 2
Test = Callable[[str, Limits, Exposure], Breach | None]


class Fact(Enum):
    """What must be asked of somebody before a rule can be weighed."""

    PRICE = "price"
    ORDERS = "orders"
    POSITIONS = "positions"
    TRADES = "trades"
    FUNDS = "funds"
    HISTORY = "history"  # the journal's count of the day


class Rule(msgspec.Struct, frozen=True):
    """One row of the table. `field`: the limit that switches it on; `changes`: asked of changed orders, too."""

    test: Test
    field: str
    needs: tuple[Fact, ...] = ()
    changes: bool = False


_MONEY = (Fact.PRICE, Fact.ORDERS)

RULES: Mapping[str, Rule] = {
    "exchanges": Rule(admission.exchanges, "exchanges"),
    "products": Rule(admission.products, "products"),
    "price_types": Rule(admission.price_types, "price_types", changes=True),
    "instrument_types": Rule(admission.instrument_types, "instrument_types"),
    "allowed_symbols": Rule(admission.allowed_symbols, "allowed_symbols"),
    "denied_symbols": Rule(admission.denied_symbols, "denied_symbols"),
    "no_market_exchanges": Rule(admission.no_market_exchanges, "no_market_exchanges", changes=True),
    "no_market_symbols": Rule(admission.no_market_symbols, "no_market_symbols", changes=True),
    "no_option_selling": Rule(admission.no_option_selling, "no_option_selling"),
    "no_short_selling": Rule(admission.no_short_selling, "no_short_selling"),
    "hours": Rule(admission.hours, "hours"),
    "last_entry_time": Rule(admission.last_entry_time, "last_entry_time"),
    "min_days_to_expiry": Rule(admission.min_days_to_expiry, "min_days_to_expiry"),
    "min_price": Rule(size.min_price, "min_price", (Fact.PRICE,), changes=True),
    "max_quantity": Rule(size.max_quantity, "max_quantity", changes=True),
    "max_lots": Rule(size.max_lots, "max_lots", changes=True),
    "max_symbol_quantity": Rule(size.max_symbol_quantities, "max_symbol_quantities", changes=True),
    "max_order_value": Rule(size.max_order_value, "max_order_value", (Fact.PRICE,), changes=True),
    "price_band": Rule(size.price_band, "price_band_percent", (Fact.PRICE,), changes=True),
    "max_daily_loss": Rule(account.max_daily_loss, "max_daily_loss", (Fact.POSITIONS,)),
    "daily_profit_target": Rule(account.daily_profit_target, "daily_profit_target", (Fact.POSITIONS,)),
    "max_strategy_loss": Rule(account.max_strategy_loss, "max_strategy_loss", (Fact.TRADES, Fact.POSITIONS)),
    "min_available_funds": Rule(account.min_available_funds, "min_available_funds", (Fact.FUNDS,)),
    "max_positions": Rule(account.max_positions, "max_positions", (Fact.ORDERS, Fact.POSITIONS)),
    "max_net_quantity": Rule(
        account.max_net_quantity, "max_net_quantity", (Fact.ORDERS, Fact.POSITIONS), changes=True
    ),
    "max_gross_exposure": Rule(
        account.max_gross_exposure, "max_gross_exposure", (*_MONEY, Fact.POSITIONS), changes=True
    ),
    "max_daily_turnover": Rule(
        account.max_daily_turnover, "max_daily_turnover", (*_MONEY, Fact.TRADES), changes=True
    ),
    "max_daily_orders": Rule(account.max_daily_orders, "max_daily_orders", (Fact.HISTORY,)),
    "max_open_orders": Rule(account.max_open_orders, "max_open_orders", (Fact.ORDERS,)),
    "max_symbol_orders": Rule(account.max_symbol_orders, "max_symbol_orders", (Fact.ORDERS,)),
    "duplicate": Rule(pace.duplicate, "duplicate_seconds"),
    "orders_per_second": Rule(pace.orders_per_second, "orders_per_second", changes=True),
    "orders_per_minute": Rule(pace.orders_per_minute, "orders_per_minute", changes=True),
}
# Broken now, kept a moment later: the order may wait for its turn.
PACE = frozenset({"orders_per_second", "orders_per_minute"})
# What depends on the moment of sending, which of an order that the broker holds for later is not known.
_MOMENT = PACE | {"price_band", "hours", "last_entry_time", "duplicate"}
# An empty list of what is barred bars nothing, while an empty list of what is allowed allows nothing.
_BARRING = frozenset({"denied_symbols", "no_market_exchanges", "no_market_symbols"})


def _is_on(field: str, value: object) -> bool:
    return value is not None and value is not False and not (field in _BARRING and not value)


class Ruleset:
    """Limits with the rules that they switch on, worked out once. `needs`: the facts that those rules ask for.

    changes: only what is asked of new terms of working orders; later: only what is asked of orders held for later.
    """

    def __init__(self, limits: Limits, *, changes: bool = False, later: bool = False) -> None:
        self.limits = limits
        self.on: Sequence[tuple[str, Test]] = tuple(
            (name, rule.test)
            for name, rule in RULES.items()
            if _is_on(rule.field, getattr(limits, rule.field))
            and (rule.changes or not changes)
            and not (later and name in _MOMENT)
        )
        self.needs = frozenset(fact for name, _ in self.on for fact in RULES[name].needs)
        self.names = frozenset(name for name, _ in self.on)

    def weigh(self, exposure: Exposure) -> tuple[Breach, ...]:
        """Every broken rule, in the order of the table."""
        limits = self.limits
        found = [breach for name, test in self.on if (breach := test(name, limits, exposure)) is not None]
        return tuple(found)


class Weighed(msgspec.Struct, frozen=True):
    """One order held against rules, as its time line shows it: the rules are pure, so they answer the same later."""

    rules: Ruleset
    exposure: Exposure


class RiskRefused(NotAllowed):
    """A risk rule refused the order before anything was sent; `breaches` holds every broken rule.

    is_passing: only what time cures stood in the way, or a fact that could not be had now.
    """

    def __init__(self, breaches: tuple[Breach, ...], retry_after: float | None = None) -> None:
        first = breaches[0]
        super().__init__(first.message, code=f"RISK_{first.rule.upper()}")
        self.breaches = breaches
        self.too_fast = all(item.rule in PACE for item in breaches)
        self.is_passing = all(item.rule in PACE or item.value == UNKNOWN for item in breaches)
        self.retry_after = retry_after if self.too_fast else None
        self.details = {
            "rule": first.rule, "limit": first.limit, "value": first.value, "rules_version": VERSION,
            "breaches": [{name: getattr(item, name) for name in _SHOWN} for item in breaches],
        }  # fmt: skip


_SHOWN = ("rule", "limit", "value")


def weigh(limits: Limits, exposure: Exposure) -> tuple[Breach, ...]:
    """Every rule that these limits switch on and the exposure breaks, in the order of the table."""
    return Ruleset(limits).weigh(exposure)
