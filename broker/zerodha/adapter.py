"""Zerodha: Kite Connect v3 in the house's roles."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from operator import itemgetter
from urllib.parse import urlencode

from broker.core import tables as t
from broker.core.contract_files.reading import FileContracts
from broker.core.endpoint import Dialect, always, ask, field, get, keyed, withdraw, write
from broker.core.gtt import TableGtt
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext, Session
from broker.core.stream import parse_object
from broker.core.table_roles.login import Granted, LoginCalls, LoginPage, TableLogin
from broker.core.table_roles.market import TableMargin, TableMarket
from broker.core.values import market_protection
from broker.zerodha import contracts, mapping
from broker.zerodha.stream import KiteTicker
from domain.errors import NotAuthenticated
from domain.orders import OrderUpdate
from utils.clock import ist_text

_USER, _TOKEN = t.identity("user_id"), t.text("access_token")
LOGIN = write(
    "login", "POST /session/token",
    lambda data: Granted(user=_USER(data), tokens={"access_token": _TOKEN(data)}), "other",
    keyed("api_key", "request_token", "checksum"), signed=False)  # fmt: skip
_TOKEN_FIELDS = (
    field("api_key", lambda session: session.credentials["api_key"]),
    field("access_token", lambda session: session.tokens["access_token"]))  # fmt: skip
LOGOUT = write("logout", "DELETE /session/token", bool, "other", _TOKEN_FIELDS, body="query")
PROFILE = get("profile", "/user/profile", _USER, "other")
MARGINS = get("funds", "/user/margins", t.an_object, "other")
NET = get("positions", "/portfolio/positions", mapping.net_rows, "other")
QUOTES = get("quotes", "/quote", mapping.depths, "quote", (field("i", mapping.names),))
HISTORY = get("history", "/instruments/historical/{token}/{interval}", itemgetter("candles"), "history", (
    field("token", "instrument.token"), field("interval", "interval"), field("from", lambda bars: ist_text(bars.start)),
    field("to", lambda bars: ist_text(bars.end)), always("oi", 1), always("continuous", 0)))  # fmt: skip
ORDER_MARGIN = ask("margin", "POST /margins/orders", mapping.order_margin, "other", mapping.MARGIN)
_NETTED = "POST /margins/basket?consider_positions=true"
BASKET_MARGIN = ask("basket margin", _NETTED, mapping.basket_margin, "other", mapping.MARGIN)


def _sha256(*parts: str) -> str:
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _proof(credentials: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    key, token = credentials["api_key"], answers["request_token"]
    return {
        "api_key": key,
        "request_token": token,
        "checksum": _sha256(key, token, credentials["api_secret"]),
    }


# Kite hands `redirect_params` back on the callback.
CALLS = LoginCalls(
    login=LOGIN, check=PROFILE, logout=LOGOUT, form=_proof, page=LoginPage(
        path="/connect/login", code="request_token", confirmed=("status", "success"),
        query=lambda credentials, _address, state: {
            "v": "3", "api_key": credentials["api_key"], "redirect_params": urlencode({"state": state})}))  # fmt: skip


def read_postback(session: Session, body: bytes, books: mapping.Books) -> OrderUpdate:
    """An order change posted by Kite, believed only with the checksum that needs the application's secret."""
    row = parse_object(body)
    order, at, claimed = (t.text(name)(row) for name in ("order_id", "order_timestamp", "checksum"))
    proof = _sha256(order, at, session.credentials["api_secret"])
    if not hmac.compare_digest(proof.encode(), claimed.encode()):
        raise NotAuthenticated("The postback's checksum does not prove that Zerodha wrote it")
    return OrderUpdate(row=books.order(row), source="postback")


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest = Rest(context, Dialect(headers=mapping.HEADERS, unwrap=mapping.UNWRAP, errors=mapping.ERRORS))
    books = mapping.Books(context.instruments, context.alarm)
    protect = field("market_protection", market_protection(context.settings["market_protection"], 100))
    own, done = "/orders/{variety}/{order_id}", mapping.order_id
    desk = TableDesk(
        rest,
        place=write("place", "POST /orders/{variety}", done, "order", (*mapping.PLACE, protect)),
        modify=write("modify", f"PUT {own}", done, "order", (*mapping.MODIFY, protect)),
        cancel=withdraw("cancel", f"DELETE {own}", done, "other", mapping.CANCEL),
        order_book=get("order book", "/orders", books.orders, "other"),
        trade_book=get("trade book", "/trades", books.trades, "other"),
    )
    terms = mapping.gtt_fields(context.settings["gtt_offset_percent"])
    own, done = "/gtt/triggers/{trigger_id}", mapping.trigger_id
    gtt = TableGtt(
        rest,
        place=write("place gtt", "POST /gtt/triggers", done, "other", terms),
        modify=write("modify gtt", f"PUT {own}", done, "other", (mapping.TRIGGER, *terms)),
        delete=withdraw("delete gtt", f"DELETE {own}", done, "other", (mapping.TRIGGER,)),
        book=get("gtt book", "/gtt/triggers", books.gtts, "other"),
    )
    portfolio = TablePortfolio(
        rest, positions=get("positions", "/portfolio/positions", books.positions, "other"),
        holdings=get("holdings", "/portfolio/holdings", books.holdings, "other"),
        funds=(MARGINS, NET), sum_funds=mapping.funds)  # fmt: skip
    # One leg is priced alone; several are netted with each other and with the open positions.
    margin = TableMargin(rest, lambda _session, legs: (BASKET_MARGIN if legs[1:] else ORDER_MARGIN, legs))
    market = TableMarket(context, rest, name=mapping.name, depths=QUOTES, history=HISTORY)
    return Plugin(
        manifest=context.manifest, auth=TableLogin(context, rest, CALLS), orders=desk, gtt=gtt, portfolio=portfolio,
        market=market, margin=margin, contracts=FileContracts(context, rest, contracts.FILE),
        stream=lambda: KiteTicker(context, books),
        postback=lambda session, body: read_postback(session, body, books))  # fmt: skip
