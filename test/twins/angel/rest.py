"""SmartAPI's REST calls over the simulated exchange."""

import json

from test.twins.angel.calls import AngelCalls
from test.twins.angel.orders import AngelError
from test.twins.angel.sessions import PIN
from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import ID, Rest
from utils.json import encode

OPEN, SECURE = "/rest/auth/angelbroking", "/rest/secure/angelbroking"
RULES = f"/gtt-service{SECURE}/gtt/v1"
MASTER = "/OpenAPI_File/files/OpenAPIScripMaster.json"
RATES = {
    "login": 1, "getProfile": 3, "getRMS": 2, "order": 20, "getOrderBook": 1, "getTradeBook": 1, "getPosition": 1,
    "holding": 1, "history": 3, "other": 10,
}  # fmt: skip
CLASSES = {
    **dict.fromkeys(("loginByPassword", "generateTokens"), "login"),
    **dict.fromkeys(("placeOrder", "modifyOrder", "cancelOrder"), "order"),
    **dict.fromkeys(("getHolding", "getAllHolding"), "holding"),
    **dict.fromkeys(("getCandleData", "getOIData"), "history"),
}  # fmt: skip
TOO_FAST = b"Access denied because of exceeding access rate"
HEADERS = ("x-clientlocalip", "x-clientpublicip", "x-macaddress", "x-privatekey")


def rate_class(_method, path):
    """The class of a call, as the vendor announced them."""
    call = path.rstrip("/").rpartition("/")[2]
    return CLASSES.get(call, call if call in RATES else "other")


class AngelRest(Rest):
    """A dead token meets an error code, mostly under HTTP 200."""

    errors = (AngelError, ValueError)

    def __init__(self, market, sessions, faults):
        self.calls = AngelCalls(market)
        self.orders = self.calls.orders
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, rate_class))

    def routes(self):
        calls, order = self.calls, f"{SECURE}/order/v1"
        return (
            ("GET", f"{SECURE}/user/v1/getProfile", calls.profile),
            ("GET", f"{SECURE}/user/v1/getRMS", calls.limits),
            ("POST", f"{SECURE}/user/v1/logout", self._logout),
            ("POST", f"{order}/placeOrder", calls.place),
            ("POST", f"{order}/modifyOrder", calls.modify),
            ("POST", f"{order}/cancelOrder", calls.cancel),
            ("GET", f"{order}/getOrderBook", calls.book),
            ("GET", f"{order}/getTradeBook", calls.trades),
            ("GET", f"{order}/getPosition", calls.positions),
            ("GET", f"{order}/details/{ID}", calls.details),
            ("POST", f"{order}/getLtpData", calls.ltp),
            ("GET", f"{SECURE}/portfolio/v1/getHolding", calls.holding_rows),
            ("GET", f"{SECURE}/portfolio/v1/getAllHolding", calls.holdings),
            ("POST", f"{SECURE}/margin/v1/batch", calls.margin),
            ("POST", f"{SECURE}/market/v1/quote/?", calls.quotes),
            ("POST", f"{SECURE}/historical/v1/getCandleData", calls.candles),
            ("POST", f"{SECURE}/historical/v1/getOIData", calls.interest),
            ("POST", f"{RULES}/createRule", calls.gtts.create),
            ("POST", f"{RULES}/modifyRule", calls.gtts.modify),
            ("POST", f"{RULES}/cancelRule", calls.gtts.cancel),
            ("POST", f"{SECURE}/gtt/v1/ruleDetails", calls.gtts.details),
            ("POST", f"{SECURE}/gtt/v1/ruleList", calls.gtts.list),
        )

    def open_call(self, request):
        if (request.method, request.path) == ("GET", MASTER):
            return Answer(200, self._market.listing.master())
        if request.method == "POST" and request.path == f"{OPEN}/user/v1/loginByPassword":
            return self._log_in(request)
        if request.method == "POST" and request.path == f"{OPEN}/jwt/v1/generateTokens":
            return self._refresh(request)
        return None

    def success(self, data):
        body = {"status": True, "message": "SUCCESS", "errorcode": "", "data": data}
        return Answer(200, encode(body))

    def refused(self, wrong):
        if isinstance(wrong, AngelError):
            return error(wrong.status, wrong.code, wrong.message)
        return error(400, "", "Invalid request")

    def failed(self, fault):
        return error(fault.status, fault.error_type, fault.message)

    def throttled(self):
        return Answer(403, TOO_FAST, "text/plain")

    def missing(self, is_known):
        return error(405 if is_known else 404, "", "Not found")

    def user(self, request):
        """The user of the Authorization header."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            raise AngelError("AG8003", "Token missing")
        user = self._sessions.user_of(self._key(request), token) if scheme == "Bearer" else None
        if user is None:
            is_old = self._sessions.was_seen(token)
            raise AngelError(*(("AG8002", "Token Expired", 403) if is_old else ("AG8001", "Invalid Token")))
        return user

    def _key(self, request):
        """The application, of a request that has every header the documents ask for."""
        if any(not request.headers.get(name) for name in HEADERS):
            raise AngelError("", "Missing header", 400)
        if (request.headers.get("x-usertype"), request.headers.get("x-sourceid")) != ("USER", "WEB"):
            raise AngelError("", "Invalid header", 400)
        return request.headers["x-privatekey"]

    def _log_in(self, request):
        key, form = self._key(request), request.json()
        if key not in self._sessions.apps:
            raise AngelError("AG8001", "Invalid API key")
        if (form.get("clientcode"), form.get("password")) != (self._sessions.apps[key][1], PIN):
            # Their documents show this failure with false and null as text.
            body = {"status": "false", "message": "Login Id or password is invalid", "errorcode": "AB1007"}
            return Answer(200, json.dumps({**body, "data": "null"}).encode())
        if not self._sessions.is_totp(form.get("totp")):
            raise AngelError("AB1050", "Invalid totp")
        return self.success(self._sessions.tokens(key))

    def _refresh(self, request):
        found = self._sessions.refreshed(self._key(request), request.json().get("refreshToken"))
        if found is None:
            raise AngelError("AB8050", "Invalid Refresh Token")
        return self.success(found)

    def _logout(self, user, request):
        if request.json().get("clientcode") != user:
            raise AngelError("", "Invalid clientcode", 400)
        self._sessions.end(request.headers["x-privatekey"])
        return ""


def error(status, code, message):
    """The error envelope."""
    body = {"status": False, "message": message, "errorcode": code, "data": None}
    return Answer(status, json.dumps(body).encode())
