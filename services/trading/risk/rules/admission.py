"""What may be traded, in which way and when."""

from __future__ import annotations

import datetime as dt

from domain.orders import PriceType, Product
from services.trading.risk.exposure import Breach, Exposure, barred, missing, outside
from services.trading.risk.limits import Limits
from utils.clock import ist

AT_MARKET = (PriceType.MARKET, PriceType.SL_M)


def exchanges(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return outside(rule, exposure.terms.exchange, limits.exchanges or frozenset())


def products(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return outside(rule, exposure.terms.product, limits.products or frozenset())


def price_types(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return outside(rule, exposure.terms.price_type, limits.price_types or frozenset())


def instrument_types(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    kind = exposure.instrument_type
    return outside(rule, kind.value if kind else "unknown", limits.instrument_types or frozenset())


def allowed_symbols(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    symbol, allowed = exposure.terms.symbol, limits.allowed_symbols or frozenset()
    if symbol in allowed:
        return None
    text = f"{symbol} is not among the {len(allowed)} allowed symbols"
    return barred(rule, f"{len(allowed)} symbols", symbol, text)


def denied_symbols(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    symbol = exposure.terms.symbol
    if symbol not in limits.denied_symbols:
        return None
    return barred(rule, f"{len(limits.denied_symbols)} symbols", symbol, f"{symbol} is barred")


def no_market_exchanges(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    terms = exposure.terms
    if terms.price_type not in AT_MARKET or terms.exchange not in limits.no_market_exchanges:
        return None
    names = ", ".join(sorted(limits.no_market_exchanges))
    text = f"{terms.price_type.value} orders are barred on {terms.exchange.value}"
    return barred(rule, names, terms.price_type.value, text)


def no_market_symbols(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    terms = exposure.terms
    if terms.price_type not in AT_MARKET or terms.symbol not in limits.no_market_symbols:
        return None
    text = f"{terms.price_type.value} orders are barred for {terms.symbol}"
    return barred(rule, f"{len(limits.no_market_symbols)} symbols", terms.price_type.value, text)


def no_option_selling(rule: str, _limits: Limits, exposure: Exposure) -> Breach | None:
    """A sale that closes bought options reduces, and reducing orders pass elsewhere."""
    kind = exposure.instrument_type
    if exposure.terms.side.sign > 0 or kind is None or not kind.is_option:
        return None
    return barred(
        rule, "no sold options", exposure.terms.symbol, f"selling {exposure.terms.symbol} is barred"
    )


def no_short_selling(rule: str, _limits: Limits, exposure: Exposure) -> Breach | None:
    """Delivery sales come out of holdings, which are no positions."""
    terms = exposure.terms
    if terms.side.sign > 0 or terms.product is Product.CNC:
        return None
    return barred(rule, "no short positions", terms.symbol, f"selling {terms.symbol} short is barred")


def hours(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    now, spans = ist(exposure.now).time(), limits.hours or ()
    if any(span.start <= now < span.end for span in spans):
        return None
    shown = ", ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans) or "none"
    return barred(rule, shown, f"{now:%H:%M:%S}", f"{now:%H:%M:%S} IST is outside {shown}")


def last_entry_time(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    now, last = ist(exposure.now).time(), limits.last_entry_time or dt.time.max
    if now < last:
        return None
    text = f"{now:%H:%M:%S} IST is past {last:%H:%M:%S}"
    return barred(rule, f"{last:%H:%M:%S}", f"{now:%H:%M:%S}", text)


def min_days_to_expiry(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    least, kind = limits.min_days_to_expiry or 0, exposure.instrument_type
    if exposure.expiry is None:
        dated = kind is not None and (kind.is_option or kind.value == "FUT")
        return missing(rule, least, "the day of expiry is not known") if dated else None
    days = (exposure.expiry - ist(exposure.now).date()).days
    if days >= least:
        return None
    text = f"{exposure.terms.symbol} expires in {days} days, fewer than {least}"
    return barred(rule, str(least), str(days), text)
