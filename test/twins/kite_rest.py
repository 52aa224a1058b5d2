"""Kite Connect v3's REST calls over the simulated exchange."""

import asyncio
import json
import re
from functools import partial
from urllib.parse import parse_qsl, urlencode

from http_server import RESET, Answer
from kite_calls import KiteCalls
from kite_orders import KiteError, invalid
from rate_limits import RateLimits

from utils.clock import ist_text
from utils.json import encode

_ID = r"([^/]+)"


class KiteRest:
    """Answers requests. `login_url` is where the login page sends the browser back to."""

    def __init__(self, market, sessions, faults, login_url):
        self._market = market
        self._sessions = sessions
        self._faults = faults
        self._login_url = login_url
        self.calls = KiteCalls(market)
        self.orders = self.calls.orders
        self.rates = RateLimits(market.clock)
        self.requests = []
        self.on_login = lambda user: None
        self._routes = [
            (method, re.compile(path), work)
            for method, path, work in (
                ("GET", "/user/profile", self.calls.profile),
                ("GET", "/user/margins", self.calls.margins),
                ("GET", f"/user/margins/{_ID}", self.calls.margins),
                ("POST", f"/orders/{_ID}", self.calls.place),
                ("PUT", f"/orders/{_ID}/{_ID}", self.calls.modify),
                ("DELETE", f"/orders/{_ID}/{_ID}", self.calls.cancel),
                ("GET", "/orders", lambda user, _: self.orders.rows(user)),
                ("GET", f"/orders/{_ID}", lambda user, _, order: self.orders.history(user, order)),
                ("GET", f"/orders/{_ID}/trades", self.calls.order_trades),
                ("GET", "/trades", lambda user, _: self.orders.trades(user)),
                ("GET", "/portfolio/positions", self.calls.positions),
                ("GET", "/portfolio/holdings", self.calls.holdings),
                ("POST", "/margins/orders", self.calls.order_margins),
                ("POST", "/margins/basket", self.calls.basket_margin),
                ("GET", "/quote(?:/ohlc|/ltp)?", self.calls.quotes),
                ("GET", f"/instruments/historical/{_ID}/{_ID}", self.calls.history),
                ("DELETE", "/session/token", self._logout),
                ("POST", "/gtt/triggers", self.calls.gtts.place),
                ("GET", "/gtt/triggers", self.calls.gtts.list),
                ("GET", f"/gtt/triggers/{_ID}", self.calls.gtts.one),
                ("PUT", f"/gtt/triggers/{_ID}", self.calls.gtts.modify),
                ("DELETE", f"/gtt/triggers/{_ID}", self.calls.gtts.delete),
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
        if faults.take(method, path, "reset"):
            return RESET
        if not self.rates.admit(method, path, request.headers.get("authorization", "")):
            return error(429, "NetworkException", "Too many requests")
        fault = faults.take(method, path, "status", "html")
        if fault is not None:
            if fault.kind == "html":
                return Answer(fault.status, b"<html><h1>Bad gateway</h1></html>", "text/html")
            return error(fault.status, fault.error_type, fault.message)
        answer = await self._answer(request)
        await faults.delay(method, path, "delay_after")
        if faults.take(method, path, "garbled"):
            answer = Answer(answer.status, answer.body[: len(answer.body) // 2], answer.content_type)
        return None if faults.take(method, path, "drop_after") else answer

    async def _answer(self, request):
        """Sessions on the loop, books on a thread of their own."""
        try:
            found = self._work(request)
            return found if isinstance(found, Answer) else success(await asyncio.to_thread(found))
        except (KiteError, ValueError) as wrong:
            return _refused(wrong)

    def answer(self, request):
        """One request without faults, on the caller's thread: for a twin inside another program."""
        try:
            found = self._work(request)
            return found if isinstance(found, Answer) else success(found())
        except (KiteError, ValueError) as wrong:
            return _refused(wrong)

    def _work(self, request):
        """The answer, or the call that makes its data."""
        if request.path == "/connect/login":
            return self._login_page(request)
        if (request.method, request.path) == ("POST", "/session/token"):
            return self._trade_in(request)
        user = self._user(request)
        if request.method == "GET" and re.fullmatch(r"/instruments(/[A-Z]+)?", request.path):
            exchange = request.path.rpartition("/")[2] if request.path.count("/") == 2 else None
            return Answer(200, self._market.listing.csv(exchange), "text/csv")
        return self._route(request, user)

    def _route(self, request, user):
        known = False
        for method, path, work in self._routes:
            match = path.fullmatch(request.path)
            if match is None:
                continue
            known = True
            if method == request.method:
                return partial(work, user, request, *match.groups())
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
            **self.calls.profile(user, request), "api_key": form["api_key"], "access_token": token,
            "public_token": token[::-1], "enctoken": "", "refresh_token": "", "silo": "",
            "login_time": ist_text(self._market.clock.now()),
        })  # fmt: skip

    def _logout(self, user, request):
        self._sessions.end(request.one("api_key"))
        return True


def _refused(wrong):
    if isinstance(wrong, KiteError):
        return error(wrong.status, wrong.error_type, wrong.message)
    return error(400, "InputException", "Invalid request.")


def success(data):
    """The success envelope."""
    return Answer(200, encode({"status": "success", "data": data}))


def error(status, error_type, message):
    """The error envelope."""
    body = {"status": "error", "message": message, "error_type": error_type, "data": None}
    return Answer(status, json.dumps(body).encode())
