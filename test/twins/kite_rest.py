"""Kite Connect v3's REST calls over the simulated exchange."""

import asyncio
import datetime as dt
import json
import re
from urllib.parse import parse_qsl, urlencode

import kite_rows
from http_server import Answer
from kite_orders import KiteError, KiteOrders, invalid, refusal

from domain.errors import Refused
from domain.market import Interval
from utils.clock import IST, ist, ist_text

INTERVALS = {
    "minute": (Interval.M1, 60), "3minute": (Interval.M3, 100), "5minute": (Interval.M5, 100),
    "10minute": (Interval.M10, 100), "15minute": (Interval.M15, 200), "30minute": (Interval.M30, 200),
    "60minute": (Interval.H1, 400), "day": (Interval.D, 2000),
}  # fmt: skip
QUOTE_LIMITS = {"/quote": 500, "/quote/ohlc": 1000, "/quote/ltp": 1000}
EXCHANGES = ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX"]
_ID = r"([^/]+)"


class KiteRest:
    """Answers requests. `login_url` is where the login page sends the browser back to."""

    def __init__(self, market, sessions, faults, login_url):
        self._market = market
        self._sessions = sessions
        self._faults = faults
        self._login_url = login_url
        self.orders = KiteOrders(market.exchange, market.listing)
        self.requests = []
        self.on_login = lambda user: None
        self._routes = [
            (method, re.compile(path), work)
            for method, path, work in (
                ("GET", "/user/profile", self._profile),
                ("GET", "/user/margins", self._margins),
                ("GET", f"/user/margins/{_ID}", self._margins),
                ("POST", f"/orders/{_ID}", self._place),
                ("PUT", f"/orders/{_ID}/{_ID}", self._modify),
                ("DELETE", f"/orders/{_ID}/{_ID}", self._cancel),
                ("GET", "/orders", lambda user, _: self.orders.rows(user)),
                ("GET", f"/orders/{_ID}", lambda user, _, order: self.orders.history(user, order)),
                ("GET", f"/orders/{_ID}/trades", self._order_trades),
                ("GET", "/trades", lambda user, _: self.orders.trades(user)),
                ("GET", "/portfolio/positions", self._positions),
                ("GET", "/portfolio/holdings", self._holdings),
                ("POST", "/margins/orders", self._order_margins),
                ("POST", "/margins/basket", self._basket_margin),
                ("GET", "/quote(?:/ohlc|/ltp)?", self._quotes),
                ("GET", f"/instruments/historical/{_ID}/{_ID}", self._history),
                ("DELETE", "/session/token", self._logout),
            )
        ]

    async def handle(self, request):
        """One request with its faults; None drops the connection."""
        method, path = request.method, request.path
        self.requests.append(f"{method} {path}")
        faults = self._faults
        await faults.delay(method, path, "delay_before")
        if faults.take(method, path, "drop_before"):
            return None
        fault = faults.take(method, path, "status", "html")
        if fault is not None:
            if fault.kind == "html":
                return Answer(fault.status, b"<html><h1>Bad gateway</h1></html>", "text/html")
            return error(fault.status, fault.error_type, fault.message)
        answer = await self._answer(request)
        await faults.delay(method, path, "delay_after")
        return None if faults.take(method, path, "drop_after") else answer

    async def _answer(self, request):
        try:
            if request.path == "/connect/login":
                return self._login_page(request)
            if (request.method, request.path) == ("POST", "/session/token"):
                return self._trade_in(request)
            user = self._user(request)
            if request.method == "GET" and re.fullmatch(r"/instruments(/[A-Z]+)?", request.path):
                exchange = request.path.rpartition("/")[2] if request.path.count("/") == 2 else None
                return Answer(200, self._market.listing.csv(exchange), "text/csv")
            return await self._route(request, user)
        except KiteError as found:
            return error(found.status, found.error_type, found.message)
        except (ValueError, UnicodeDecodeError):
            return error(400, "InputException", "Invalid request.")

    async def _route(self, request, user):
        known = False
        for method, path, work in self._routes:
            match = path.fullmatch(request.path)
            if match is None:
                continue
            known = True
            if method == request.method:
                data = await asyncio.to_thread(work, user, request, *match.groups())
                return success(data)
        if known:
            raise KiteError(405, "GeneralException", "Method not allowed.")
        raise KiteError(404, "GeneralException", "Route not found.")

    def _user(self, request):
        """The user of the Authorization header."""
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        api_key, _, token = pair.partition(":")
        user = self._sessions.user_of(api_key, token) if scheme == "token" else None
        if user is None:
            raise KiteError(403, "TokenException", "Incorrect `api_key` or `access_token`.")
        return user

    def _login_page(self, request):
        """Kite asks for password and second factor here; the twin knows its user and sends the browser on."""
        api_key = request.one("api_key")
        if api_key not in self._sessions.apps:
            raise invalid("api_key")
        query = {
            "action": "login", "type": "login", "status": "success",
            "request_token": self._sessions.request_token(api_key),
            **dict(parse_qsl(request.one("redirect_params") or "")),
        }  # fmt: skip
        mark = "&" if "?" in self._login_url else "?"
        return Answer(302, headers={"Location": f"{self._login_url}{mark}{urlencode(query)}"})

    def _trade_in(self, request):
        form = request.form()
        found = self._sessions.trade_in(
            form.get("api_key", ""), form.get("request_token", ""), form.get("checksum", "")
        )
        if found is None:
            raise KiteError(403, "TokenException", "Token is invalid or has expired.")
        user, token = found
        self.on_login(user)
        return success({
            **self._profile(user, request), "api_key": form["api_key"], "access_token": token,
            "public_token": token[::-1], "enctoken": "", "refresh_token": "", "silo": "",
            "login_time": ist_text(self._market.clock.now()),
        })  # fmt: skip

    def _logout(self, user, request):
        self._sessions.end(request.one("api_key"))
        return True

    def _profile(self, user, _request):
        return {
            "user_id": user, "user_type": "individual", "email": f"{user.lower()}@example.com", "user_name": user,
            "user_shortname": user, "broker": "ZERODHA", "exchanges": EXCHANGES, "products": ["CNC", "NRML", "MIS"],
            "order_types": ["MARKET", "LIMIT", "SL", "SL-M"], "avatar_url": None,
            "meta": {"demat_consent": "physical"},
        }  # fmt: skip

    def _margins(self, user, _request, segment=None):
        found = kite_rows.margins(self._market.exchange.funds(user))
        if segment is not None and segment not in found:
            raise invalid("segment")
        return found if segment is None else found[segment]

    def _place(self, user, request, variety):
        return {"order_id": self.orders.place(user, variety, request.form())}

    def _modify(self, user, request, variety, order_id):
        return {"order_id": self.orders.modify(user, variety, order_id, request.form())}

    def _cancel(self, user, _request, variety, order_id):
        return {"order_id": self.orders.cancel(user, variety, order_id)}

    def _order_trades(self, user, _request, order_id):
        self.orders.find(user, order_id)
        return self.orders.trades(user, order_id)

    def _positions(self, user, _request):
        exchange, listing = self._market.exchange, self._market.listing
        trades = exchange.trades(user)
        net = []
        for row in exchange.positions(user):
            listed = listing.by_key(kite_rows.key_of(row))
            if listed is not None:
                net.append(kite_rows.position(row, trades, listed, self._close(listed)))
        return {
            "net": net,
            "day": [row for row in net if row["day_buy_quantity"] or row["day_sell_quantity"]],
        }

    def _holdings(self, user, _request):
        rows = []
        for row in self._market.exchange.holdings(user):
            listed = self._market.listing.by_key(kite_rows.key_of(row))
            rows.append(kite_rows.holding(row, listed, self._close(listed)))
        return rows

    def _close(self, listed):
        return self._market.quote(listed).prev_close or 0

    def _order_margins(self, user, request):
        legs = self.orders.legs(json.loads(request.body))
        return [self._margin([leg]) for leg in legs]

    def _basket_margin(self, user, request):
        legs = self.orders.legs(json.loads(request.body))
        each = [self._margin([leg]) for leg in legs]
        initial = {name: sum(row[name] for row in each) for name in ("span", "exposure", "total")}
        return {"initial": {**each[0], **initial}, "final": self._margin(legs), "orders": each, "charges": {}}

    def _margin(self, legs):
        try:
            estimate = self._market.exchange.margin([terms for _, terms in legs])
        except Refused as found:
            raise refusal(found) from None
        return kite_rows.margin(estimate, legs[0][0])

    def _quotes(self, user, request):
        names = request.query.get("i", [])
        if not names or len(names) > QUOTE_LIMITS[request.path]:
            raise invalid("i")
        data = {}
        for name in names:
            listed = self._named(name)
            if listed is None:
                continue
            if request.path == "/quote":
                data[name] = kite_rows.full(listed, self._market.depth(listed))
            else:
                shape = kite_rows.ohlc if request.path == "/quote/ohlc" else kite_rows.ltp
                data[name] = shape(listed, self._market.quote(listed))
        return data

    def _named(self, name):
        if name.isdecimal():
            return self._market.listing.by_token(int(name))
        exchange, _, symbol = name.partition(":")
        return self._market.listing.by_name(exchange, symbol)

    def _history(self, user, request, token, interval):
        listed = self._market.listing.by_token(int(token)) if token.isdecimal() else None
        if listed is None:
            raise invalid("token")
        if interval not in INTERVALS:
            raise invalid("interval")
        ours, days = INTERVALS[interval]
        start, end = _moment(request.one("from")), _moment(request.one("to"), last=True)
        if end < start:
            raise KiteError(400, "InputException", "`from` is after `to`.")
        if end - start > dt.timedelta(days=days):
            raise KiteError(400, "InputException", f"interval exceeds max limit: {days} days")
        if ours is Interval.D:
            start = ist(start).replace(hour=0, minute=0, second=0)
        bars = self._market.history(listed, ours, start, end)
        with_oi = request.one("oi") == "1"
        return {"candles": [kite_rows.candle(bar, ours is Interval.D, with_oi) for bar in bars]}


def _moment(text, last=False):
    """YYYY-MM-DD[ HH:MM[:SS]] in Indian time; a bare date means its beginning, or its end with `last`."""
    text = (text or "").strip()
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return dt.datetime.strptime(text, shape).replace(tzinfo=IST)
        except ValueError:
            continue
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=IST)
    except ValueError:
        raise invalid("to" if last else "from") from None
    return day + dt.timedelta(hours=23, minutes=59, seconds=59) if last else day


def success(data):
    """The success envelope."""
    return Answer(200, json.dumps({"status": "success", "data": data}).encode())


def error(status, error_type, message):
    """The error envelope."""
    body = {"status": "error", "message": message, "error_type": error_type, "data": None}
    return Answer(status, json.dumps(body).encode())
