"""Prices of XTS over REST: quotes in two calls where there is open interest, history as one string, the calculator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from broker.core import tables as t
from broker.core.endpoint import always, ask, get, keyed, nested
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.values import bars, book
from broker.families import xts_prices as q
from broker.families.pricing import with_today
from broker.families.xts import mapping
from broker.families.xts.stream import ASKED
from domain.errors import BadVendorData, Unavailable
from domain.instruments import MONTHS, Exchange, Instrument, InstrumentKey
from domain.market import Candle, Depth, Interval, Quote
from domain.orders import OrderTerms, PlaceOrder
from domain.portfolio import MarginEstimate
from utils.clock import IST, from_epoch, ist

_JSON = always("publishFormat", "JSON")
QUOTES = ask("quotes", "POST /instruments/quotes", q.listed, "quote", (*ASKED, _JSON), "json")
_BARS = keyed("exchangeSegment", "exchangeInstrumentID", "startTime", "endTime", "compressionValue")
HISTORY = get("history", "/instruments/ohlc", t.an_object, "history", _BARS)
_OPENS_AT_NINE = frozenset({Exchange.MCX, Exchange.CDS, Exchange.BCD, Exchange.NCDEX})


class Market:
    """Quotes, depth, history and margin. rest: the market-data application; orders: the interactive one."""

    def __init__(self, context: PluginContext, rest: Rest, orders: Rest, epoch: q.Epoch) -> None:
        self._limits, self._clock = context.manifest.limits, context.clock
        self._rest, self._orders, self._epoch = rest, orders, epoch
        leg = mapping.margin_leg(mapping.lot_step(context.settings["lot_counted"]))
        asked = (*keyed("clientID"), nested("portfolio", leg, lambda asked: asked["legs"]))
        self._margin = ask("margin", "POST /orders/margindetails", mapping.margin, "margin", asked, "json")

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        return {key: found.quote for key, found in self._depths(session, instruments).items()}

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        found = self._depths(session, [instrument]).get(instrument.key)
        if found is None:
            raise Unavailable(f"The broker has no quote for {instrument.key}")
        return found

    def _depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        facts = self._facts(session, q.DEPTH, instruments)
        listed = [item for item in instruments if item.exchange.is_derivative]
        for key, interest in self._facts(session, q.OPEN_INTEREST, listed).items():
            facts[key] = {**facts.get(key, {}), **interest}
        found = [(item.key, facts.get(q.key(item), {})) for item in instruments]
        told = [(key, q.parted(each)) for key, each in found if "ltp" in each]
        return {key: book(Quote(**fields), bids, asks) for key, (fields, bids, asks) in told}

    def _facts(self, session: Session, code: int, asked: Sequence[Instrument]) -> dict[q.Key, q.Facts]:
        rows = self._rest.call(session, QUOTES, (code, asked)) if asked else []
        return {q.key_of(row): q.read_json(code, row, self._epoch) for row in rows}

    def history(
        self, session: Session, instrument: Instrument, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:  # fmt: skip
        """See MarketData. A dead token may be answered with nothing, so a quote must show that it lives."""
        segment, number = q.key(instrument)
        asked = {
            "exchangeSegment": segment, "exchangeInstrumentID": number, "startTime": _wall_time(start),
            "endTime": _wall_time(end), "compressionValue": self._limits.history[interval].vendor,
        }  # fmt: skip
        rows = _bar_rows(self._rest.call(session, HISTORY, asked), instrument, interval)
        if not rows:
            living = self._rest.living(session, QUOTES, (q.DEPTH, [instrument]))
            if living is not session:
                rows = _bar_rows(self._rest.call(living, HISTORY, asked), instrument, interval)
        found = bars(rows, interval, start, end, at=lambda at: at)
        if interval is not Interval.D:
            return found
        return with_today(
            found, end, self._clock.now(), lambda: self.quotes(session, [instrument]).get(instrument.key)
        )

    def estimate(self, session: Session, legs: Sequence[tuple[Instrument, OrderTerms]]) -> MarginEstimate:
        orders = [PlaceOrder(terms=terms, instrument=instrument, tag="") for instrument, terms in legs]
        client = session.tokens["client"] or session.broker_user_id
        return self._orders.call(session, self._margin, {"clientID": client, "legs": orders})


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
