"""Rules of an account before an entry: pure, versioned; a refusal names the rule, its limit and the value.

A rule that is on and lacks what it measures refuses: an unknown price, count or result never passes silently.
Orders that only reduce a position are not asked; cancels never are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from domain.errors import NotAllowed
from domain.money import plain
from domain.orders import OrderTerms
from services.trading.risk.limits import Limits
from utils.clock import ist

VERSION = 1
# A price older than this is no measure of a band or of a market order's value.
FRESH_SECONDS = 30.0
UNKNOWN = "unknown"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has at stake when one order is weighed; None is 'not known', never zero.

    `multiplier`: rupees per price point and unit. `positions`: open ones, this order's own and those
    of orders on their way included; so do `open_orders` and the two counts of sends (calendar and rolling second).
    `same_terms_age`: seconds since the same terms were last sent, None when never. `day_result`: rupees, loss < 0.
    """

    terms: OrderTerms
    now: dt.datetime
    multiplier: int = 1
    ltp: Decimal | None = None
    ltp_age: float | None = None
    open_orders: int | None = None
    positions: int | None = None
    day_result: Decimal | None = None
    sent_this_second: int = 1
    sent_within_second: int = 1
    same_terms_age: float | None = None

    @property
    def fresh_price(self) -> Decimal | None:
        """The last traded price when it is recent enough to measure with."""
        if self.ltp is None or self.ltp_age is None or not 0 <= self.ltp_age <= FRESH_SECONDS:
            return None
        return self.ltp if self.ltp > 0 else None


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule; limit and value as the machine fields of the answer show them."""

    rule: str
    limit: str
    value: str
    message: str


class RiskRefused(NotAllowed):
    """A risk rule refused the order before anything was sent; `breaches` holds every broken rule."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__(breaches[0].message, code=f"RISK_{breaches[0].rule.upper()}")
        self.breaches = breaches


def weigh(limits: Limits, exposure: Exposure) -> tuple[Breach, ...]:
    """Every broken rule, in the order of the table."""
    found = []
    for rule, test in RULES.items():
        breach = test(rule, limits, exposure)
        if breach is not None:
            found.append(breach)
    return tuple(found)


def rupees(amount: Decimal | int) -> str:
    """Digits grouped as in India: 12,00,000."""
    whole, _, fraction = plain(Decimal(amount)).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return sign + ",".join([*pairs, tail]) + (f".{fraction}" if fraction else "")


Test = Callable[[str, Limits, Exposure], Breach | None]


def _above(rule: str, value: Decimal | int | None, limit: Decimal | int, missing: str) -> Breach | None:
    if value is None:
        text = f"{rule}: {missing}, so the limit of {rupees(limit)} cannot be checked"
        return Breach(rule=rule, limit=plain(Decimal(limit)), value=UNKNOWN, message=text)
    if value <= limit:
        return None
    shown = plain(Decimal(limit)), plain(Decimal(value))
    text = f"{rule}: {rupees(value)} exceeds {rupees(limit)}"
    return Breach(rule=rule, limit=shown[0], value=shown[1], message=text)


def _outside(rule: str, value: str, allowed: frozenset[str]) -> Breach | None:
    if value in allowed:
        return None
    names = ", ".join(sorted(allowed)) or "none"
    return Breach(rule=rule, limit=names, value=value, message=f"{rule}: {value} is not among {names}")


def _products(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    if limits.products is None:
        return None
    return _outside(rule, exposure.terms.product.value, frozenset(item.value for item in limits.products))


def _exchanges(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    if limits.exchanges is None:
        return None
    return _outside(rule, exposure.terms.exchange.value, frozenset(item.value for item in limits.exchanges))


def _allowed_symbols(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    if limits.allowed_symbols is None or exposure.terms.symbol in limits.allowed_symbols:
        return None
    symbol, count = exposure.terms.symbol, len(limits.allowed_symbols)
    text = f"{rule}: {symbol} is not among the {count} allowed symbols"
    return Breach(rule=rule, limit=f"{count} symbols", value=symbol, message=text)


def _denied_symbols(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    symbol = exposure.terms.symbol
    if symbol not in limits.denied_symbols:
        return None
    return Breach(
        rule=rule, limit=f"{len(limits.denied_symbols)} symbols", value=symbol,
        message=f"{rule}: {symbol} is barred",
    )  # fmt: skip


def _hours(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    if limits.hours is None:
        return None
    now = ist(exposure.now).time()
    if any(span.start <= now < span.end for span in limits.hours):
        return None
    spans = ", ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in limits.hours) or "none"
    text = f"{rule}: {now:%H:%M:%S} IST is outside {spans}"
    return Breach(rule=rule, limit=spans, value=f"{now:%H:%M:%S}", message=text)


def _max_quantity(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit = limits.max_quantity
    return None if limit is None else _above(rule, exposure.terms.quantity, limit, "no quantity")


def _max_order_value(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    """A sale at a limit may trade above it, so that the market counts where it is higher."""
    limit, terms = limits.max_order_value, exposure.terms
    if limit is None:
        return None
    known = [item for item in (terms.price, terms.trigger_price, exposure.fresh_price) if item is not None]
    needs_market = terms.price is None or terms.side.sign < 0
    if needs_market and exposure.fresh_price is None:
        return _above(rule, None, limit, "no fresh price is known")
    price = max(known) if needs_market else terms.price
    return _above(rule, terms.quantity * exposure.multiplier * (price or Decimal(0)), limit, "no price")


def _price_band(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    """How far the order's own prices lie from the market, in percent; a market order has none."""
    limit, terms = limits.price_band_percent, exposure.terms
    asked = [item for item in (terms.price, terms.trigger_price) if item is not None]
    if limit is None or not asked:
        return None
    ltp = exposure.fresh_price
    if ltp is None:
        return _above(rule, None, limit, "no fresh price is known")
    widest = max(abs(item - ltp) for item in asked)
    if widest * 100 <= limit * ltp:
        return None
    percent = plain((widest * 100 / ltp).quantize(Decimal("0.0001")))
    text = f"{rule}: {percent} % away from {plain(ltp)} exceeds {plain(limit)} %"
    return Breach(rule=rule, limit=plain(limit), value=percent, message=text)


def _max_open_orders(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit = limits.max_open_orders
    return None if limit is None else _above(rule, exposure.open_orders, limit, "open orders are not known")


def _max_positions(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit = limits.max_positions
    return None if limit is None else _above(rule, exposure.positions, limit, "positions are not known")


def _max_daily_loss(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    """Reached is broken: at the limit there is nothing left to lose."""
    limit, result = limits.max_daily_loss, exposure.day_result
    if limit is None:
        return None
    if result is None:
        return _above(rule, None, limit, "the result of the day is not known")
    if -result < limit:
        return None
    text = f"{rule}: {rupees(-result)} has reached {rupees(limit)}"
    return Breach(rule=rule, limit=plain(limit), value=plain(-result), message=text)


def _orders_per_second(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit = limits.orders_per_second
    if limit is None:
        return None
    return _above(rule, max(exposure.sent_this_second, exposure.sent_within_second), limit, "no count")


def _duplicate(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit, age = limits.duplicate_seconds, exposure.same_terms_age
    if limit is None or age is None or age >= limit:
        return None
    text = f"{rule}: the same order was sent {age:.1f} s ago, within {limit} s"
    return Breach(rule=rule, limit=str(limit), value=f"{age:.1f}", message=text)


RULES: Mapping[str, Test] = {
    "exchanges": _exchanges,
    "products": _products,
    "allowed_symbols": _allowed_symbols,
    "denied_symbols": _denied_symbols,
    "hours": _hours,
    "max_quantity": _max_quantity,
    "max_order_value": _max_order_value,
    "price_band": _price_band,
    "max_daily_loss": _max_daily_loss,
    "max_positions": _max_positions,
    "max_open_orders": _max_open_orders,
    "duplicate": _duplicate,
    "orders_per_second": _orders_per_second,
}
