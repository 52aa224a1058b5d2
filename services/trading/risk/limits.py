"""What an account, a strategy or a key may do: one frozen value per scope, the strictest of them binds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product

# The exchanges' threshold is 10 a second and some count "10 or more" as a breach.
ORDERS_PER_SECOND = 9
MAX_DUPLICATE_SECONDS = 300
MOST_SYMBOLS = 5_000
MOST_HOURS = 20
LARGEST = Decimal(10) ** 12


class Hours(msgspec.Struct, frozen=True):
    """Trading hours in IST, the first instant included, the last excluded; they do not cross midnight."""

    start: dt.time
    end: dt.time


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None (false, no symbols) switches a rule off. Money in rupees, quantities in units; symbols in capitals.

    max_symbol_quantities: units of one order by symbol. max_net_quantity: units of a symbol, long or short, that may
    be held when everything on its way fills. last_entry_time: IST. min_days_to_expiry: 1 bars the day of expiry.
    """

    exchanges: frozenset[Exchange] | None = None
    products: frozenset[Product] | None = None
    price_types: frozenset[PriceType] | None = None
    instrument_types: frozenset[InstrumentType] | None = None
    allowed_symbols: frozenset[str] | None = None
    denied_symbols: frozenset[str] = frozenset()
    no_market_exchanges: frozenset[Exchange] = frozenset()
    no_market_symbols: frozenset[str] = frozenset()
    no_option_selling: bool = False
    no_short_selling: bool = False
    hours: tuple[Hours, ...] | None = None
    last_entry_time: dt.time | None = None
    min_days_to_expiry: int | None = None
    min_price: Decimal | None = None
    max_quantity: int | None = None
    max_lots: int | None = None
    max_symbol_quantities: dict[str, int] | None = None
    max_order_value: Decimal | None = None
    price_band_percent: Decimal | None = None
    max_daily_loss: Decimal | None = None
    daily_profit_target: Decimal | None = None
    max_strategy_loss: Decimal | None = None
    min_available_funds: Decimal | None = None
    max_positions: int | None = None
    max_net_quantity: int | None = None
    max_gross_exposure: Decimal | None = None
    max_daily_turnover: Decimal | None = None
    max_daily_orders: int | None = None
    max_open_orders: int | None = None
    max_symbol_orders: int | None = None
    duplicate_seconds: int | None = None
    orders_per_second: int | None = None
    orders_per_minute: int | None = None


def checked(limits: Limits) -> Limits:
    """The same limits. Raises InvalidInput for a number that is not positive or hours that do not run forward."""
    errors: dict[str, list[str]] = {}
    for field in limits.__struct_fields__:
        complaint = _complaint(getattr(limits, field))
        if complaint:
            errors[field] = [complaint]
    if (limits.duplicate_seconds or 0) > MAX_DUPLICATE_SECONDS:
        errors["duplicate_seconds"] = [f"must not exceed {MAX_DUPLICATE_SECONDS}"]
    if limits.hours is not None and any(span.start >= span.end for span in limits.hours):
        errors["hours"] = ["must start before they end"]
    if errors:
        field = next(iter(errors))
        raise InvalidInput(f"{field}: {errors[field][0]}", errors=errors)
    return limits


def _complaint(value: object) -> str | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        if not (Decimal(value).is_finite() and 0 < value <= LARGEST):
            return f"must be a positive number up to {LARGEST:f}, or null to switch the rule off"
    elif isinstance(value, dict):
        if not all(0 < amount <= LARGEST for amount in value.values()):
            return "must hold positive quantities"
        return _symbols(value)
    elif isinstance(value, frozenset):
        return _symbols(value)
    elif isinstance(value, tuple) and len(value) > MOST_HOURS:
        return f"at most {MOST_HOURS} spans"
    return None


def _symbols(names: frozenset[str] | Mapping[str, int]) -> str | None:
    if len(names) > MOST_SYMBOLS:
        return f"at most {MOST_SYMBOLS} symbols"
    if any(not 0 < len(name) <= 80 or name != name.strip().upper() for name in names):
        return "must hold symbols in capitals"
    return None


def _common_hours(left: tuple[Hours, ...], right: tuple[Hours, ...]) -> tuple[Hours, ...]:
    spans = (Hours(max(a.start, b.start), min(a.end, b.end)) for a in left for b in right)
    return tuple(span for span in spans if span.start < span.end)


def _least_by_symbol(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {name: min(table[name] for table in (left, right) if name in table) for name in left | right}


# How two scopes' values become one; a number without an entry takes the smaller.
_STRICTER: Mapping[str, Callable[..., object]] = {
    **dict.fromkeys(
        ("exchanges", "products", "price_types", "instrument_types", "allowed_symbols"),
        frozenset.intersection,
    ),
    **dict.fromkeys(("denied_symbols", "no_market_exchanges", "no_market_symbols"), frozenset.union),
    **dict.fromkeys(("no_option_selling", "no_short_selling"), max),
    **dict.fromkeys(("min_days_to_expiry", "min_price", "min_available_funds", "duplicate_seconds"), max),
    "hours": _common_hours,
    "max_symbol_quantities": _least_by_symbol,
}


def strictest(scopes: Sequence[Limits]) -> Limits:
    """One value that no scope permits to exceed; hours are kept when they lie in an hour of every scope."""
    if not scopes:
        raise ValueError("at least one scope has limits")
    found = {}
    for field in Limits.__struct_fields__:
        values = [value for limits in scopes if (value := getattr(limits, field)) is not None]
        stricter = _STRICTER.get(field, min)
        value = values[0] if values else None
        for other in values[1:]:
            value = stricter(value, other)
        found[field] = value
    return Limits(**found)
