"""How large one order may be and at which price."""

from __future__ import annotations

from decimal import Decimal

from domain.money import plain
from services.trading.risk.exposure import Breach, Exposure, above, barred, broken, missing
from services.trading.risk.limits import Limits

NO_PRICE = "no fresh price is known"


def min_price(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit = limits.min_price or Decimal(0)
    price = exposure.terms.price or exposure.fresh_price
    if price is None:
        return missing(rule, limit, NO_PRICE)
    return broken(rule, price, "is below", limit) if price < limit else None


def max_quantity(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.terms.quantity, limits.max_quantity or 0, "no quantity")


def max_lots(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    lots = -(-exposure.terms.quantity // exposure.lot_size)
    return above(rule, lots, limits.max_lots or 0, "no quantity")


def max_symbol_quantities(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    symbol, quantity = exposure.terms.symbol, exposure.terms.quantity
    limit = (limits.max_symbol_quantities or {}).get(symbol)
    if limit is None or quantity <= limit:
        return None
    return barred(rule, str(limit), str(quantity), f"{quantity} exceeds {limit} of {symbol}")


def max_order_value(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.value(exposure.terms.quantity), limits.max_order_value or 0, NO_PRICE)


def price_band(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    """How far the order's own prices lie from the market, in percent; a market order has none."""
    limit, terms = limits.price_band_percent or Decimal(0), exposure.terms
    asked = [item for item in (terms.price, terms.trigger_price) if item is not None]
    if not asked:
        return None
    ltp = exposure.fresh_price
    if ltp is None:
        return missing(rule, limit, NO_PRICE)
    widest = max(abs(item - ltp) for item in asked)
    if widest * 100 <= limit * ltp:
        return None
    percent = plain((widest * 100 / ltp).quantize(Decimal("0.0001")))
    text = f"{percent} % away from {plain(ltp)} exceeds {plain(limit)} %"
    return barred(rule, plain(limit), percent, text)
