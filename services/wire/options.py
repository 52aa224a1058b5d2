"""Option contracts, chains and Greeks in the words of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from domain.errors import OpenAlgoError
from domain.instruments import MONTHS, InstrumentKey, compact_expiry
from domain.market import Quote
from domain.money import ZERO
from services.options.chains import Chain, ChainLeg, Synthetic
from services.options.greeks import GreeksAsked, OptionGreeks
from services.options.interest import change, interest
from services.options.selection import ChosenOption
from services.wire.numbers import maybe_price, price

if TYPE_CHECKING:
    from services.options.valuation import Valued

NO_QUOTE = Quote(ltp=0.0)


def chosen(value: ChosenOption) -> dict[str, Any]:
    """The answer of `optionsymbol`."""
    row = value.instrument
    return {
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "lotsize": row.lot_size,
        "tick_size": float(row.tick_size),
        "freeze_qty": row.freeze_qty if row.freeze_qty is not None else 0,
        "underlying_ltp": price(value.underlying_ltp),
    }


def chain(value: Chain) -> dict[str, Any]:
    """The answer of `optionchain`."""
    listing, forward = value.listing, value.forward
    return {
        "underlying": listing.root,
        "underlying_symbol": listing.reference.symbol,
        "underlying_exchange": listing.reference.exchange.value,
        "underlying_ltp": price(value.underlying.ltp),
        "underlying_prev_close": price(value.underlying.prev_close),
        "expiry_date": compact_expiry(listing.expiry),
        "expiry_ts": int(value.expires_at.timestamp()),
        "server_ts": int(value.asked_at.timestamp()),
        "atm_strike": _strike(value.atm_strike),
        "quotes_included": True,
        "quotes_age_ms": value.age_ms,
        "greeks_included": value.with_greeks,
        "forward_price": round(forward.price, 4) if forward else None,
        "forward_source": forward.source if forward else None,
        "t_years": round(value.years, 8),
        "interest_rate": value.rate,
        "chain": [
            {"strike": _strike(row.strike), "ce": _leg(row.call), "pe": _leg(row.put)} for row in value.rows
        ],
    }


def desk_chain(value: Chain, before: Mapping[InstrumentKey, int]) -> dict[str, Any]:
    """The same for our own screens: a missing number stays missing, an option without volatility shows its reason
    alone, and the totals come along. before: open interest at the close of the previous session, where it is known."""
    shown = chain(value)
    totals = interest(value.rows)
    shown["chain"] = [
        {"strike": _strike(row.strike), "ce": _desk_leg(row.call, before), "pe": _desk_leg(row.put, before)}
        for row in value.rows
    ]
    shown["underlying_prev_close"] = maybe_price(value.underlying.prev_close)
    shown["interest"] = {
        "strikes": totals.strikes,
        "ce_oi": totals.call_oi,
        "pe_oi": totals.put_oi,
        "ce_volume": totals.call_volume,
        "pe_volume": totals.put_volume,
        "pcr_oi": _rounded(totals.pcr_oi, 4),
        "pcr_volume": _rounded(totals.pcr_volume, 4),
        "max_pain": None if totals.max_pain is None else _strike(totals.max_pain),
    }
    return shown


# An absent order and an absent trade are 0 in the contract's words.
_OFTEN_ZERO = ("ltp", "bid", "ask", "bid_qty", "ask_qty")


def _desk_leg(leg: ChainLeg | None, before: Mapping[InstrumentKey, int]) -> dict[str, Any] | None:
    shown = _leg(leg)
    if leg is None or shown is None:
        return None
    quote = leg.quote
    for name in ("open", "high", "low", "prev_close", "volume", "oi"):
        if quote is None or getattr(quote, name) is None:
            shown[name] = None
    for name in _OFTEN_ZERO:
        shown[name] = shown[name] or None
    if leg.valued is not None and leg.valued.volatility is None:
        shown["implied_volatility"] = None
    earlier = before.get(leg.instrument.key)
    return {**shown, "prev_oi": earlier, "oi_change": change(leg, earlier)}


def _leg(leg: ChainLeg | None) -> dict[str, Any] | None:
    """`quoted` tells a price of zero from one that the broker does not have."""
    if leg is None:
        return None
    row, quote = leg.instrument, leg.quote or NO_QUOTE
    shown: dict[str, Any] = {
        "symbol": row.symbol,
        "label": str(leg.label),
        "ltp": price(quote.ltp),
        "bid": price(quote.bid),
        "ask": price(quote.ask),
        "bid_qty": quote.bid_qty or 0,
        "ask_qty": quote.ask_qty or 0,
        "open": price(quote.open),
        "high": price(quote.high),
        "low": price(quote.low),
        "prev_close": price(quote.prev_close),
        "volume": quote.volume or 0,
        "oi": quote.oi or 0,
        "lotsize": row.lot_size,
        "tick_size": float(row.tick_size),
        "quoted": leg.quote is not None,
    }
    if leg.valued is not None:
        shown |= _valued(leg.valued)
        shown["iv_source"] = leg.premium.source
    return shown


def _valued(found: Valued) -> dict[str, Any]:
    """An option without time value shows a volatility of 0 and its reason, any other without one shows null."""
    shown: dict[str, Any] = {
        "implied_volatility": _volatility(found),
        "delta": _rounded(found.delta, 4),
        "gamma": _rounded(found.gamma, 6),
        "theta": _rounded(found.theta, 4),
        "vega": _rounded(found.vega, 4),
    }
    if found.reason:
        shown["iv_reason"] = found.reason
    return shown


def _volatility(found: Valued) -> float | None:
    if found.is_theoretical:
        return 0.0
    return None if found.volatility is None else round(found.volatility * 100, 2)


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def greeks(value: OptionGreeks) -> dict[str, Any]:
    """The answer of `optiongreeks`, and one item of `multioptiongreeks`."""
    row, found = value.instrument, value.valued
    expiry = row.expiry or dt.date.min
    shown: dict[str, Any] = {
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "underlying": row.name,
        "strike": _strike(row.strike or ZERO),
        "option_type": row.instrument_type.value,
        "expiry_date": f"{expiry.day:02d}-{MONTHS[expiry.month - 1].title()}-{expiry.year}",
        "days_to_expiry": round(value.years * 365, 4),
        "spot_price": price(value.forward.price),
        "option_price": price(value.premium.price),
        "interest_rate": value.rate,
        "implied_volatility": _volatility(found),
        "greeks": {
            "delta": _rounded(found.delta, 4),
            "gamma": _rounded(found.gamma, 6),
            "theta": _rounded(found.theta, 4),
            "vega": _rounded(found.vega, 4),
            "rho": _rounded(found.rho, 6),
        },
        "iv_source": value.premium.source,
        "forward_source": value.forward.source,
        "t_years": round(value.years, 8),
    }
    if found.is_theoretical:
        intrinsic = value.intrinsic
        shown["intrinsic_value"] = price(intrinsic)
        shown["time_value"] = price(max((value.premium.price or 0.0) - intrinsic, 0.0))
        shown["note"] = f"Theoretical Greeks: {found.reason}"
    return shown


def many_greeks(
    asked: Sequence[GreeksAsked], answers: Sequence[OptionGreeks | OpenAlgoError]
) -> dict[str, Any]:
    """The answer of `multioptiongreeks`: always an answer, whatever became of the options."""
    rows = [_item(each, answer) for each, answer in zip(asked, answers, strict=True)]
    failed = sum(row["status"] == "error" for row in rows)
    shown: dict[str, Any] = {
        "status": "success" if not failed else "error" if failed == len(rows) else "partial",
        "data": rows,
        "summary": {"total": len(rows), "success": len(rows) - failed, "failed": failed},
    }
    if failed:
        shown["message"] = f"{failed} of {len(rows)} symbols failed"
    return shown


def _item(asked: GreeksAsked, answer: OptionGreeks | OpenAlgoError) -> dict[str, Any]:
    if isinstance(answer, OptionGreeks):
        return {"status": "success", **greeks(answer)}
    return {
        "status": "error",
        "symbol": asked.key.symbol,
        "exchange": asked.key.exchange.value,
        "message": answer.message,
        "code": answer.code,
    }


def synthetic(value: Synthetic) -> dict[str, Any]:
    """The answer of `syntheticfuture`."""
    return {
        "underlying": value.listing.root,
        "underlying_ltp": price(value.underlying_ltp),
        "expiry": compact_expiry(value.listing.expiry),
        "atm_strike": _strike(value.strike),
        "synthetic_future_price": round(value.price, 2),
        "basis": round(value.basis, 2),
    }


def _strike(value: Decimal) -> float:
    return float(value)
