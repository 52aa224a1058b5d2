"""Angel One: SmartAPI in the house's roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from broker.angel import contracts, mapping
from broker.angel.stream import AngelStream, OrderFeed
from broker.core import tables as t
from broker.core.endpoint import Dialect, Endpoint, always, ask, field, get, keyed, withdraw, write
from broker.core.gtt import TableGtt
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext, Session
from broker.core.table_roles.login import Granted, LoginCalls, TableLogin
from broker.core.table_roles.market import BarsAsked, TableMargin, TableMarket
from broker.core.values import bar_start
from broker.families.smartapi import words as w
from domain.errors import OpenAlgoError, SessionDead, Unavailable
from domain.gtt import GttRow
from domain.market import Candle

_OPEN, _SECURE = "/rest/auth/angelbroking", "/rest/secure/angelbroking"
LOGIN = write(
    "login", f"POST {_OPEN}/user/v1/loginByPassword", lambda data: Granted(user="", tokens=mapping.tokens(data)),
    "login", keyed("clientcode", "password", "totp"), body="json", signed=False, headers=(mapping.KEY,))  # fmt: skip
REFRESH = write(
    "refresh", f"POST {_OPEN}/jwt/v1/generateTokens", mapping.tokens, "login",
    (field("refreshToken", lambda secrets: secrets["refresh"]),), body="json", signed=False, headers=(mapping.KEY,),
)  # fmt: skip
LOGOUT = write(
    "logout", f"POST {_SECURE}/user/v1/logout", lambda _data: None, "login",
    (field("clientcode", "broker_user_id"),), body="json")  # fmt: skip
PROFILE = get("profile", f"{_SECURE}/user/v1/getProfile", t.identity("clientcode"), "profile")
LIMITS = get("funds", f"{_SECURE}/user/v1/getRMS", t.an_object, "rms")
NET = get("positions", f"{_SECURE}/order/v1/getPosition", w.rows, "position")
MARGIN = ask("margin", f"POST {_SECURE}/margin/v1/batch", mapping.margin, "margin", (mapping.MARGIN,), "json")
QUOTES = ask(
    "quotes", f"POST {_SECURE}/market/v1/quote/", w.depths, "quote",
    (always("mode", "FULL"), field("exchangeTokens", w.by_exchange)), "json")  # fmt: skip
_HISTORY = f"POST {_SECURE}/historical/v1"
CANDLES = ask(
    "history", f"{_HISTORY}/getCandleData", lambda data: data or [], "history", mapping.BARS, "json"
)
INTEREST = ask("open interest", f"{_HISTORY}/getOIData", mapping.interest, "history", mapping.BARS, "json")
# A page as long as the vendor's examples: a longer one might be cut without a word.
RULES_A_PAGE, PAGES = 10, 100


def _form(credentials: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    code = answers["client_code"].strip().upper()
    return {**credentials, "clientcode": code, "password": answers["pin"], "totp": answers["totp"]}


CALLS = LoginCalls(login=LOGIN, check=PROFILE, logout=LOGOUT, form=_form, user="clientcode")


class Market(TableMarket):
    """Open interest of bars is a call of its own, and of derivatives only; a bar without it has 0."""

    def candles(self, session: Session, asked: BarsAsked) -> list[Candle]:
        candles = super().candles(session, asked)
        if not candles or not asked.instrument.exchange.is_derivative:
            return candles
        found = self._rest.call(session, INTEREST, asked)
        interest = {bar_start(moment, asked.length): units for moment, units in found.items()}
        return [msgspec.structs.replace(bar, oi=interest.get(bar.timestamp, 0)) for bar in candles]


class Rules(TableGtt):
    """GTT rules, listed page by page. Cancelled ones are not asked for: they stay for ever, and long lists fail."""

    def book(self, session: Session) -> list[GttRow]:
        found: list[GttRow] = []
        for page in range(1, PAGES + 1):
            rows: list[GttRow] = self._rest.call(session, self._book, page)
            found += rows
            if len(rows) < RULES_A_PAGE:
                return found
        raise Unavailable(f"Angel One lists more than {PAGES * RULES_A_PAGE} rules")


def _desk(rest: Rest, books: mapping.Books) -> TableDesk:
    call, done = f"POST {_SECURE}/order/v1", w.order_id
    return TableDesk(
        rest,
        place=write("place", f"{call}/placeOrder", done, "order", w.PLACE, body="json"),
        modify=write("modify", f"{call}/modifyOrder", done, "order", w.MODIFY, body="json"),
        cancel=withdraw("cancel", f"{call}/cancelOrder", done, "order", w.CANCEL, "json"),
        order_book=get("order book", f"{_SECURE}/order/v1/getOrderBook", books.orders, "order_book"),
        trade_book=get("trade book", f"{_SECURE}/order/v1/getTradeBook", books.trades, "trade_book"),
    )


def _rules(context: PluginContext, rest: Rest, books: mapping.Books) -> Rules:
    call, done = "POST /gtt-service/rest/secure/angelbroking/gtt/v1", mapping.trigger_id
    place, modify, delete = mapping.rules(context)
    listing = (
        always("status", ["NEW", "ACTIVE", "SENTTOEXCHANGE"]), field("page", int), always("count", RULES_A_PAGE),
    )  # fmt: skip
    return Rules(
        rest,
        place=write("place gtt", f"{call}/createRule", done, "gtt", place, body="json"),
        modify=write("modify gtt", f"{call}/modifyRule", done, "gtt", modify, body="json"),
        delete=withdraw("delete gtt", f"{call}/cancelRule", done, "gtt", delete, "json"),
        book=ask("gtt book", f"POST {_SECURE}/gtt/v1/ruleList", books.gtts, "gtt", listing, "json"),
    )


def build(context: PluginContext) -> Plugin:
    """The plug-in. A token that dies before the roll-over is refreshed through the host, once for everybody."""
    dialect = Dialect(headers=mapping.headers(context.settings), unwrap=w.unwrap, errors=mapping.ERRORS)
    plain, books = Rest(context, dialect), mapping.Books(context)

    def refresh(session: Session) -> Mapping[str, str]:
        secrets = {**session.credentials, **session.tokens}
        try:
            return plain.call(None, REFRESH, secrets, account_id=session.account_id)
        except OpenAlgoError as error:  # whatever became of it, what the dead token signed is refused
            raise SessionDead(f"The session could not be refreshed: {error.message}") from None

    rest = Rest(context, dialect, login=refresh)
    positions: Endpoint[Any] = get("positions", NET.path, books.positions, "position")
    portfolio = TablePortfolio(
        rest, positions=positions, funds=(LIMITS, NET), sum_funds=mapping.funds,
        holdings=get("holdings", f"{_SECURE}/portfolio/v1/getAllHolding", books.holdings, "holding"))  # fmt: skip
    market = Market(context, rest, name=w.place_of, depths=QUOTES, history=CANDLES)
    return Plugin(
        manifest=context.manifest, auth=TableLogin(context, plain, CALLS, checks=rest), orders=_desk(rest, books),
        gtt=_rules(context, rest, books), portfolio=portfolio, market=market,
        margin=TableMargin(rest, lambda _session, legs: (MARGIN, legs)),
        contracts=contracts.AngelContracts(context, rest, contracts.FILE), stream=lambda: AngelStream(context),
        order_codec=lambda: OrderFeed(context.hosts["orders"], books.order))  # fmt: skip
