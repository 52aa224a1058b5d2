"""What the practice exchange accepts, and what it asks for as margin. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from broker.simulator.book.records import PositionRecord
from broker.simulator.prices.quotes import Circuit
from broker.simulator.specs import Contract, Tick
from domain.errors import Refused
from domain.instruments import Exchange, InstrumentType
from domain.margin import Pending, opening_part
from domain.matching import is_stop_consistent
from domain.money import plain
from domain.orders import PRODUCTS_BY_SEGMENT, OrderTerms, PriceType, Product

PIPS = 10_000
EQUITY_MIS_PER_MILLE = 200
_FUTURE_PER_MILLE = {Exchange.MCX: 100, Exchange.CDS: 50}
_INDEX_PER_MILLE, _STOCK_PER_MILLE = 150, 250
SPAN_SHARE = Decimal("0.8")


def to_pips(price: Decimal) -> int:
    """Ten-thousandths of a rupee; exact for every tick size of the exchange."""
    return int(price * PIPS)


def from_pips(pips: int) -> Decimal:
    """Rupees."""
    return Decimal(pips) / PIPS


def tick_pips(tick: Tick, ticks: int) -> int:
    """Ticks as pips."""
    return ticks * tick.up * PIPS // tick.down


def check_terms(contract: Contract, terms: OrderTerms, circuit: Circuit) -> None:
    """Raise Refused, with the rule in words, for an order that the exchange does not take."""
    _check_product(contract, terms)
    _check_quantity(contract, terms)
    if terms.price_type.needs_price:
        _check_price("Price", terms.price, contract, terms, circuit)
    if terms.price_type.needs_trigger:
        _check_price("Trigger price", terms.trigger_price, contract, terms, circuit)
    if terms.price_type is PriceType.SL:
        assert terms.price is not None and terms.trigger_price is not None
        if not is_stop_consistent(terms.side, terms.trigger_price, terms.price):
            relation = "at or below" if terms.side.sign > 0 else "at or above"
            raise Refused(
                f"Trigger price of a {terms.side.value} SL order must be {relation} its price",
                code="STOP_RELATION",
            )


def _check_product(contract: Contract, terms: OrderTerms) -> None:
    exchange = contract.instrument.exchange
    if not contract.is_tradable:
        raise Refused(f"{terms.symbol} is an index and cannot be traded", code="NOT_TRADABLE")
    allowed = PRODUCTS_BY_SEGMENT[exchange]
    if terms.product not in allowed:
        words = " or ".join(sorted(product.value for product in allowed))
        raise Refused(f"{exchange.value} takes {words}, not {terms.product.value}", code="PRODUCT")


def _check_quantity(contract: Contract, terms: OrderTerms) -> None:
    instrument = contract.instrument
    if terms.quantity < 1:
        raise Refused("Quantity must be at least 1", code="QUANTITY")
    if terms.quantity % instrument.lot_size:
        raise Refused(
            f"Quantity {terms.quantity} is not a multiple of the lot size {instrument.lot_size}",
            code="LOT_SIZE",
        )
    if instrument.freeze_qty is not None and terms.quantity > instrument.freeze_qty:
        raise Refused(
            f"Quantity {terms.quantity} exceeds the freeze quantity {instrument.freeze_qty}",
            code="FREEZE_QUANTITY",
        )
    if not 0 <= terms.disclosed_quantity <= terms.quantity:
        raise Refused("Disclosed quantity must lie between 0 and the quantity", code="DISCLOSED_QUANTITY")


def _check_price(
    what: str, price: Decimal | None, contract: Contract, terms: OrderTerms, circuit: Circuit
) -> None:
    if price is None or price <= 0:
        raise Refused(f"{what} is required for {terms.price_type.value} orders", code="PRICE_MISSING")
    tick = contract.instrument.tick_size
    if price % tick:
        raise Refused(
            f"{what} {plain(price)} is not a multiple of the tick size {plain(tick)}", code="TICK_SIZE"
        )
    lower, upper = (from_pips(tick_pips(contract.tick, edge)) for edge in (circuit.lower, circuit.upper))
    if not lower <= price <= upper:
        raise Refused(
            f"{what} {plain(price)} is outside the price band {plain(lower)} to {plain(upper)}",
            code="PRICE_BAND",
        )


def is_delivery(product: str) -> bool:
    """Paid in full and delivered."""
    return product == Product.CNC.value


def pays_premium(contract: Contract, product: str) -> bool:
    """The traded value itself changes hands: shares for delivery, and option premiums."""
    return is_delivery(product) or contract.kind.is_option


def value_paise(contract: Contract, quantity: int, pips: int) -> int:
    """Money of a trade; exact, for every tick times multiplier is a whole number of paise."""
    return quantity * pips * contract.instrument.multiplier // 100


def margin_per_mille(contract: Contract) -> int:
    """Margin of a leveraged or written position, in thousandths of its notional."""
    if contract.kind is InstrumentType.EQ:
        return EQUITY_MIS_PER_MILLE
    by_exchange = _FUTURE_PER_MILLE.get(contract.instrument.exchange)
    if by_exchange is not None:
        return by_exchange
    return _STOCK_PER_MILLE if contract.spot.key.startswith("NSE:") else _INDEX_PER_MILLE


def required_margin(
    contract: Contract,
    held: PositionRecord,
    buys: Sequence[Pending],
    sells: Sequence[Pending],
    spot_pips: int,
) -> int:
    """Paise that a position and its resting orders hold back, at the worst net position they can lead to.

    Delivery: the value of resting purchases. Options: premium of resting purchases that open, plus margin on the
    notional (`spot_pips`, the underlying's previous close) of everything written. Futures and intraday shares:
    margin on the larger of the long and the short side.
    """
    if is_delivery(held.product):
        return sum(value_paise(contract, order.quantity, order.price) for order in buys)
    long, short = max(held.quantity, 0), max(-held.quantity, 0)
    opening_buys, opening_sells = opening_part(short, buys), opening_part(long, sells)
    bought = sum(value_paise(contract, order.quantity, order.price) for order in opening_buys)
    rate = margin_per_mille(contract)
    if contract.kind.is_option:
        written = short + sum(order.quantity for order in opening_sells)
        return bought + value_paise(contract, written, spot_pips) * rate // 1000
    sold = sum(value_paise(contract, order.quantity, order.price) for order in opening_sells)
    long_side = bought + (held.cost if long else 0)
    short_side = sold + (held.cost if short else 0)
    return max(long_side, short_side) * rate // 1000
