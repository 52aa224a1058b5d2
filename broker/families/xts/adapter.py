"""Symphony XTS in the house's roles: two applications, each with its own key, token and REST engine."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping
from operator import methodcaller
from typing import Any
from urllib.parse import urlencode

import msgspec

from broker.core import endpoint as e
from broker.core import tables as t
from broker.core.rest import Rest, TableDesk, TablePortfolio, until_rollover
from broker.core.roles import LoginStep, Plugin, PluginContext, Session
from broker.core.values import lot_step
from broker.families.loose import nested_json
from broker.families.pricing import PricedPortfolio
from broker.families.xts import contracts, mapping
from broker.families.xts.market import Market, margin
from broker.families.xts.stream import XtsOrders, XtsPrices
from broker.families.xts_prices import Epoch
from domain.errors import BadVendorData, Refused, SessionDead

_WAY = (e.field(name, methodcaller("get", name)) for name in ("source", "accessToken"))
_KEYS = (*e.keyed("appKey", "secretKey"), *_WAY)
_USER, _AUTH = "/user/session", "/auth/login"
_DOORS = {
    path: e.write("login", f"POST {path}", t.an_object, "login", _KEYS, body="json", signed=False)
    for path in (_USER, _AUTH)}  # fmt: skip
LOGOUT, MARKET_LOGOUT = (
    e.write("logout", f"DELETE {path}", bool, "login", (), body="query") for path in (_USER, "/auth/logout")
)
BALANCE: e.Endpoint[Any] = e.get("funds", "/user/balance", t.an_object, "balance")
ORDERS: e.Endpoint[Any] = e.get("check", "/orders", bool, "orders")
LIFE = dt.timedelta(hours=24)  # of a session, from its login


class Login:
    """Key pairs of both applications; where the manifest says `redirect`, the vendor's page in between."""

    def __init__(self, context: PluginContext, orders: Rest, market: Rest, door: Rest) -> None:
        self._context, self._orders, self._market, self._door = context, orders, market, door
        self._redirects = context.manifest.auth.kind == "redirect"

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """See Authenticator. The page is not known to carry a state back; the browser's own login guards the return."""
        if not self._redirects:
            return LoginStep(kind="form")
        query = urlencode({"appKey": credentials["api_key"], "returnURL": redirect_url})
        return LoginStep(kind="redirect", redirect_url=f"{self._context.hosts['rest']}/thirdparty?{query}")

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """See Authenticator. Both applications are logged in, so that both tokens are of one login."""
        constant = self._context.settings["access_token"]
        way = {"accessToken": constant} if constant else {"source": "WebAPI"}
        if self._redirects:
            way = {"accessToken": access_token(answers.get("session") or answers.get("body") or "")}
        keys = {"appKey": credentials["api_key"], "secretKey": credentials["api_secret"]}
        form = {**credentials, **keys, **way}
        said = self._orders.call(None, _DOORS[_USER], form, account_id=account_id)
        tokens = {"token": t.text("token")(said), "client": client_of(said, credentials)}
        session = until_rollover(self._context, account_id, t.identity("userID")(said), credentials, tokens)
        tokens |= market_login(self._door, session)
        return msgspec.structs.replace(session, tokens=tokens, expires_at=session.issued_at + LIFE)

    def check(self, session: Session) -> None:
        """See Authenticator. A dead market-data token is renewed by the way. Dealers have no balance of their own."""
        self._orders.call(session, ORDERS if session.tokens["client"] else BALANCE)
        self._market.call(session, contracts.INDEX_LIST, {"exchangeSegment": "1"})

    def logout(self, session: Session) -> None:
        """See Authenticator. A market-data token that died before is no failure."""
        self._orders.call(session, LOGOUT)
        try:
            self._door.call(session, MARKET_LOGOUT)
        except Refused:
            return


def market_login(door: Rest, session: Session) -> dict[str, str]:
    """New tokens of the market-data application; the ones before die."""
    keys = session.credentials
    own = {"appKey": keys["api_key_market"], "secretKey": keys["api_secret_market"], "source": "WebAPI"}
    form = {**keys, **session.tokens, **own}  # all that may not be repeated in an error
    try:
        said = door.call(None, _DOORS[_AUTH], form, account_id=session.account_id)
    except SessionDead as error:  # of this application; the session as a whole may well live
        raise Refused(error.message, vendor_code=error.vendor_code) from None
    return {"market_token": t.text("token")(said), "market_user": t.identity("userID")(said)}


def client_of(said: Mapping[str, Any], credentials: Mapping[str, str]) -> str:
    """The client that a dealer trades for, blank for an investor's own login. Raises Refused when it is not clear."""
    if said.get("isInvestorClient") is not False:
        return ""
    codes, named = said.get("clientCodes"), credentials.get("client_id", "")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise BadVendorData("xts login: a dealer without a list of clients")
    fitting = [code for code in codes if named in ("", code)]
    if len(fitting) != 1:
        raise Refused("This is a dealer's login: name one of its clients as the client code")
    return str(fitting[0])


def access_token(text: str) -> str:
    """The token in a callback. Raises Refused."""
    try:
        return str(t.text("accessToken", absent=("",))(nested_json(text)))
    except (ValueError, BadVendorData):
        raise Refused("The broker's page did not confirm the login") from None


def applications(context: PluginContext) -> tuple[Rest, Rest, Rest, Rest]:
    """The engines of the interactive and of the market-data application, of the latter's subscriptions and its door."""
    client = e.field("clientID", lambda session: session.tokens["client"], omit=("",))

    def dialect(token: str, own: tuple[Any, ...]) -> e.Dialect:
        headers = e.session_headers({}, {"authorization": token})
        return e.Dialect(headers=headers, unwrap=mapping.UNWRAP, errors=mapping.ERRORS, own=own)

    there = msgspec.structs.replace(context, hosts={**context.hosts, "rest": context.hosts["market"]})
    data = dialect("{market_token}", ())
    door = Rest(there, data)
    feed = msgspec.structs.replace(data, errors=mapping.FEED_ERRORS)
    market, subscriptions = (
        Rest(there, each, login=lambda session: market_login(door, session)) for each in (data, feed)
    )
    return Rest(context, dialect("{token}", (client,))), market, subscriptions, door


def build(context: PluginContext) -> Plugin:
    """The plug-in of a member; what it is lies in its manifest."""
    manifest, step = context.manifest, lot_step(context.settings["lot_counted"])
    orders, market, subscriptions, door = applications(context)
    books, epoch = mapping.Books(context), Epoch(context.settings["epoch_1980"])
    doors = deque(context.hosts[name] for name in ("ws", "ws_other") if name in context.hosts)
    place = (*mapping.PLACED, *mapping.terms_fields(step))
    change = (*mapping.KEPT, *mapping.terms_fields(step, True))
    desk = TableDesk(
        orders, place=e.write("place", "POST /orders", mapping.order_id, "order", place, body="json"),
        modify=e.write("modify", "PUT /orders", lambda _data: "", "order", change, body="json"),
        cancel=e.withdraw("cancel", "DELETE /orders", lambda _data: "", "order", mapping.CANCEL),
        order_book=e.get("order book", "/orders", books.orders, "orders"),
        trade_book=e.get("trade book", "/orders/trades", books.trades, "trades"))  # fmt: skip
    net = (e.always("dayOrNet", "NetWise"),)
    portfolio = TablePortfolio(
        orders, funds=(BALANCE,), sum_funds=mapping.funds,
        positions=e.get("positions", "/portfolio/positions", books.positions, "positions", net),
        holdings=e.get("holdings", "/portfolio/holdings", books.holdings, "holdings"))  # fmt: skip
    calculator = margin(orders, context.settings["lot_counted"]) if manifest.supports("margin") else None
    prices = Market(context, market, epoch)
    pushes = manifest.stream is not None and manifest.stream.order_updates == "own_socket"
    return Plugin(
        manifest=manifest, auth=Login(context, orders, market, door), orders=desk, market=prices,
        portfolio=PricedPortfolio(portfolio, prices, context.instruments, manifest.limits.quote_batch),
        margin=calculator, contracts=contracts.source(context, market),
        stream=lambda: XtsPrices(context, subscriptions, epoch, doors),
        order_codec=(lambda: XtsOrders(context, books)) if pushes else None)  # fmt: skip
