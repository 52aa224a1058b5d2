"""Good-till-triggered orders: what is asked, what a broker reports, and the legal combinations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange, Instrument
from domain.money import MAX_AMOUNT, ZERO
from domain.orders import PRODUCTS_BY_SEGMENT, OrderTerms, PriceType, Product, Side


class TriggerType(StrEnum):
    """SINGLE: one trigger, one order. OCO: two triggers, of which the first to be reached cancels the other."""

    SINGLE = "SINGLE"
    OCO = "OCO"

    @property
    def leg_count(self) -> int:
        """Triggers, and as many orders."""
        return 1 if self is TriggerType.SINGLE else 2


class GttStatus(StrEnum):
    """Only ACTIVE can still trigger. UNKNOWN: the broker's word is new to us, so nothing is known."""

    ACTIVE = "active"
    TRIGGERED = "triggered"
    DISABLED = "disabled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    DELETED = "deleted"
    UNKNOWN = "unknown"


GTT_PRODUCTS = frozenset({Product.CNC, Product.NRML})
GTT_PRICE_TYPES = frozenset({PriceType.LIMIT, PriceType.MARKET})


class GttLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One trigger and the limit price of the order it sends, rupees; price is None for MARKET."""

    trigger_price: Decimal
    price: Decimal | None = None


class GttTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is to happen. All legs share side, quantity (units), price type and product.

    stop, target: the lower and the upper trigger; SINGLE has one of them, OCO both.
    expires_at: zone-aware; None leaves the life span to the broker (a year is usual).
    """

    trigger_type: TriggerType
    symbol: str
    exchange: Exchange
    side: Side
    quantity: int
    price_type: PriceType
    product: Product
    stop: GttLeg | None = None
    target: GttLeg | None = None
    expires_at: dt.datetime | None = None

    @property
    def legs(self) -> tuple[GttLeg, ...]:
        """The legs that are there, stop first."""
        return tuple(leg for leg in (self.stop, self.target) if leg is not None)

    def order_of(self, leg: GttLeg) -> OrderTerms:
        """The order that one leg sends when its trigger is reached."""
        return OrderTerms(
            symbol=self.symbol, exchange=self.exchange, side=self.side, quantity=self.quantity,
            price_type=self.price_type, product=self.product, price=leg.price,
        )  # fmt: skip


class GttLegRow(msgspec.Struct, frozen=True, kw_only=True):
    """The order of one leg as the broker holds it.

    order_id and rejection_reason tell what became of the order once the leg was triggered. vendor: what a later change
    needs, as in OrderRow.
    """

    side: Side
    quantity: int
    price_type: PriceType
    product: str
    price: Decimal | None = None
    order_id: str | None = None
    rejection_reason: str = ""
    vendor: dict[str, str] = {}


class GttRow(msgspec.Struct, frozen=True, kw_only=True):
    """One GTT as the broker reports it; legs and triggers in the same order, the lower trigger first.

    last_price: of the instrument when the GTT was placed. Raises ValueError when the legs do not fit the type.
    """

    trigger_id: str
    trigger_type: TriggerType
    symbol: str
    exchange: Exchange
    status: GttStatus
    trigger_prices: tuple[Decimal, ...]
    legs: tuple[GttLegRow, ...]
    last_price: Decimal | None = None
    created_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None

    def __post_init__(self) -> None:
        count = self.trigger_type.leg_count
        if len(self.trigger_prices) != count or len(self.legs) != count:
            raise ValueError(f"GTT {self.trigger_id}: {self.trigger_type.value} with another number of legs")


class PlaceGtt(msgspec.Struct, frozen=True, kw_only=True):
    """A new GTT. `last_price` is the instrument's live price, rupees: a broker tells from it which way to watch."""

    terms: GttTerms
    instrument: Instrument
    last_price: Decimal


class ModifyGtt(msgspec.Struct, frozen=True, kw_only=True):
    """Full replacement of an active GTT. `row` is the GTT as the book last showed it."""

    trigger_id: str
    terms: GttTerms
    instrument: Instrument
    last_price: Decimal
    row: GttRow


class DeleteGtt(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw an active GTT. `row` is the GTT as the book last showed it."""

    trigger_id: str
    row: GttRow


def check(terms: GttTerms) -> None:
    """Raise InvalidInput for an illegal combination; `errors` names every field at fault (`stop.price`)."""
    errors = {**_term_errors(terms), **_leg_errors(terms)}
    if errors:
        field, complaints = next(iter(errors.items()))
        raise InvalidInput(f"GTT {field}: {complaints[0]}", errors=errors)


def _term_errors(terms: GttTerms) -> dict[str, list[str]]:
    allowed = GTT_PRODUCTS & PRODUCTS_BY_SEGMENT.get(terms.exchange, frozenset())
    errors: dict[str, list[str]] = {}
    if not allowed:
        errors["exchange"] = [f"{terms.exchange.value} is quote-only"]
    elif terms.product not in allowed:
        names = " or ".join(sorted(product.value for product in allowed))
        errors["product"] = [f"must be {names} on {terms.exchange.value}"]
    if terms.quantity <= 0:
        errors["quantity"] = ["must be greater than 0"]
    if terms.price_type not in GTT_PRICE_TYPES:
        errors["price_type"] = ["must be LIMIT or MARKET"]
    if terms.expires_at is not None and terms.expires_at.tzinfo is None:
        errors["expires_at"] = ["must carry a time zone"]
    return errors


def _leg_errors(terms: GttTerms) -> dict[str, list[str]]:
    if len(terms.legs) != terms.trigger_type.leg_count:
        needs = "both stop and target" if terms.trigger_type is TriggerType.OCO else "either stop or target"
        return {"trigger_type": [f"{terms.trigger_type.value} needs {needs}"]}
    errors: dict[str, list[str]] = {}
    for name, leg in (("stop", terms.stop), ("target", terms.target)):
        if leg is None:
            continue
        if not _is_amount(leg.trigger_price):
            errors[f"{name}.trigger_price"] = ["must be greater than 0 and not too large"]
        if terms.price_type is PriceType.LIMIT and (leg.price is None or not _is_amount(leg.price)):
            errors[f"{name}.price"] = ["must be greater than 0 and not too large"]
        if terms.price_type is PriceType.MARKET and leg.price is not None:
            errors[f"{name}.price"] = ["a MARKET order has no price"]
    if not errors and terms.stop and terms.target and terms.stop.trigger_price >= terms.target.trigger_price:
        errors["stop.trigger_price"] = ["must be below target.trigger_price"]
    return errors


def _is_amount(number: Decimal) -> bool:
    return number.is_finite() and ZERO < number <= MAX_AMOUNT
