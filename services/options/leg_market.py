"""What a strategy of several legs wins and loses: today's market read once, then pure payoff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from domain.calendar import Calendar
from domain.errors import InvalidInput, NotFound
from domain.instruments import Instrument, InstrumentKey, InstrumentType
from domain.market import Quote
from domain.money import to_decimal
from domain.options import NO_PREMIUM, Premium, premium
from domain.orders import Side
from domain.payoff.legs import PayoffLeg
from services.accounts.principal import Principal
from services.market.instruments import Instruments
from services.options.board import QuoteBoard
from services.options.chains import OptionChains
from services.options.expiry import expiry_instant, require_alive, years_left
from services.options.forward import Forward, Listing, parity_pair
from services.options.listings import Listings
from services.options.selection import OptionSelection, Underlying
from services.trading.router import require_account
from utils.clock import Clock

if TYPE_CHECKING:
    from services.options.valuation import Valued

CALL = InstrumentType.CE
LINEAR = frozenset({InstrumentType.FUT, InstrumentType.PERPFUT, InstrumentType.EQ})


class StrategyLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One leg as asked. quantity: units. price: rupees it is entered at, None for the market's."""

    key: InstrumentKey
    side: Side
    quantity: int
    price: Decimal | None = None


class MarketLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One leg with what the market says of it. entry, source: what it is entered at and whose word that is.

    valued: None for shares and futures. volatility_source: own, atm (its expiry's at the money) or none.
    """

    instrument: Instrument
    asked: StrategyLeg
    entry: Decimal
    source: str
    payoff: PayoffLeg
    valued: Valued | None = None
    volatility_source: str = "none"


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy and its market. reference: what is quoted as the underlying. spot: its last price, rupees.

    near: the first expiry, None when nothing expires. near_forward, near_volatility: of that expiry, the volatility at
    the money; None when unknown.
    """

    reference: Instrument
    spot: float
    legs: tuple[MarketLeg, ...]
    near_years: float | None
    near_forward: float | None
    near_volatility: float | None


class _Expiry(msgspec.Struct, frozen=True):
    """One option expiry. volatility: at the money."""

    years: float
    forward: Forward | None
    volatility: float | None


class _Market(msgspec.Struct, frozen=True):
    """Everything of one moment. spot: of the underlying. now: UTC; one for all, so that equal expiries are equal."""

    quotes: Mapping[InstrumentKey, Quote]
    spot: float
    now: dt.datetime


class LegMarket:
    """Reads the market of a strategy."""

    def __init__(
        self, instruments: Instruments, selection: OptionSelection, listings: Listings, chains: OptionChains,
        board: QuoteBoard, calendar: Calendar, clock: Clock,
    ) -> None:  # fmt: skip
        self._instruments = instruments
        self._selection = selection
        self._listings = listings
        self._chains = chains
        self._board = board
        self._calendar = calendar
        self._clock = clock

    def read(self, principal: Principal, asked: Sequence[StrategyLeg]) -> Strategy:
        """Raises UnknownInstrument, InvalidInput (an index, several underlyings, expired), NotFound (no price)."""
        broker = require_account(principal).broker
        rows = [self._instruments.resolve(broker, leg.key.exchange, leg.key.symbol) for leg in asked]
        root = _one_root(rows)
        listings = {
            row.key: self._listings.of_option(broker, row) for row in rows if row.instrument_type.is_option
        }
        reference = self._reference(broker, root, rows, list(listings.values()))
        quotes = self._quotes(principal, [reference, *rows], list(listings.values()))
        quote = quotes.get(reference.key)
        if quote is None or not quote.ltp > 0.0:
            raise NotFound(f"LTP not available for {reference.symbol}", code="NO_QUOTE")
        market = _Market(quotes, quote.ltp, self._clock.now())
        expiries: dict[dt.date | None, _Expiry] = {
            listing.expiry: self._expiry(principal, listing, market) for listing in listings.values()
        }
        legs = tuple(self._leg(leg, row, market, expiries) for leg, row in zip(asked, rows, strict=True))
        return _strategy(reference, quote.ltp, legs, expiries)

    def _reference(
        self, broker: str, root: str, rows: Sequence[Instrument], listings: Sequence[Listing]
    ) -> Instrument:
        """The underlying of the option that expires first; without options, of the future or the share itself."""
        if listings:
            return min(listings, key=lambda each: each.expiry).reference
        futures = [row for row in rows if row.expiry is not None]
        if not futures:
            return rows[0]
        first = min(futures, key=lambda row: (row.expiry is None, row.expiry))
        assert first.expiry is not None
        underlying = Underlying(root=root, exchange=first.exchange, options_exchange=first.exchange)
        return self._selection.reference(broker, underlying, first.expiry)

    def _quotes(
        self, principal: Principal, rows: Sequence[Instrument], listings: Sequence[Listing]
    ) -> dict[InstrumentKey, Quote]:
        """Legs, the underlying, and the pair at the money of every expiry."""
        guides = [key for listing in listings for key in listing.guides()]
        quotes = dict(self._board.read(principal, [*(row.key for row in rows), *guides]).quotes)
        pairs: list[InstrumentKey] = []
        for listing in listings:
            spot = quotes.get(listing.reference.key)
            pair = parity_pair(listing, spot.ltp) if spot else None
            pairs += [pair.call.key, pair.put.key] if pair else []
        return {**quotes, **self._board.read(principal, pairs).quotes}

    def _expiry(self, principal: Principal, listing: Listing, market: _Market) -> _Expiry:
        first = next(iter(listing.legs.values()))
        years = self._years(first, market)
        forward = self._chains.forward(principal, listing, years, 0.0)
        pair = parity_pair(listing, market.spot)
        rows = (pair.call, pair.put) if pair else ()
        valued = [_value(row, market.quotes.get(row.key), forward, years) for row in rows]
        found = [each.volatility for each in valued if each.volatility is not None]
        return _Expiry(years, forward, sum(found) / len(found) if found else None)

    def _years(self, row: Instrument, market: _Market) -> float:
        years = years_left(expiry_instant(self._calendar, row), market.now)
        require_alive(row, years)
        return years

    def _leg(
        self, asked: StrategyLeg, row: Instrument, market: _Market, expiries: Mapping[dt.date | None, _Expiry]
    ) -> MarketLeg:
        quote = market.quotes.get(row.key)
        now = premium(quote, float(row.tick_size)) if row.instrument_type.is_option else _last(quote)
        source = now.source
        if asked.price is not None:
            entry, source = asked.price, "given"
        elif now.price is not None:
            entry = to_decimal(now.price)
        else:
            raise NotFound(f"LTP not available for {row.symbol}", code="NO_QUOTE")
        units = (asked.quantity if asked.side is Side.BUY else -asked.quantity) * row.multiplier
        plain = PayoffLeg(units=units, price=entry)
        if row.strike is None:
            payoff = self._linear(plain, row, quote, market)
            return MarketLeg(instrument=row, asked=asked, entry=entry, source=source, payoff=payoff)
        expiry = expiries[row.expiry]
        valued = _value(row, quote, expiry.forward, expiry.years)
        own, other = valued.volatility, expiry.volatility
        payoff = msgspec.structs.replace(
            plain, strike=row.strike, is_call=row.instrument_type is CALL, years=expiry.years,
            basis=expiry.forward.price - market.spot if expiry.forward else 0.0,
            volatility=other if own is None else own,
        )  # fmt: skip
        return MarketLeg(
            instrument=row, asked=asked, entry=entry, source=source, payoff=payoff, valued=valued,
            volatility_source="own" if own is not None else "atm" if other is not None else "none",
        )  # fmt: skip

    def _linear(self, plain: PayoffLeg, row: Instrument, quote: Quote | None, market: _Market) -> PayoffLeg:
        """A share moves with the underlying; a future stands above it by its basis until it expires."""
        if row.expiry is None:
            return plain
        basis = quote.ltp - market.spot if quote is not None and quote.ltp > 0.0 else 0.0
        return msgspec.structs.replace(plain, years=self._years(row, market), basis=basis)


def _strategy(
    reference: Instrument,
    spot: float,
    legs: tuple[MarketLeg, ...],
    expiries: Mapping[dt.date | None, _Expiry],
) -> Strategy:
    years = [leg.payoff.years for leg in legs if leg.payoff.years is not None]
    near = min(years, default=None)
    first = next((each for each in expiries.values() if each.years == near), None)
    return Strategy(
        reference=reference, spot=spot, legs=legs, near_years=near,
        near_forward=first.forward.price if first and first.forward else None,
        near_volatility=first.volatility if first else None,
    )  # fmt: skip


def _one_root(rows: Sequence[Instrument]) -> str:
    """The underlying of all legs. Raises InvalidInput for an index as a leg, and for several underlyings."""
    roots: dict[str, None] = {}
    for row in rows:
        kind = row.instrument_type
        if not (kind.is_option or kind in LINEAR):
            raise InvalidInput(
                f"{row.symbol} cannot be a leg", errors={"legs": [f"{row.symbol} is not tradable"]}
            )
        roots[row.name if row.exchange.is_derivative else row.symbol] = None
    if len(roots) > 1:
        text = f"need one underlying, found {', '.join(roots)}"
        raise InvalidInput(f"legs: {text}", errors={"legs": [text]}, code="SEVERAL_UNDERLYINGS")
    return next(iter(roots))


def _value(row: Instrument, quote: Quote | None, forward: Forward | None, years: float) -> Valued:
    """numpy is loaded by the first strategy."""
    from services.options.valuation import Leg, value

    price, tick = forward.price if forward else None, float(row.tick_size)
    is_call = row.instrument_type is CALL
    return value([Leg(float(row.strike or 0), is_call, premium(quote, tick), price, years, 0.0, tick)])[0]


def _last(quote: Quote | None) -> Premium:
    return Premium(quote.ltp, "ltp") if quote is not None and quote.ltp > 0.0 else NO_PREMIUM
