"""Fyers API v3 in the house's roles."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import Dialect, always, ask, field, get, keyed, withdraw, write
from broker.core.gtt import TableGtt
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext, Session
from broker.core.table_roles.login import Granted, LoginCalls, LoginPage, TableLogin
from broker.core.table_roles.market import BarsAsked, BarsMarket, TableMargin
from broker.fyers import mapping
from broker.fyers.contracts import FILE, FyersContracts
from broker.fyers.stream import FyersMarket, FyersOrders
from domain.instruments import Instrument, InstrumentKey
from domain.market import Candle, Depth, Quote
from domain.portfolio import Funds
from utils.clock import from_epoch, ist

API = "/api/v3"
ORDER_ID, GTT_ID = (field("id", "order_id"),), (field("id", "trigger_id"),)
_KEY, _USER, _ENDS = t.text("hsm_key"), t.identity("fy_id", optional=True), t.integer("exp")


def _granted(data: t.Row) -> Granted:
    """The access token itself tells whose it is, when it ends, and the key of the stream."""
    token = t.text("access_token")(data)
    claims = v.jwt_claims(token)
    tokens = {"access_token": token, "hsm_key": _KEY(claims)}
    return Granted(user=_USER(claims) or "", tokens=tokens, ends=from_epoch(_ENDS(claims)))


def _midnight(stamp: float) -> dt.datetime:
    return ist(from_epoch(stamp)).replace(hour=0, minute=0)


def _proof(credentials: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    digest = hashlib.sha256("{api_key}:{api_secret}".format_map(credentials).encode()).hexdigest()
    return {"grant_type": "authorization_code", "appIdHash": digest, "code": answers["auth_code"]}


LOGIN = write(
    "login", f"POST {API}/validate-authcode", _granted, "all", keyed("grant_type", "appIdHash", "code"), body="json",
    signed=False)  # fmt: skip
LOGOUT = write("logout", f"POST {API}/logout", bool, "all", (), body="json")
PROFILE = get("profile", f"{API}/profile", bool, "all")
LIMITS = get("funds", f"{API}/funds", mapping.limits, "all")
PROFITS = get("positions", f"{API}/positions", mapping.profits, "all")
QUOTES = get("quotes", "/data/quotes", mapping.quotes, "all", (field("symbols", ",".join),))
DEPTH = get("depth", "/data/depth", mapping.depth, "all", (field("symbol", str), always("ohlcv_flag", 1)))
HISTORY = get(
    "history", "/data/history", mapping.candles, "all",
    (*keyed("symbol", "resolution", "date_format", "range_from", "range_to"), always("cont_flag", 0),
     always("oi_flag", 1)))  # fmt: skip


# The callback's `code` is a status; the code to trade is `auth_code`.
CALLS = LoginCalls(
    form=_proof, login=LOGIN, check=PROFILE, logout=LOGOUT, page=LoginPage(
        host="rest", path=f"{API}/generate-authcode", code="auth_code", confirmed=("s", "ok"),
        query=lambda credentials, redirect_url, state: {
            "client_id": credentials["api_key"], "redirect_uri": redirect_url, "response_type": "code", "state": state})
)  # fmt: skip


class Market(BarsMarket):
    """Quotes, depth and history."""

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        """A batch has no open interest; a single derivative costs no more with it."""
        if len(instruments) == 1 and instruments[0].exchange.is_derivative:
            return {instruments[0].key: self.depth(session, instruments[0]).quote}
        names = {item.broker_symbol: item.key for item in instruments}
        quotes = self._rest.call(session, QUOTES, names)
        return {key: quotes[name] for name, key in names.items() if name in quotes}

    def depth(self, session: Session, instrument: Instrument) -> Depth:
        return self._rest.call(session, DEPTH, instrument.broker_symbol)

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        """Days are asked by date, because the vendor does not say at which hour of the day it stamps them."""
        daily = asked.length.seconds is None
        span = [
            ist(at).date().isoformat() if daily else int(at.timestamp()) for at in (asked.start, asked.end)
        ]
        wanted = {
            "symbol": asked.instrument.broker_symbol, "resolution": asked.interval,
            "date_format": int(daily), "range_from": span[0], "range_to": span[1]}  # fmt: skip
        return asked.read(self._rest.call(session, HISTORY, wanted), _midnight if daily else from_epoch)


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest = Rest(context, Dialect(headers=mapping.HEADERS, unwrap=mapping.UNWRAP, errors=mapping.ERRORS))
    step = v.lot_step(context.settings["counted_in_lots"])
    books = mapping.Books(context.instruments, context.alarm, step)
    forms = mapping.Forms(step, context.settings["gtt_offset_percent"])
    own, done = f"{API}/orders/sync", mapping.answer_id
    desk = TableDesk(
        rest,
        place=write("place", f"POST {own}", done, "all", forms.place, body="json"),
        modify=write("modify", f"PATCH {own}", done, "all", forms.modify, body="json"),
        cancel=withdraw("cancel", f"DELETE {own}", done, "all", ORDER_ID, body="json"),
        order_book=get("order book", f"{API}/orders", books.orders, "all"),
        trade_book=get("trade book", f"{API}/tradebook", books.trades, "all"),
    )
    own = f"{API}/gtt/orders/sync"
    gtt = TableGtt(
        rest,
        place=write("place gtt", f"POST {own}", done, "all", forms.place_gtt, body="json"),
        modify=write("modify gtt", f"PATCH {own}", done, "all", forms.modify_gtt, body="json"),
        delete=withdraw("delete gtt", f"DELETE {own}", done, "all", GTT_ID, body="json"),
        book=get("gtt book", f"{API}/gtt/orders", books.gtts, "all"),
    )
    portfolio = TablePortfolio(
        rest, positions=get("positions", f"{API}/positions", books.positions, "all"),
        holdings=get("holdings", f"{API}/holdings", books.holdings, "all"),
        funds=(LIMITS, PROFITS), sum_funds=lambda money, earned: Funds(**money, **earned))  # fmt: skip
    # What the orders need together, without what is already held.
    basket = (field("data", forms.basket),)
    margin = ask("margin", f"POST {API}/multiorder/margin", mapping.margin, "all", basket, "json")
    return Plugin(
        manifest=context.manifest, auth=TableLogin(context, rest, CALLS), orders=desk, gtt=gtt, portfolio=portfolio,
        market=Market(context, rest), margin=TableMargin(rest, lambda _session, legs: (margin, legs)),
        contracts=FyersContracts(context, rest, FILE), stream=lambda: FyersMarket(context),
        order_codec=lambda: FyersOrders(f"{context.hosts['ws']}/trade/v3", books.order))  # fmt: skip
