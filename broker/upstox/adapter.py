"""Upstox: the Developer API in the house's roles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import itemgetter

from broker.core import tables as t
from broker.core.contract_files.reading import FileContracts
from broker.core.endpoint import Dialect, ask, field, get, keyed, withdraw, write
from broker.core.gtt import TableGtt
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext, Session
from broker.core.table_roles.login import Granted, LoginCalls, LoginPage, TableLogin
from broker.core.table_roles.market import BarsAsked, DepthMarket, TableMargin
from broker.core.tables import Shape
from broker.core.values import lot_step, market_protection
from broker.upstox import contracts, mapping
from broker.upstox.stream import UpstoxFeed, UpstoxOrders
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth
from utils.clock import ist

_USER, _TOKEN = t.identity("user_id"), t.text("access_token")
_FORM = keyed("code", "client_id", "client_secret", "redirect_uri", "grant_type")
_GRANTED = Shape(
    "upstox login", Granted, {"user": _USER, "tokens": lambda row: {"access_token": _TOKEN(row)}}
)
LOGIN = write("login", "POST /v2/login/authorization/token", _GRANTED.read, "other", _FORM, signed=False)
LOGOUT = write("logout", "DELETE /v2/logout", bool, "other", (), body="query")
PROFILE = get("profile", "/v2/user/profile", _USER, "other")
FUNDS = get("funds", "/v3/user/get-funds-and-margin", t.an_object, "other")
_KEYS, _BARS = (field("instrument_key", ",".join),), keyed("key", "unit", "count", "to", "since")
QUOTES = get("quotes", "/v3/market-quote/quotes", mapping.by_key, "quote", _KEYS)
ORDERS = "/v2/feed/portfolio-stream-feed?update_types=order"
UNQUOTED = "GLOBAL_INDICATOR"  # its rows all come back under one name
_PATH, _CANDLES = "/v3/historical-candle/", itemgetter("candles")
HISTORY = get("history", _PATH + "{key}/{unit}/{count}/{to}/{since}", _CANDLES, "history", _BARS)
TODAY = get("today", _PATH + "intraday/{key}/{unit}/{count}", _CANDLES, "history", _BARS[:3])
CALLS = LoginCalls(
    login=LOGIN, check=PROFILE, logout=LOGOUT, page=LoginPage(
        path="/v2/login/authorization/dialog", code="code", confirmed=("error", ""),
        query=lambda credentials, address, state: {
            "response_type": "code", "client_id": credentials["api_key"], "redirect_uri": address, "state": state}),
    form=lambda credentials, answers: {
        "code": answers["code"], "client_id": credentials["api_key"], "client_secret": credentials["api_secret"],
        "redirect_uri": answers.get("callback_url", ""), "grant_type": "authorization_code"})  # fmt: skip


class Market(DepthMarket):
    """Quotes, depth and history."""

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        keys = {item.token: item.key for item in instruments if item.broker_exchange != UNQUOTED}
        rows = self._rest.call(session, QUOTES, keys) if keys else {}
        return {key: mapping.depth(rows[token]) for token, key in keys.items() if token in rows}

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        """Bars of past days and those of the running day come from two calls."""
        unit, _, count = asked.interval.partition("/")
        today, first, last = (ist(instant).date() for instant in (self._clock.now(), asked.start, asked.end))
        wanted = {
            "key": asked.instrument.token, "unit": unit, "count": count, "to": str(last), "since": str(first),
        }  # fmt: skip
        calls = [HISTORY] * (first < today) + [TODAY] * (last >= today and unit not in ("weeks", "months"))
        told = [asked.read(self._rest.call(session, call, wanted)) for call in calls]
        found = {candle.timestamp: candle for candles in told for candle in candles}
        return [found[at] for at in sorted(found)]


def build(context: PluginContext) -> Plugin:
    """The plug-in. Orders go to a host of their own, which is the faster one."""
    rest = Rest(context, Dialect(headers=mapping.HEADERS, unwrap=mapping.unwrap, errors=mapping.ERRORS))
    step = lot_step(context.settings["lot_counted_exchanges"])
    books = mapping.Books(context.instruments, context.alarm, step)
    fields = mapping.Fields(step, market_protection(context.settings["market_protection"], 25))
    put = partial(write, rate="order", body="json", host="orders")
    end = partial(withdraw, rate="order", host="orders")
    own, gtts, done, read = "/v3/order", "/v3/order/gtt", mapping.gtt_id, partial(get, rate="other")
    desk = TableDesk(
        rest, place=put("place", f"POST {own}/place", mapping.placed, fields=fields.place),
        modify=put("modify", f"PUT {own}/modify", mapping.changed, fields=fields.modify),
        cancel=end("cancel", f"DELETE {own}/cancel", mapping.changed, fields=(mapping.ORDER,)),
        order_book=read("order book", "/v2/order/retrieve-all", books.orders),
        trade_book=read("trade book", "/v2/order/trades/get-trades-for-day", books.trades))  # fmt: skip
    gtt = TableGtt(
        rest, place=put("place gtt", f"POST {gtts}/place", done, fields=fields.place_gtt),
        modify=put("modify gtt", f"PUT {gtts}/modify", done, fields=fields.modify_gtt),
        book=read("gtt book", gtts, books.gtts),
        delete=end("delete gtt", f"DELETE {gtts}/cancel", done, fields=(mapping.GTT,), body="json"))  # fmt: skip
    positions = read("positions", "/v2/portfolio/short-term-positions", books.positions)
    holdings = read("holdings", "/v2/portfolio/long-term-holdings", books.holdings)
    portfolio = TablePortfolio(
        rest, positions=positions, holdings=holdings, funds=(FUNDS, positions), sum_funds=mapping.funds)  # fmt: skip
    margin = ask("margin", "POST /v2/charges/margin", mapping.margin, "other", fields.margin, body="json")
    return Plugin(
        manifest=context.manifest, auth=TableLogin(context, rest, CALLS), orders=desk, gtt=gtt,
        portfolio=portfolio, market=Market(context, rest),
        margin=TableMargin(rest, lambda _session, legs: (margin, legs)),
        contracts=FileContracts(context, rest, contracts.FILE), stream=lambda: UpstoxFeed(context),
        order_codec=lambda: UpstoxOrders(context.hosts["ws"] + ORDERS, books.order))  # fmt: skip
