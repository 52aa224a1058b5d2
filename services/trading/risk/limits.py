"""What an account, a strategy or a key may do: one frozen value per scope, the strictest of them binds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange
from domain.orders import Product

# The exchanges' threshold is 10 a second and some count "10 or more" as a breach.
ORDERS_PER_SECOND = 9
MAX_DUPLICATE_SECONDS = 300


class Hours(msgspec.Struct, frozen=True):
    """Trading hours in IST, the first instant included, the last excluded; they do not cross midnight."""

    start: dt.time
    end: dt.time


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """None switches a rule off. Money in rupees, quantities in units; symbols in capitals."""

    max_quantity: int | None = None
    max_order_value: Decimal | None = None
    max_open_orders: int | None = None
    max_positions: int | None = None
    max_daily_loss: Decimal | None = None
    orders_per_second: int | None = ORDERS_PER_SECOND
    price_band_percent: Decimal | None = None
    duplicate_seconds: int | None = None
    products: frozenset[Product] | None = None
    exchanges: frozenset[Exchange] | None = None
    hours: tuple[Hours, ...] | None = None
    allowed_symbols: frozenset[str] | None = None
    denied_symbols: frozenset[str] = frozenset()


def checked(limits: Limits) -> Limits:
    """The same limits. Raises InvalidInput for a number that is not positive or hours that do not run forward."""
    errors: dict[str, list[str]] = {}
    for field in limits.__struct_fields__:
        value = getattr(limits, field)
        if isinstance(value, int | Decimal) and not (Decimal(value).is_finite() and value > 0):
            errors[field] = ["must be a positive number, or null to switch the rule off"]
    if (limits.duplicate_seconds or 0) > MAX_DUPLICATE_SECONDS:
        errors["duplicate_seconds"] = [f"must not exceed {MAX_DUPLICATE_SECONDS}"]
    if limits.hours is not None and any(span.start >= span.end for span in limits.hours):
        errors["hours"] = ["must start before they end"]
    if errors:
        field = next(iter(errors))
        raise InvalidInput(f"{field}: {errors[field][0]}", errors=errors)
    return limits


def strictest(scopes: Sequence[Limits]) -> Limits:
    """One value that no scope permits to exceed; hours are kept when they lie in an hour of every scope."""
    if not scopes:
        raise ValueError("at least one scope has limits")
    numbers = {
        field: _fold(scopes, field, min)
        for field in (
            "max_quantity", "max_order_value", "max_open_orders", "max_positions", "max_daily_loss",
            "orders_per_second", "price_band_percent",
        )
    }  # fmt: skip
    sets = {
        field: _fold(scopes, field, frozenset.intersection)
        for field in ("products", "exchanges", "allowed_symbols")
    }
    return msgspec.convert(
        {
            **numbers, **sets, "duplicate_seconds": _fold(scopes, "duplicate_seconds", max),
            "hours": _fold(scopes, "hours", _common_hours),
            "denied_symbols": frozenset().union(*(item.denied_symbols for item in scopes)),
        },
        Limits,
    )  # fmt: skip


def _fold(scopes: Sequence[Limits], field: str, stricter: Callable[..., object]) -> object:
    found: object = None
    for limits in scopes:
        value = getattr(limits, field)
        if value is not None:
            found = value if found is None else stricter(found, value)
    return found


def _common_hours(left: tuple[Hours, ...], right: tuple[Hours, ...]) -> tuple[Hours, ...]:
    spans = (Hours(max(a.start, b.start), min(a.end, b.end)) for a in left for b in right)
    return tuple(span for span in spans if span.start < span.end)
