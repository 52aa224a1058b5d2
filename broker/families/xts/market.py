"""Prices of XTS over REST: quotes in two calls where there is open interest, history as one string, the calculator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from broker.core import tables as t
from broker.core.endpoint import Endpoint, always, ask, get, keyed, nested
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.table_roles.market import BarsAsked, DepthMarket, TableMargin
from broker.core.values import book, lot_step
from broker.families import xts_prices as q
from broker.families.pricing import with_today
from broker.families.xts import mapping
from broker.families.xts.stream import ASKED
from domain.errors import BadVendorData
from domain.instruments import MONTHS, Exchange, Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Quote
from domain.orders import PlaceOrder
from domain.portfolio import MarginEstimate
from utils.clock import IST, from_epoch, ist

_JSON = always("publishFormat", "JSON")
QUOTES = ask("quotes", "POST /instruments/quotes", q.listed, "quote", (*ASKED, _JSON), "json")
_BARS = keyed("exchangeSegment", "exchangeInstrumentID", "startTime", "endTime", "compressionValue")
HISTORY = get("history", "/instruments/ohlc", t.an_object, "history", _BARS)
_OPENS_AT_NINE = frozenset({Exchange.MCX, Exchange.CDS, Exchange.BCD, Exchange.NCDEX})


class Market(DepthMarket):
    """Quotes, depth and history of the market-data application."""

    def __init__(self, context: PluginContext, rest: Rest, epoch: q.Epoch) -> None:
        super().__init__(context, rest)
        self._epoch, self._name = epoch, "The broker"

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        facts = self._facts(session, q.DEPTH, instruments)
        derivatives = [item for item in instruments if item.exchange.is_derivative]
        for key, interest in self._facts(session, q.OPEN_INTEREST, derivatives).items():
            facts[key] = {**facts.get(key, {}), **interest}
        told = ((item.key, facts.get(q.key(item), {})) for item in instruments)
        parts = {key: q.parted(known) for key, known in told if "ltp" in known}
        return {key: book(Quote(**fields), bids, asks) for key, (fields, bids, asks) in parts.items()}

    def _facts(self, session: Session, code: int, asked: Sequence[Instrument]) -> dict[q.Key, q.Facts]:
        rows = self._rest.call(session, QUOTES, (code, asked)) if asked else []
        return {q.key_of(row): q.read_json(code, row, self._epoch) for row in rows}

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        """A dead token may be answered with nothing, so a quote must show that it lives."""
        instrument, interval, end = asked.instrument, asked.length, asked.end
        segment, number = q.key(instrument)
        span = {
            "exchangeSegment": segment, "exchangeInstrumentID": number, "startTime": _wall_time(asked.start),
            "endTime": _wall_time(end), "compressionValue": asked.interval}  # fmt: skip
        rows = _bar_rows(self._rest.call(session, HISTORY, span), instrument, interval)
        if not rows:
            living = self._rest.living(session, QUOTES, (q.DEPTH, [instrument]))
            if living is not session:
                rows = _bar_rows(self._rest.call(living, HISTORY, span), instrument, interval)
        found = asked.read(rows, at=lambda at: at)
        if interval is not Interval.D:
            return found
        return with_today(
            found, end, self._clock.now(), lambda: self.quotes(session, [instrument]).get(instrument.key)
        )


def margin(orders: Rest, lot_counted: str) -> TableMargin:
    """The calculator of the interactive application."""
    leg = mapping.margin_leg(lot_step(lot_counted))
    fields = (*keyed("clientID"), nested("portfolio", leg, lambda asked: asked["legs"]))
    call = ask("margin", "POST /orders/margindetails", mapping.margin, "margin", fields, "json")

    def asked(session: Session, legs: list[PlaceOrder]) -> tuple[Endpoint[MarginEstimate], Any]:
        return call, {"clientID": session.tokens["client"] or session.broker_user_id, "legs": legs}

    return TableMargin(orders, asked)


def _wall_time(instant: dt.datetime) -> str:
    """Jan 06 2025 091500, in India."""
    at = ist(instant)
    return f"{MONTHS[at.month - 1].title()} {at:%d %Y %H%M%S}"


def _bar_rows(data: Any, instrument: Instrument, interval: Interval) -> list[list[Any]]:
    """`time|open|high|low|close|volume|oi|` bars joined by commas. `dataReponse` is the vendor's spelling.

    Times read as UTC are the Indian wall clock, of a bar's last second. Bars begin at whole intervals from the opening,
    which the last bar of a day does not fill.
    """
    text = data.get("dataReponse", data.get("dataResponse"))
    opens = 9 * 3600 + (0 if instrument.exchange in _OPENS_AT_NINE else 900)
    rows: list[list[Any]] = []
    try:
        for bar in filter(None, text.split(",")):
            seconds, *numbers = bar.rstrip("|").split("|")
            wall = int(seconds)
            wall -= (wall % 86400 - opens) % interval.seconds if interval.seconds else 0
            rows.append([from_epoch(wall).replace(tzinfo=IST), *map(float, numbers)])
    except (AttributeError, ValueError, OverflowError, OSError):
        raise BadVendorData("xts history: a bar that cannot be read") from None
    return rows
