"""The envelope and the doors of both applications."""

import json
from functools import partial
from urllib.parse import quote, urlsplit

from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import Rest
from test.twins.xts.interactive import Interactive
from test.twins.xts.marketdata import MarketData
from test.twins.xts.sessions import INTERACTIVE, MARKET, kind_of
from test.twins.xts.words import XtsError, success
from utils.json import encode

RATES = {"order": 10, "margin": 10, "account": 1}
ACCOUNT = (
    "/user/balance",
    "/user/profile",
    "/orders",
    "/orders/trades",
    "/portfolio/positions",
    "/portfolio/holdings",
)


def rate_class(method, path):
    """The class of a call; only those of the interactive application are published."""
    call = path.removeprefix("/interactive")
    if call == path:
        return "market"
    if call == "/orders" and method != "GET":
        return "order"
    if call == "/orders/margindetails":
        return "margin"
    return "account" if method == "GET" and call in ACCOUNT else "other"


class XtsRest(Rest):
    """settings: `prefix` of the market-data calls, `login` keys or thirdparty (see serve.py)."""

    errors = (XtsError, ValueError, KeyError, TypeError)

    def __init__(self, market, sessions, faults, subscriptions, settings):
        self._prefix = settings["prefix"]
        self._by_page = settings["login"] == "thirdparty"
        self.interactive = Interactive(market)
        self.orders = self.interactive.orders
        self.data = MarketData(market, subscriptions, sessions)
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, rate_class))

    def routes(self):
        own = [(method, f"/interactive{path}", work) for method, path, work in self.interactive.routes()]
        data = [(method, f"{self._prefix}{path}", work) for method, path, work in self.data.routes()]
        return (
            *own, *data,
            ("DELETE", "/interactive/user/session", self._logout),
            ("DELETE", f"{self._prefix}/auth/logout", self._logout),
        )  # fmt: skip

    def open_call(self, request):
        call = request.method, request.path
        if call == ("GET", "/interactive/thirdparty") and self._by_page:
            return self._page(request)
        if call == ("POST", "/interactive/user/session"):
            return self._log_in(request, INTERACTIVE)
        if call == ("POST", f"{self._prefix}/auth/login"):
            return self._log_in(request, MARKET)
        if call == ("POST", f"{self._prefix}/instruments/master"):  # hosts give it without a token
            return partial(self.data.master, "", request)
        return None

    def user(self, request):
        kind = INTERACTIVE if request.path.startswith("/interactive/") else MARKET
        user = self._sessions.owner_of_kind(kind, request.headers.get("authorization"))
        if user is None:
            # Both statuses are seen in the wild, with and without a code: only the description says what it is.
            raise XtsError(
                400 if kind == INTERACTIVE else 200, "e-session-0007" * (kind == INTERACTIVE), "Invalid Token"
            )
        return user

    def success(self, data):
        code, description, result = data
        found = {"type": "success", "code": code, "description": description, "result": result}
        return Answer(200, encode(found))

    def refused(self, wrong):
        if not isinstance(wrong, XtsError):
            wrong = XtsError(400, "e-app-0001", "Bad Request")
        return _error(wrong.status, wrong.code, wrong.description)

    def failed(self, fault):
        return _error(fault.status, fault.error_type or "e-server-0001", fault.message)

    def throttled(self):
        return _error(429, "e-apirl-0004", "Too many requests")

    def missing(self, is_known):
        return _error(405 if is_known else 404, "e-app-0002", "Route not found")

    def _log_in(self, request, kind):
        # The vendor's own Python client sends its logins as forms.
        is_form = "urlencoded" in request.headers.get("content-type", "")
        body = request.form() if is_form else request.json()
        key = body.get("appKey")
        app = self._sessions.apps.get(key)
        if app is None or kind_of(key) != kind or app[0] != body.get("secretKey"):
            raise XtsError(400, "e-user-0001", "Invalid appKey or secretKey")
        if kind == INTERACTIVE and self._by_page:
            if self._sessions.redeem(body.get("accessToken", "")) != key:
                raise XtsError(400, "e-user-0002", "Invalid accessToken")
        elif "accessToken" not in body and str(body.get("source", "")).upper() != "WEBAPI":
            raise XtsError(400, "e-app-0001", "source is missing")
        user, token = app[1], self._sessions.open(key)
        if kind == MARKET:
            result = {
                "token": token,
                "userID": user,
                "appVersion": "2.0",
                "application_expiry_date": "31-12-2030",
            }
            return self.success(success("s-response-0010", "Login successful", result))
        result = {
            "token": token, "userID": user, "isInvestorClient": True, "clientCodes": [user],
            "exchangeSegmentArray": [], "enums": {},
        }  # fmt: skip
        return self.success(success("s-user-0001", "Login successful", result))

    def _page(self, request):
        """The vendor's page: it knows its user and sends the browser on, the session in JSON inside a JSON string."""
        key, target = request.one("appKey"), request.one("returnURL")
        if key not in self._sessions.apps or not target:
            raise XtsError(400, "e-app-0001", "appKey or returnURL is missing")
        session = json.dumps({"accessToken": self._sessions.code(key), "userID": self._sessions.apps[key][1]})
        mark = "&" if urlsplit(target).query else "?"
        where = f"{target}{mark}session={quote(json.dumps(session))}"
        return Answer(302, headers={"Location": where})

    def _logout(self, _user, request):
        self._sessions.end(self._sessions.key_of(request.headers["authorization"]))
        return success("s-user-0002", "Logged out", {})


def _error(status, code, description):
    result = {"errors": [description]} if description == "Bad Request" else {}
    body = {"type": "error", "code": code, "description": description, "result": result}
    return Answer(status, json.dumps(body).encode())
