"""Profit and loss of today: by symbol, by strategy, and how it went; at the desk of the current mode."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from domain.errors import OpenAlgoError, UnknownInstrument
from domain.instruments import Instrument, InstrumentKey
from domain.market import Interval
from domain.money import from_paise, to_paise
from domain.orders import Product, Side
from domain.portfolio import Position
from services.accounts.principal import Principal
from services.market.history import History
from services.market.quotes import Quotes
from services.portfolio.account import Portfolio
from services.portfolio.attribution import (
    Fill,
    Place,
    StrategyRow,
    SymbolRow,
    by_place,
    by_strategy,
    by_symbol,
    fills_of,
    traded,
)  # fmt: skip
from services.portfolio.charges import ChargeEstimates, Tariff
from services.portfolio.day_curve import Change, Extremes, Point, Track, curve, extremes
from services.trading.books import Books
from services.trading.router import InstrumentIndex, require_account
from utils.clock import Clock, ist

# Bars of more places would be a burst against the broker's history budget; the largest turnover comes first.
MOST_PLACES = 40
CURVE_SECONDS = 12.0
BAR_SECONDS = {Interval.M1: 60, Interval.M2: 120, Interval.M3: 180, Interval.M5: 300, Interval.M15: 900}


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The page. unattributed: fills of orders that were placed elsewhere."""

    day: dt.date
    mode: str
    symbols: list[SymbolRow]
    strategies: list[StrategyRow]
    unattributed: int


class LeftOut(msgspec.Struct, frozen=True):
    """A place that the curve lacks, and why."""

    place: Place
    why: str


class DayCurve(msgspec.Struct, frozen=True, kw_only=True):
    """The curve of the day. extremes: None before the first point. interval: of the bars, None when none was read."""

    day: dt.date
    mode: str
    points: list[Point]
    extremes: Extremes | None
    left_out: list[LeftOut]
    interval: Interval | None


class DayProfit:
    """Reads."""

    def __init__(
        self, *, portfolio: Portfolio, books: Books, history: History, quotes: Quotes,
        instruments: InstrumentIndex, charges: ChargeEstimates, clock: Clock,
    ) -> None:  # fmt: skip
        self._portfolio = portfolio
        self._books = books
        self._history = history
        self._quotes = quotes
        self._instruments = instruments
        self._estimates = charges
        self._clock = clock

    def today(self, principal: Principal) -> Today:
        """Positions and fills of today. Raises what the broker raised when a book could not be read."""
        book = self._books.trades(principal)
        positions = self._portfolio.positions(principal)
        fills = fills_of(book.rows, book.strategies)
        charges = self._charges(principal, fills)
        return Today(
            day=self._day(), mode=book.mode, symbols=by_symbol(positions, fills, charges),
            strategies=by_strategy(positions, fills, charges),
            unattributed=sum(fill.strategy is None for fill in fills),
        )  # fmt: skip

    def curve(self, principal: Principal) -> DayCurve:
        """How the day went, carried positions from the previous close; what has no basis is left out and named."""
        book = self._books.trades(principal)
        positions = self._portfolio.positions(principal)
        places = by_place(fills_of(book.rows, book.strategies))
        for position in positions:
            if position.quantity:
                places.setdefault((position.exchange, position.symbol, str(position.product)), [])
        interval = self._interval(principal)
        tracks, left_out = self._tracks(principal, places, positions, interval)
        points = curve(tracks, self._begin(tracks)) if tracks else []
        return DayCurve(
            day=self._day(), mode=book.mode, points=points, extremes=extremes(points), left_out=left_out,
            interval=interval if any(track.bars for track in tracks) else None,
        )  # fmt: skip

    def _day(self) -> dt.date:
        return ist(self._clock.now()).date()

    def _begin(self, tracks: Sequence[Track]) -> int:
        """Where the curve starts: with the day where something was carried, else a bar before the first fill."""
        firsts = [track.bars[0].timestamp for track in tracks if track.bars and track.carried]
        firsts += [change.at - track.bar_seconds for track in tracks for change in track.changes]
        return min(firsts, default=int(self._clock.now().timestamp()))

    def _charges(self, principal: Principal, fills: Sequence[Fill]) -> dict[str, Decimal | None]:
        """An estimate an order: statutory charges and the table's brokerage; None without rates or instrument."""
        orders: dict[str, list[Fill]] = {}
        for fill in fills:
            orders.setdefault(fill.order_id, []).append(fill)
        tariff, broker = self._estimates.today(), require_account(principal).broker
        return {order_id: self._charged(broker, mine, tariff) for order_id, mine in orders.items()}

    def _charged(self, broker: str, fills: Sequence[Fill], tariff: Tariff) -> Decimal | None:
        first = fills[0]
        instrument = self._instrument(broker, first.place)
        if instrument is None or first.product not in Product.__members__:
            return None
        turnover = to_paise(sum((fill.value for fill in fills), Decimal(0)))
        charges = tariff.of_order(instrument, first.side, Product(first.product), turnover)
        return None if charges is None else from_paise(charges.total)

    def _instrument(self, broker: str, place: Place) -> Instrument | None:
        try:
            return self._instruments.resolve(broker, place[0], place[1])
        except UnknownInstrument:
            return None

    def _interval(self, principal: Principal) -> Interval | None:
        """The finest bars of a minute and more that the broker serves."""
        try:
            served = self._history.intervals(principal)
        except OpenAlgoError:
            return None
        return next((interval for interval in BAR_SECONDS if interval in served), None)

    def _tracks(
        self, principal: Principal, places: Mapping[Place, Sequence[Fill]], positions: Sequence[Position],
        interval: Interval | None,
    ) -> tuple[list[Track], list[LeftOut]]:  # fmt: skip
        held = {(row.exchange, row.symbol, str(row.product)): row for row in positions}
        largest = sorted(places, key=lambda place: -traded(places[place]).turnover)
        deadline = self._clock.monotonic() + CURVE_SECONDS
        tracks: list[Track] = []
        left_out: list[LeftOut] = []
        for number, place in enumerate(largest):
            if number >= MOST_PLACES or self._clock.monotonic() > deadline:
                left_out.append(LeftOut(place, "not read: too many instruments for one curve"))
                continue
            try:
                tracks.append(self._track(principal, place, places[place], held.get(place), interval))
            except OpenAlgoError as error:
                left_out.append(LeftOut(place, error.message))
            except _NoBasis as error:
                left_out.append(LeftOut(place, str(error)))
        return tracks, left_out

    def _track(
        self, principal: Principal, place: Place, fills: Sequence[Fill], position: Position | None,
        interval: Interval | None,
    ) -> Track:  # fmt: skip
        if any(fill.at is None for fill in fills):
            raise _NoBasis("the broker does not say when its fills happened")
        carried = (position.quantity if position else 0) - traded(fills).net
        key = InstrumentKey(exchange=place[0], symbol=place[1])
        close = self._quotes.quote(principal, key).prev_close if carried else None
        if carried and close is None:
            raise _NoBasis("carried from earlier days, and its previous close is not known")
        changes = [_change(fill) for fill in fills]
        bars = self._history.bars(principal, key, interval, self._day(), self._day()) if interval else None
        return Track(
            changes=changes, bars=bars.candles if bars else (), carried=carried,
            bar_seconds=BAR_SECONDS[interval] if interval else 0,
            previous_close=Decimal(str(close)) if close is not None else Decimal(0),
            multiplier=position.multiplier if position else 1,
        )  # fmt: skip


class _NoBasis(Exception):
    """Why a place has no curve."""


def _change(fill: Fill) -> Change:
    if fill.at is None:
        raise _NoBasis("the broker does not say when its fills happened")
    sign = 1 if fill.side is Side.BUY else -1
    return Change(int(fill.at.timestamp()), sign * fill.quantity, -sign * fill.value)
