"""The MarketData role as a table, for vendors who tell quote and book in one answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence

import msgspec

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.values import bars
from domain.errors import Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Quote


class BarsAsked(msgspec.Struct, frozen=True):
    """The subject of a history endpoint. interval: the vendor's word for it."""

    instrument: Instrument
    interval: str
    start: dt.datetime
    end: dt.datetime


class TableMarket:
    """A MarketData of two endpoints.

    depths: its subject is the list of instruments, its value their depths under what `name` makes of an instrument.
    history: its subject is a BarsAsked, its value the rows that `bars` reads.
    """

    def __init__(
        self, context: PluginContext, rest: Rest, *, name: Callable[[Instrument], Hashable],
        depths: Endpoint[Mapping[Hashable, Depth]], history: Endpoint[object],
    ) -> None:  # fmt: skip
        self._manifest, self._rest = context.manifest, rest
        self._name, self._depths, self._history = name, depths, history

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        """See MarketData."""
        found = self._rest.call(session, self._depths, instruments)
        names = {self._name(item): item.key for item in instruments}
        return {key: found[name].quote for name, key in names.items() if name in found}

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        """See MarketData."""
        found = self._rest.call(session, self._depths, [instrument]).get(self._name(instrument))
        if found is None:
            raise Unavailable(f"{self._manifest.name} has no quote for {instrument.key}")
        return found

    def history(
        self, session: Session, instrument: Instrument, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:  # fmt: skip
        """See MarketData."""
        asked = BarsAsked(instrument, self._manifest.limits.history[interval].vendor, start, end)
        return bars(self._rest.call(session, self._history, asked), interval, start, end)
