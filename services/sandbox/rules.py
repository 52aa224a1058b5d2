"""What paper trading accepts and holds back, over domain.margin and the user's options. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from database.sandbox.records import OrderRecord, PositionRecord
from domain.errors import Refused
from domain.instruments import Instrument
from domain.margin import Exposure, Pending, leveraged, opening_orders, two_sided_margin
from domain.matching import is_stop_consistent
from domain.money import from_micros, plain, to_micros, traded_paise
from domain.orders import OrderTerms, PriceType, Product, Side
from services.sandbox.exchange.prices import SymbolMarket
from services.sandbox.options import PaperOptions, leverage_of

BPS = 10_000


def check_terms(
    instrument: Instrument, terms: OrderTerms, options: PaperOptions, market: SymbolMarket
) -> None:
    """Raise Refused, with the rule in words, for terms that an exchange would not take."""
    kind = terms.price_type
    for what, price, needed in (
        ("Price", terms.price, kind.needs_price),
        ("Trigger price", terms.trigger_price, kind.needs_trigger),
    ):
        if needed:
            if price is None or price <= 0:
                raise Refused(f"{what} is required for {kind.value} orders", code="PRICE_MISSING")
            _check_band(what, to_micros(price), market)
    if kind is PriceType.SL:
        _check_stop(terms)
    if kind is PriceType.SL_M and instrument.instrument_type.is_option and not options.stop_market_on_options:
        raise Refused(
            "SL-M orders are not taken on options: use SL with a price", code="STOP_MARKET_ON_OPTION"
        )


def _check_stop(terms: OrderTerms) -> None:
    assert terms.price is not None and terms.trigger_price is not None
    if not is_stop_consistent(terms.side, terms.trigger_price, terms.price):
        relation = "at or below" if terms.side is Side.BUY else "at or above"
        raise Refused(
            f"Trigger price of a {terms.side.value} SL order must be {relation} its price",
            code="STOP_RELATION",
        )


def _check_band(what: str, micros: int, market: SymbolMarket) -> None:
    if market.lower is not None and market.upper is not None and not market.lower <= micros <= market.upper:
        low, high = plain(from_micros(market.lower)), plain(from_micros(market.upper))
        raise Refused(
            f"{what} {plain(from_micros(micros))} is outside the price band {low} to {high}",
            code="PRICE_BAND",
        )


def beyond(
    instrument: Instrument, side: Side, price: int, options: PaperOptions, market: SymbolMarket
) -> int:
    """A price worse than `price` by the slippage, at least one tick, on the grid and inside the band."""
    tick = to_micros(instrument.tick_size)
    steps = max(1, -(-price * options.slippage_bps // (BPS * tick)))
    moved = max(tick, price + side.sign * steps * tick)
    if side is Side.BUY and market.upper is not None:
        moved = max(price, min(moved, market.upper))
    if side is Side.SELL and market.lower is not None:
        moved = min(price, max(moved, market.lower))
    return moved


def reserve_price(
    instrument: Instrument, terms: OrderTerms, options: PaperOptions, market: SymbolMarket
) -> int:
    """The worst price at which the order may trade as it stands, for the money that is set aside.

    Raises Refused for a MARKET order without any price to go by.
    """
    kind, side = terms.price_type, terms.side
    if kind is PriceType.LIMIT and terms.price is not None:
        return to_micros(terms.price)
    if kind is PriceType.SL and terms.price is not None and terms.trigger_price is not None:
        return to_micros(max(terms.price, terms.trigger_price))
    if kind is PriceType.SL_M and terms.trigger_price is not None:
        trigger = to_micros(terms.trigger_price)
        return beyond(instrument, side, trigger, options, market) if side is Side.BUY else trigger
    return market_reserve(instrument, side, terms.quantity, options, market)


def market_reserve(
    instrument: Instrument, side: Side, quantity: int, options: PaperOptions, market: SymbolMarket
) -> int:
    """What a MARKET order would pay per unit now, rounded up."""
    rest, cost, price = quantity, 0, None
    for price, shown in market.levels.against(side):
        taken = min(rest, shown)
        cost += taken * price
        rest -= taken
        if rest == 0:
            break
    if price is None:
        if market.last is None:
            raise Refused(
                f"There is no price for {instrument.symbol} now; nothing was placed", code="NO_QUOTE"
            )
        price = market.last
    if rest:
        cost += rest * beyond(instrument, side, price, options, market)
    return -(-cost // quantity)


def required_margin(
    instrument: Instrument, position: PositionRecord, orders: Sequence[OrderRecord], options: PaperOptions
) -> int:
    """Paise that a position and its working orders hold back, at the worst net position they can lead to."""
    product = Product(position.product)

    def worth(rows: Sequence[Pending]) -> int:
        return sum(traded_paise(row.quantity, row.price, instrument.multiplier) for row in rows)

    pending = {
        side: [Pending(row.pending, row.reserve_price) for row in orders if row.side == side.value]
        for side in Side
    }
    long_leverage = leverage_of(options, instrument, product, Side.BUY)
    if product is Product.CNC:
        return leveraged(position.cost + worth(pending[Side.BUY]), long_leverage)
    buys, sells = opening_orders(position.quantity, pending[Side.BUY], pending[Side.SELL])
    held = Exposure(position.quantity, position.cost)
    if instrument.instrument_type.is_option and options.option_sell_percent and instrument.strike is not None:
        written = max(-position.quantity, 0) + sum(row.quantity for row in sells)
        notional = traded_paise(written, to_micros(instrument.strike), instrument.multiplier)
        long_cost = worth(buys) + (position.cost if position.quantity > 0 else 0)
        return max(leveraged(long_cost, long_leverage), -(-notional * options.option_sell_percent // 100))
    return two_sided_margin(
        held, worth(buys), worth(sells), long_leverage=long_leverage,
        short_leverage=leverage_of(options, instrument, product, Side.SELL),
    )  # fmt: skip
