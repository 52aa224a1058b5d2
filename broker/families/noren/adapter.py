"""The roles of a member: endpoints over the family's words, and what Noren lacks (prices of holdings, today)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec

from broker.core import tables as t
from broker.core.endpoint import always, ask, field, keyed, values_of, withdraw, write
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext, Session
from broker.core.table_roles.login import TableLogin
from broker.core.table_roles.market import BarsAsked, DepthMarket
from broker.core.tables import Shape
from broker.core.values import pnl_percent, require_prices
from broker.families.noren import prices, wire, words
from broker.families.noren.contracts import ZIPPED, Files, NorenContracts
from broker.families.noren.stream import NorenSocket
from domain.errors import NotSupported, OpenAlgoError
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Candle, Depth
from domain.money import to_decimal
from domain.orders import OrderTerms, PlaceOrder, PriceType
from domain.portfolio import Holding, MarginEstimate
from utils.clock import ist
from utils.concurrency import run_all

_WHERE = (field("exch", "instrument.broker_exchange"), field("token", "instrument.token"))
QUOTES = ask("quotes", "POST /GetQuotes", prices.snapshot, "quote", _WHERE, "vendor")
_SPAN = (
    field("st", lambda asked: int(asked.start.timestamp())), field("et", lambda asked: int(asked.end.timestamp())),
    field("intrv", "interval"))  # fmt: skip
SERIES = ask("history", "POST /TPSeries", prices.intraday, "quote", (*_WHERE, *_SPAN), "vendor")
DAYS = ask("history", "POST /EODChartData", prices.daily, "quote", keyed("sym", "from", "to"), "vendor")
_TOTAL = Shape("noren margin", MarginEstimate, {"total": t.from_text(t.decimal, "marginused")})
_REST = field("basketlists", lambda basket: [dict(values_of(words.LEG, leg)) for leg in basket.rest])
MARGIN = ask("margin", "POST /GetBasketMargin", _TOTAL.read, "other", (*words.LEG, _REST), "vendor")
_LIMITED = {PriceType.MARKET: PriceType.LIMIT, PriceType.SL_M: PriceType.SL}  # all that the calculator knows
# Day candles know an index by the exchange's display name, whatever the contract file calls it.
_INDEX_NAMES = {
    "NIFTY": "Nifty 50", "BANKNIFTY": "Nifty Bank", "FINNIFTY": "Nifty Financial Services",
    "MIDCPNIFTY": "Nifty Midcap Select", "NIFTYNXT50": "Nifty Next 50", "INDIAVIX": "India VIX"}  # fmt: skip
# Longer than any run of days without trading, so that the day before today is always among the candles.
_LOOK_BACK, _QUOTES_AT_ONCE = dt.timedelta(days=14), 8


class Market(DepthMarket):
    """Quotes, depth, history and margin. Noren answers one instrument per call."""

    def __init__(self, context: PluginContext, rest: Rest, charts: Rest) -> None:
        super().__init__(context, rest)
        self._charts = charts

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        found = {item.key: self._snapshot(session, item)[0] for item in instruments}
        return {key: depth for key, depth in found.items() if depth is not None}

    def _snapshot(self, session: Session, instrument: Instrument) -> tuple[Depth | None, str]:
        return self._rest.call(session, QUOTES, SimpleNamespace(instrument=instrument))

    def last_price(self, session: Session, instrument: Instrument) -> Decimal | None:
        """The last trade's price; None where there is none."""
        found, _ = self._snapshot(session, instrument)
        return to_decimal(found.quote.ltp) if found is not None and found.quote.ltp else None

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        if asked.length.seconds is None:
            return asked.read(self._days(session, asked.instrument, asked.start, asked.end))
        return asked.read(self._charts.call(session, SERIES, asked))

    def _days(
        self, session: Session, instrument: Instrument, start: dt.datetime, end: dt.datetime
    ) -> list[list[Any]]:
        if instrument.exchange is Exchange.BSE_INDEX:
            raise NotSupported(f"{self._name} keeps no daily candles of BSE indices")
        now, word = self._clock.now(), instrument.broker_symbol
        asks_today = ist(start).date() <= ist(now).date() <= ist(end).date()
        first = min(start, now - _LOOK_BACK) if asks_today else start
        name = _INDEX_NAMES.get(instrument.symbol, word) if instrument.exchange.is_index else word
        # Candles are stamped at 00:00 UTC, which is later than the Indian midnight that a day begins with.
        span = {"from": int(first.timestamp()), "to": int(end.timestamp()) + 86_400}
        days = self._charts.call(session, DAYS, {"sym": f"{instrument.broker_exchange}:{name}", **span})
        found, traded = self._snapshot(session, instrument) if asks_today else (None, "")
        return [*days, *prices.today(found, traded, now, days)]

    def estimate(self, session: Session, legs: Sequence[tuple[Instrument, OrderTerms]]) -> MarginEstimate:
        """The basket call for any number of legs, the first one flat; the total is all that Noren tells."""
        first, *rest = (self._leg(session, instrument, terms) for instrument, terms in legs)
        basket = SimpleNamespace(terms=first.terms, instrument=first.instrument, rest=rest)
        return self._rest.call(session, MARGIN, basket)

    def _leg(self, session: Session, instrument: Instrument, terms: OrderTerms) -> PlaceOrder:
        """A leg with a price: an order without one is asked for at its trigger, or at the last trade."""
        if not terms.price_type.needs_price:
            price = terms.trigger_price or self.last_price(session, instrument)
            terms = msgspec.structs.replace(terms, price=price, price_type=_LIMITED[terms.price_type])
        require_prices(terms)
        return PlaceOrder(terms=terms, instrument=instrument, tag="")


class Folio(TablePortfolio):
    """The portfolio; Noren's holdings come without prices."""

    def __init__(self, context: PluginContext, rest: Rest, books: words.Books, market: Market) -> None:
        positions = ask("positions", "POST /PositionBook", books.positions, "other", (), "vendor")
        held = ask("holdings", "POST /Holdings", books.holdings, "other", (always("prd", "C"),), "vendor")
        limits = (wire.LIMITS, positions)
        super().__init__(rest, positions=positions, holdings=held, funds=limits, sum_funds=words.funds)
        self._instruments, self._market = context.instruments, market

    def holdings(self, session: Session) -> list[Holding]:
        rows = super().holdings(session)
        jobs = [partial(self._priced, session, row) for row in rows]
        return run_all(jobs, _QUOTES_AT_ONCE, "holdings") if jobs else []

    def _priced(self, session: Session, row: Holding) -> Holding:
        """With its last price and what follows from it; a price that cannot be had stays unknown."""
        item, average = self._instruments.by_key(InstrumentKey(row.exchange, row.symbol)), row.average_price
        with suppress(OpenAlgoError, ArithmeticError):
            last = self._market.last_price(session, item) if item is not None else None
            profit = None if last is None or average is None else (last - average) * row.quantity
            return msgspec.structs.replace(row, ltp=last, pnl=profit, pnl_percent=pnl_percent(average, last))
        return row


def build(context: PluginContext, way: wire.LoginWay = wire.OAUTH, files: Files = ZIPPED) -> Plugin:
    """A member's plug-in. Its options `auth` and `chart_auth` say how calls are signed."""
    rest = Rest(context, wire.dialect(context.settings["auth"]))
    charts = Rest(context, wire.dialect(context.settings["chart_auth"]))
    books = words.Books(context.instruments, context.alarm)
    market = Market(context, rest, charts)
    desk = TableDesk(
        rest,
        place=write("place", "POST /PlaceOrder", words.placed, "order", words.PLACE, body="vendor"),
        modify=write("modify", "POST /ModifyOrder", words.changed, "order", words.MODIFY, body="vendor"),
        cancel=withdraw("cancel", "POST /CancelOrder", words.changed, "order", words.CANCEL, "vendor"),
        order_book=ask("order book", "POST /OrderBook", books.orders, "other", (), "vendor"),
        trade_book=ask("trade book", "POST /TradeBook", books.trades, "other", (), "vendor"),
    )
    return Plugin(
        manifest=context.manifest, auth=TableLogin(context, rest, wire.login(way)), orders=desk,
        portfolio=Folio(context, rest, books, market), market=market, margin=market,
        contracts=NorenContracts(context, rest, files), stream=lambda: NorenSocket(context, books))  # fmt: skip
