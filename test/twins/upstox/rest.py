"""The Upstox Developer API's REST calls over the simulated exchange."""

import json
from urllib.parse import urlencode

from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import ID, Rest
from test.twins.upstox.calls import UpstoxCalls
from test.twins.upstox.orders import UpstoxError, invalid
from utils.json import encode

FILE = "/market-quote/instruments/exchange/complete.json.gz"
CANDLES = "/v3/historical-candle"
RATES = {"order": 10, "other": 50}
LATENCY = {"metadata": {"latency": 1}}


def rate_class(method, path):
    """The class of a call, as Upstox publishes them."""
    return "order" if path.startswith(("/v3/order", "/v2/order")) and method != "GET" else "other"


class UpstoxRest(Rest):
    """The sessions' codes are good for the redirect address that they were asked for with."""

    errors = (UpstoxError, ValueError)

    def __init__(self, market, sessions, faults):
        self.calls = UpstoxCalls(market)
        self.orders = self.calls.orders
        self._addresses = {}
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, rate_class))

    def routes(self):
        calls, gtts = self.calls, self.calls.gtts
        return (
            ("GET", "/v2/user/profile", calls.profile),
            ("GET", "/v3/user/get-funds-and-margin", calls.funds),
            ("POST", "/v3/order/place", self._timed(calls.place)),
            ("POST", "/v2/order/place", calls.place_v2),
            ("PUT", "/v[23]/order/modify", self._timed(calls.modify)),
            ("DELETE", "/v[23]/order/cancel", self._timed(calls.cancel)),
            ("GET", "/v2/order/retrieve-all", lambda user, _: self.orders.rows(user)),
            ("GET", "/v2/order/details", calls.details),
            ("GET", "/v2/order/trades/get-trades-for-day", lambda user, _: self.orders.trades(user)),
            ("GET", "/v2/order/trades", calls.trades_of_order),
            ("GET", "/v2/portfolio/short-term-positions", calls.positions),
            ("GET", "/v2/portfolio/long-term-holdings", calls.holdings),
            ("POST", "/v2/charges/margin", calls.margin),
            ("GET", "/v[23]/market-quote/quotes", calls.quotes),
            ("GET", "/v3/market-quote/ltp", calls.last_prices),
            ("GET", f"{CANDLES}/intraday/{ID}/{ID}/{ID}", calls.intraday),
            ("GET", f"{CANDLES}/{ID}/{ID}/{ID}/{ID}/{ID}", calls.history),
            ("POST", "/v3/order/gtt/place", self._listed(gtts.place)),
            ("PUT", "/v3/order/gtt/modify", self._listed(gtts.modify)),
            ("DELETE", "/v3/order/gtt/cancel", self._listed(gtts.cancel)),
            ("GET", "/v3/order/gtt", lambda user, request: gtts.of(user, request.one("gtt_order_id"))),
            ("DELETE", "/v2/logout", self._logout),
        )

    def _timed(self, call):
        """Calls of v3 tell how long they took, next to their data."""
        return lambda user, request: Answer(200, encode(_good(call(user, request)) | LATENCY))

    def _listed(self, call):
        return self._timed(lambda user, request: {"gtt_order_ids": call(user, request.json())})

    def open_call(self, request):
        if (request.method, request.path) == ("GET", "/v2/login/authorization/dialog"):
            return self._login_page(request)
        if (request.method, request.path) == ("POST", "/v2/login/authorization/token"):
            return self._trade_in(request.form())
        if (request.method, request.path) == ("GET", FILE):
            if "authorization" in request.headers:
                raise invalid("a token for a public file")
            return Answer(200, self._market.listing.file(), "application/gzip")
        return None

    def success(self, data):
        return Answer(200, encode(_good(data)))

    def refused(self, wrong):
        if isinstance(wrong, UpstoxError):
            return error(wrong.code, wrong.message, wrong.status)
        return error("UDAPI100036", "Invalid Input", 400)

    def failed(self, fault):
        return error(fault.error_type or "UDAPI100500", fault.message, fault.status)

    def throttled(self):
        return error("UDAPI10005", "Too Many Request Sent", 429)

    def missing(self, is_known):
        return error("UDAPI10000", "This request is not supported by Upstox API", 405 if is_known else 404)

    def user(self, request):
        """The user of the bearer token; candles are public, as the vendor's client takes them to be."""
        if request.path.startswith(CANDLES) and "authorization" not in request.headers:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = self._sessions.owner(token) if scheme == "Bearer" else None
        if user is None:
            raise UpstoxError("UDAPI100050", "Invalid token used to access API", 401)
        return user

    def _login_page(self, request):
        """Upstox asks for phone, password and PIN here; the twin knows its user and sends the browser on."""
        key, address = request.one("client_id"), request.one("redirect_uri")
        if request.one("response_type") != "code" or key not in self._sessions.apps or not address:
            raise UpstoxError("UDAPI100068", "Check your 'client_id' and 'redirect_uri'")
        code = self._sessions.code(key)
        self._addresses[code] = address
        query = {"code": code, **({"state": request.one("state")} if request.one("state") else {})}
        return Answer(302, headers={"Location": f"{address}?{urlencode(query)}"})

    def _trade_in(self, form):
        """A code is spent by the first try, whatever comes of it."""
        key, code = form.get("client_id"), form.get("code", "")
        address = self._addresses.pop(code, None)
        if key not in self._sessions.apps or form.get("client_secret") != self._sessions.apps[key][0]:
            raise UpstoxError("UDAPI100016", "Invalid Credentials", 401)
        if form.get("grant_type") != "authorization_code" or self._sessions.redeem(code) != key:
            raise UpstoxError("UDAPI100057", "Invalid Auth code")
        if form.get("redirect_uri") != address:
            raise UpstoxError("UDAPI100068", "Check your 'client_id' and 'redirect_uri'")
        user = self._sessions.apps[key][1]
        tokens = {"access_token": self._sessions.open(key), "extended_token": ""}
        return Answer(200, encode({**self.calls.profile(user, None), **tokens}))

    def _logout(self, user, request):
        token = request.headers["authorization"].partition(" ")[2]
        self._sessions.end(self._sessions.key_of(token))
        return True


def _good(data):
    return {"status": "success", "data": data}


def error(code, message, status):
    """The error envelope."""
    told = {"errorCode": code, "message": message, "propertyPath": None, "invalidValue": None}
    return Answer(status, json.dumps({"status": "error", "errors": [told]}).encode())
