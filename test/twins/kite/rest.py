"""Kite Connect v3's REST calls over the simulated exchange."""

import json
from urllib.parse import parse_qsl, urlencode

from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import ID, Rest
from test.twins.kite.calls import KiteCalls
from test.twins.kite.orders import KiteError, invalid
from utils.clock import ist_text
from utils.json import encode

RATES = {"quote": 1, "history": 3, "order": 10, "other": 10}


def rate_class(method, path):
    """The class of a call, as Kite publishes them."""
    if path.startswith("/quote"):
        return "quote"
    if path.startswith("/instruments/historical"):
        return "history"
    return "order" if path.startswith("/orders") and method != "GET" else "other"


class KiteRest(Rest):
    """`login_url` is where the login page sends the browser back to."""

    errors = (KiteError, ValueError)

    def __init__(self, market, sessions, faults, login_url):
        self._login_url = login_url
        self.calls = KiteCalls(market)
        self.orders = self.calls.orders
        self.on_login = lambda user: None
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, rate_class))

    def routes(self):
        calls = self.calls
        return (
            ("GET", "/user/profile", calls.profile),
            ("GET", "/user/margins", calls.margins),
            ("GET", f"/user/margins/{ID}", calls.margins),
            ("POST", f"/orders/{ID}", calls.place),
            ("PUT", f"/orders/{ID}/{ID}", calls.modify),
            ("DELETE", f"/orders/{ID}/{ID}", calls.cancel),
            ("GET", "/orders", lambda user, _: self.orders.rows(user)),
            ("GET", f"/orders/{ID}", lambda user, _, order: self.orders.history(user, order)),
            ("GET", f"/orders/{ID}/trades", calls.order_trades),
            ("GET", "/trades", lambda user, _: self.orders.trades(user)),
            ("GET", "/portfolio/positions", calls.positions),
            ("GET", "/portfolio/holdings", calls.holdings),
            ("POST", "/margins/orders", calls.order_margins),
            ("POST", "/margins/basket", calls.basket_margin),
            ("GET", "/quote(?:/ohlc|/ltp)?", calls.quotes),
            ("GET", "/instruments(?:/([A-Z]+))?", self._instruments),
            ("GET", f"/instruments/historical/{ID}/{ID}", calls.history),
            ("DELETE", "/session/token", self._logout),
            ("POST", "/gtt/triggers", calls.gtts.place),
            ("GET", "/gtt/triggers", calls.gtts.list),
            ("GET", f"/gtt/triggers/{ID}", calls.gtts.one),
            ("PUT", f"/gtt/triggers/{ID}", calls.gtts.modify),
            ("DELETE", f"/gtt/triggers/{ID}", calls.gtts.delete),
        )

    def open_call(self, request):
        if request.path == "/connect/login":
            return self._login_page(request)
        if (request.method, request.path) == ("POST", "/session/token"):
            return self._trade_in(request)
        return None

    def success(self, data):
        return success(data)

    def refused(self, wrong):
        if isinstance(wrong, KiteError):
            return error(wrong.status, wrong.error_type, wrong.message)
        return error(400, "InputException", "Invalid request.")

    def failed(self, fault):
        return error(fault.status, fault.error_type or "NetworkException", fault.message)

    def throttled(self):
        return error(429, "NetworkException", "Too many requests")

    def missing(self, is_known):
        if is_known:
            return error(405, "GeneralException", "Method not allowed.")
        return error(404, "GeneralException", "Route not found.")

    def user(self, request):
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
            "request_token": self._sessions.code(api_key),
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

    def _instruments(self, _user, _request, exchange):
        return Answer(200, self._market.listing.csv(exchange), "text/csv")

    def _logout(self, user, request):
        self._sessions.end(request.one("api_key"))
        return True


def success(data):
    """The success envelope."""
    return Answer(200, encode({"status": "success", "data": data}))


def error(status, error_type, message):
    """The error envelope."""
    body = {"status": "error", "message": message, "error_type": error_type, "data": None}
    return Answer(status, json.dumps(body).encode())
