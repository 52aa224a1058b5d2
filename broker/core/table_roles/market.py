"""The MarketData role for vendors who tell quote and book in one answer, and the Margin role, as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import msgspec

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.values import bars
from domain.errors import Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Quote
from domain.orders import OrderTerms, PlaceOrder
from domain.portfolio import MarginEstimate


class BarsAsked(msgspec.Struct, frozen=True):
    """The subject of a history endpoint. interval: the vendor's word for `length`."""

    instrument: Instrument
    length: Interval
    interval: str
    start: dt.datetime
    end: dt.datetime

    def read(
        self, rows: object, at: Callable[[Any], dt.datetime] = dt.datetime.fromisoformat
    ) -> list[Candle]:
        """The rows of an answer as candles of the span; see `bars`."""
        return bars(rows, self.length, self.start, self.end, at)


class BarsMarket:
    """The half of a MarketData that is about history, of which a vendor writes `candles`."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        self._name, self._spans = context.manifest.name, context.manifest.limits.history
        self._clock, self._rest = context.clock, rest

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        """The bars of one vendor call's span."""
        raise NotImplementedError

    def history(
        self, session: Session, instrument: Instrument, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:  # fmt: skip
        word = self._spans[interval].vendor
        return self.candles(session, BarsAsked(instrument, interval, word, start, end))


class DepthMarket(BarsMarket):
    """A MarketData and BookSource of which a vendor writes `depths` and `candles`."""

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        """Quote and book of those that the vendor knows."""
        raise NotImplementedError

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        return {key: found.quote for key, found in self.depths(session, instruments).items()}

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        found = self.depths(session, [instrument]).get(instrument.key)
        if found is None:
            raise Unavailable(f"{self._name} has no quote for {instrument.key}")
        return found


class TableMarket(DepthMarket):
    """A MarketData of two endpoints.

    depths: its subject is the list of instruments, its value their depths under what `name` makes of an instrument.
    history: its subject is a BarsAsked, its value the rows that `bars` reads.
    """

    def __init__(
        self, context: PluginContext, rest: Rest, *, name: Callable[[Instrument], Hashable],
        depths: Endpoint[Mapping[Hashable, Depth]], history: Endpoint[Any],
    ) -> None:  # fmt: skip
        super().__init__(context, rest)
        self._name_of, self._depths, self._history = name, depths, history

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        found = self._rest.call(session, self._depths, instruments)
        names = {self._name_of(item): item.key for item in instruments}
        return {key: found[name] for name, key in names.items() if name in found}

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        return asked.read(self._rest.call(session, self._history, asked))


class TableMargin:
    """A Margin role. ask: the endpoint for these orders, and its subject."""

    def __init__(
        self, rest: Rest, ask: Callable[[Session, list[PlaceOrder]], tuple[Endpoint[MarginEstimate], Any]]
    ) -> None:
        self._rest, self._ask = rest, ask

    def estimate(self, session: Session, legs: Sequence[tuple[Instrument, OrderTerms]]) -> MarginEstimate:
        orders = [PlaceOrder(terms=terms, instrument=instrument, tag="") for instrument, terms in legs]
        return self._rest.call(session, *self._ask(session, orders))
