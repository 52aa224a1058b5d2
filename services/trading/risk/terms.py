"""Pre-trade rules: pure, each with a name and a sentence, all complaints at once. Nothing here asks a broker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from broker.core.manifest import Manifest
from domain.errors import InvalidInput, NotAllowed
from domain.instruments import Exchange, Instrument
from domain.money import MAX_AMOUNT, ZERO, is_tick_multiple, plain
from domain.orders import PRODUCTS_BY_SEGMENT, OrderTerms, PriceType
from services.trading.commands import Modify, Place

MAX_QUANTITY = 10**9


class Complaint(msgspec.Struct, frozen=True):
    """One broken rule: the request's field, the rule's name and a sentence for the user."""

    field: str
    rule: str
    message: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules look at."""

    command: Place | Modify
    instrument: Instrument
    manifest: Manifest
    today: dt.date


Rule = Callable[[Facts], Complaint | None]


def _whole_quantity(facts: Facts) -> Complaint | None:
    quantity = facts.command.quantity
    if quantity <= 0:
        return Complaint("quantity", "positive_quantity", "must be a positive number")
    if quantity != quantity.to_integral_value():
        text = f"Fractional quantity ({plain(quantity)}) is not allowed for "
        crypto = facts.instrument.exchange is Exchange.CRYPTO
        return Complaint(
            "quantity", "whole_quantity", text + ("this instrument." if crypto else "non-crypto exchanges.")
        )
    if quantity > MAX_QUANTITY:
        return Complaint("quantity", "quantity_ceiling", f"must not exceed {MAX_QUANTITY}")
    return None


def _lot_multiple(facts: Facts) -> Complaint | None:
    lot = facts.instrument.lot_size
    if facts.command.quantity % lot == 0:
        return None
    return Complaint("quantity", "lot_multiple", f"Quantity must be in multiples of lot size {lot}")


def _freeze_quantity(facts: Facts) -> Complaint | None:
    freeze = facts.instrument.freeze_qty
    if freeze is None or facts.command.quantity <= freeze:
        return None
    return Complaint(
        "quantity", "freeze_quantity",
        f"Quantity {plain(facts.command.quantity)} is above the freeze quantity {freeze} of one order; split it",
    )  # fmt: skip


def _disclosed_quantity(facts: Facts) -> Complaint | None:
    disclosed = facts.command.disclosed_quantity
    if disclosed == 0 or 0 < disclosed <= facts.command.quantity:
        return None
    return Complaint("disclosed_quantity", "disclosed_quantity", "must lie between 0 and the quantity")


def _price(facts: Facts) -> Complaint | None:
    return _price_of("price", facts.command.price, facts.command.price_type.needs_price, "price", facts)


def _trigger_price(facts: Facts) -> Complaint | None:
    kind = facts.command.price_type
    return _price_of("trigger_price", facts.command.trigger_price, kind.needs_trigger, "trigger_price", facts)


def _price_of(field: str, value: Decimal | None, needed: bool, word: str, facts: Facts) -> Complaint | None:
    kind = facts.command.price_type
    if needed and (value is None or value <= ZERO):
        return Complaint(field, "price_presence", f"{kind.value} orders require {word}")
    if not needed and value is not None:
        return Complaint(field, "price_presence", f"{kind.value} orders do not accept a {word}")
    if value is None:
        return None
    if value > MAX_AMOUNT:
        return Complaint(field, "price_ceiling", "is too large")
    tick = facts.instrument.tick_size
    if not is_tick_multiple(value, tick):
        return Complaint(field, "tick_multiple", f"must be a multiple of the tick size {plain(tick)}")
    return None


def _tradable(facts: Facts) -> Complaint | None:
    exchange = facts.instrument.exchange
    if exchange.is_index:
        return Complaint("exchange", "index", f"{exchange.value} is quote-only: an index cannot be traded")
    expiry = facts.instrument.expiry
    if expiry is not None and expiry < facts.today:
        return Complaint("symbol", "expired", f"{facts.instrument.symbol} expired on {expiry.isoformat()}")
    return None


def _product(facts: Facts) -> Complaint | None:
    allowed = PRODUCTS_BY_SEGMENT.get(facts.instrument.exchange)
    product = facts.command.product
    if allowed is None or product in allowed:
        return None
    names = " or ".join(sorted(item.value for item in allowed))
    return Complaint(
        "product", "product_segment",
        f"Product {product.value} is not allowed on {facts.instrument.exchange.value}: use {names}",
    )  # fmt: skip


def _offered(facts: Facts) -> Complaint | None:
    command, manifest = facts.command, facts.manifest
    missing = {
        "exchange": facts.instrument.exchange not in manifest.exchanges,
        "product": command.product not in manifest.products,
        "pricetype": command.price_type not in manifest.price_types,
    }
    for field, absent in missing.items():
        if absent:
            return Complaint(field, "not_offered", f"is not offered by {manifest.name}")
    return None


RULES: Mapping[str, Rule] = {
    "tradable": _tradable,
    "offered": _offered,
    "product": _product,
    "quantity": _whole_quantity,
    "lot": _lot_multiple,
    "freeze": _freeze_quantity,
    "disclosed": _disclosed_quantity,
    "price": _price,
    "trigger": _trigger_price,
}


def complaints(facts: Facts) -> list[Complaint]:
    """Every broken rule, in the order of the table; at most one per field."""
    found: dict[str, Complaint] = {}
    for rule in RULES.values():
        complaint = rule(facts)
        if complaint is not None:
            found.setdefault(complaint.field, complaint)
    return list(found.values())


def approve(facts: Facts) -> OrderTerms:
    """The terms to send. Raises InvalidInput with every complaint."""
    found = complaints(facts)
    if found:
        raise InvalidInput(
            sentence(found[0]),
            errors={item.field: [item.message] for item in found},
            code=found[0].rule.upper(),
        )
    command = facts.command
    return OrderTerms(
        symbol=facts.instrument.symbol,
        exchange=facts.instrument.exchange,
        side=command.side,
        quantity=int(command.quantity),
        price_type=command.price_type,
        product=command.product,
        price=command.price,
        trigger_price=command.trigger_price,
        disclosed_quantity=command.disclosed_quantity,
    )


def sentence(complaint: Complaint) -> str:
    """A complaint that can stand alone: messages in lower case need their field in front."""
    if complaint.message[:1].isupper():
        return complaint.message
    return f"{complaint.field}: {complaint.message}"


def refuse_entry(engaged: Mapping[str, str], scopes: Sequence[str]) -> None:
    """Raise NotAllowed when a kill switch covers one of an order's scopes. `engaged`: scope -> reason."""
    if not engaged:
        return
    for scope in scopes:
        if scope in engaged:
            reason = f": {engaged[scope]}" if engaged[scope] else ""
            raise NotAllowed(f"New orders are blocked by the kill switch{reason}", code="KILL_SWITCH")


def is_reducing(command: Place, net_quantity: int) -> bool:
    """Whether the order only brings a signed net position closer to zero."""
    if net_quantity * command.side.sign >= 0:
        return False
    return command.quantity <= abs(net_quantity)


def normal_prices(
    price_type: PriceType, price: Decimal | None, trigger_price: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Drop what the price type has no use for: clients send 0 or a stale price along with MARKET."""
    return (
        price if price_type.needs_price else None,
        trigger_price if price_type.needs_trigger else None,
    )
