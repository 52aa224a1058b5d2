"""What a rule looks at and what it answers: the facts of one order, and the breach of one rule."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from domain.instruments import InstrumentType
from domain.money import plain
from domain.orders import OrderTerms

# A price older than this is no measure of a band or of a market order's value.
FRESH_SECONDS = 30.0
UNKNOWN = "unknown"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has at stake when one order is weighed; None is 'not known', never zero.

    multiplier: rupees per price point and unit. added: units that the order adds to what works, its whole
    quantity unless it changes a working one. Counts and values include this order and those on their way: open_orders,
    symbol_orders, positions, sent_today and the counts of sends (calendar second, rolling second and minute).
    net_quantity: signed units of the symbol when everything on its side fills, this order included. gross: rupees held
    and resting. turnover: rupees traded and resting today. Results in rupees, loss < 0, of the account's day and of
    the strategy's. same_terms_age: seconds since the same terms were last sent, None when never.
    """

    terms: OrderTerms
    now: dt.datetime
    multiplier: int = 1
    lot_size: int = 1
    instrument_type: InstrumentType | None = None
    expiry: dt.date | None = None
    added: int | None = None
    ltp: Decimal | None = None
    ltp_age: float | None = None
    open_orders: int | None = None
    symbol_orders: int | None = None
    positions: int | None = None
    net_quantity: int | None = None
    gross: Decimal | None = None
    turnover: Decimal | None = None
    funds: Decimal | None = None
    day_result: Decimal | None = None
    strategy_result: Decimal | None = None
    sent_today: int | None = None
    sent_this_second: int = 1
    sent_within_second: int = 1
    sent_within_minute: int = 1
    same_terms_age: float | None = None

    @property
    def fresh_price(self) -> Decimal | None:
        """The last traded price when it is recent enough to measure with."""
        if self.ltp is None or self.ltp_age is None or not 0 <= self.ltp_age <= FRESH_SECONDS:
            return None
        return self.ltp if self.ltp > 0 else None

    @property
    def price(self) -> Decimal | None:
        """Rupees that a unit may cost at most: a sale at a limit may trade above it, where the market is higher."""
        terms = self.terms
        if terms.price is not None and terms.side.sign > 0:
            return terms.price
        market = self.fresh_price
        if market is None:
            return None
        return max(item for item in (terms.price, terms.trigger_price, market) if item is not None)

    def value(self, quantity: int) -> Decimal | None:
        """Rupees of so many units at the order's price."""
        price = self.price
        return None if price is None else quantity * self.multiplier * price


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule; limit and value as the machine fields of the answer show them."""

    rule: str
    limit: str
    value: str
    message: str


def rupees(amount: Decimal | int) -> str:
    """Digits grouped as in India: 12,00,000."""
    whole, _, fraction = plain(Decimal(amount)).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return sign + ",".join([*pairs, tail]) + (f".{fraction}" if fraction else "")


def missing(rule: str, limit: Decimal | int, what: str) -> Breach:
    """A rule that is on and lacks what it measures refuses."""
    text = f"{rule}: {what}, so the limit of {rupees(limit)} cannot be checked"
    return Breach(rule=rule, limit=plain(Decimal(limit)), value=UNKNOWN, message=text)


def broken(rule: str, value: Decimal | int, word: str, limit: Decimal | int) -> Breach:
    """`value` stands in the wrong relation to `limit`."""
    text = f"{rule}: {rupees(value)} {word} {rupees(limit)}"
    return Breach(rule=rule, limit=plain(Decimal(limit)), value=plain(Decimal(value)), message=text)


def above(rule: str, value: Decimal | int | None, limit: Decimal | int, what: str) -> Breach | None:
    """The breach of a largest value; `what` says what is not known when the value is not."""
    if value is None:
        return missing(rule, limit, what)
    return broken(rule, value, "exceeds", limit) if value > limit else None


def outside(rule: str, value: str, allowed: frozenset[str]) -> Breach | None:
    """The breach of a list of permitted words."""
    if value in allowed:
        return None
    names = ", ".join(sorted(allowed)) or "none"
    return Breach(rule=rule, limit=names, value=value, message=f"{rule}: {value} is not among {names}")


def barred(rule: str, limit: str, value: str, reason: str) -> Breach:
    """Something that is not permitted at all."""
    return Breach(rule=rule, limit=limit, value=value, message=f"{rule}: {reason}")
