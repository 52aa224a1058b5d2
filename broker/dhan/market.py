"""Dhan's quotes and depth, which its sandbox lacks."""

from __future__ import annotations

from collections.abc import Sequence

from broker.core import tables as t
from broker.core.endpoint import ask, keyed
from broker.core.roles import Session
from broker.families.dhan import mapping
from broker.families.dhan.roles import Market
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth

_SEGMENTS = (*(segment for _, segment in mapping.PLACES.values()), mapping.INDEX_SEGMENT)
QUOTES = ask("quotes", "POST /marketfeed/quote", t.section("data"), "quote", keyed(*_SEGMENTS), "json")


class LiveMarket(Market):
    """Quotes and depth too."""

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        wanted: dict[str, list[int] | None] = {
            place: [int(item.token) for item in instruments if item.broker_exchange == place] or None
            for place in _SEGMENTS
        }
        data = self._rest.call(session, QUOTES, wanted)
        rows = (
            (item, t.inside(item.broker_exchange, t.section(item.token, optional=True))(data))
            for item in instruments
        )
        return {item.key: mapping.depth(row) for item, row in rows if row is not None}
