"""DhanHQ v2's REST calls and its login service over the simulated exchange."""

import datetime as dt
import json
from urllib.parse import urlencode

from test.twins.dhan.calls import DhanCalls, NoHoldings
from test.twins.dhan.errors import DataError, DhanError
from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import ID, Rest
from utils.clock import ist
from utils.ids import secret_hex
from utils.json import encode

RATES = {"order": 10, "data": 5, "quote": 1, "other": 20}
DATA_SIDE = ("/v2/marketfeed", "/v2/charts")
LIFE = dt.timedelta(hours=24)


def rate_class(method, path):
    """The class of a call, as Dhan publishes them."""
    if path.startswith("/v2/marketfeed"):
        return "quote"
    if path.startswith("/v2/charts"):
        return "data"
    written = method != "GET" and path.startswith(("/v2/orders", "/v2/forever"))
    return "order" if written else "other"


class DhanRest(Rest):
    """redirect_url: where the consent page sends the browser. ip_is_listed: orders come from a listed address."""

    errors = (DhanError, NoHoldings, ValueError, TypeError, AttributeError)

    def __init__(self, market, sessions, faults, redirect_url, is_sandbox):
        self._redirect_url = redirect_url
        self._is_sandbox = is_sandbox
        self._consents = {}
        self.ip_is_listed = True
        self.calls = DhanCalls(market, is_sandbox)
        self.orders = self.calls.orders
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, rate_class))

    def routes(self):
        calls = self.calls
        common = (
            ("GET", "/v2/profile", calls.profile),
            ("POST", "/v2/orders", self._from_home(calls.place)),
            ("PUT", f"/v2/orders/{ID}", self._from_home(calls.modify)),
            ("DELETE", f"/v2/orders/{ID}", self._from_home(calls.cancel)),
            ("GET", "/v2/orders", calls.book),
            ("GET", f"/v2/orders/{ID}", calls.order),
            ("GET", f"/v2/orders/external/{ID}", calls.tagged),
            (
                "GET",
                f"/v2/trades(?:/{ID[1:-1]})?",
                lambda user, request: calls.trades(user, request, _last(request)),
            ),
            ("GET", "/v2/positions", calls.positions),
            ("GET", "/v2/holdings", calls.holdings),
            ("GET", "/v2/fundlimit", calls.limits),
            ("POST", "/v2/margincalculator", calls.margin),
            ("POST", "/v2/margincalculator/multi", calls.basket_margin),
            ("POST", "/v2/charts/intraday", calls.intraday),
            ("POST", "/v2/charts/historical", calls.daily),
        )
        live = (
            ("POST", "/v2/marketfeed/(ltp|ohlc|quote)", calls.quotes),
            ("POST", "/v2/forever/orders", calls.gtts.place),
            ("GET", "/v2/forever/orders", calls.gtts.of),
            ("PUT", f"/v2/forever/orders/{ID}", calls.gtts.modify),
            ("DELETE", f"/v2/forever/orders/{ID}", calls.gtts.cancel),
        )
        return common if self._is_sandbox else (*common, *live)

    def _from_home(self, work):
        """Orders are taken from listed addresses only."""

        def checked(user, request, *parts):
            if not self.ip_is_listed:
                raise DhanError(403, "DH-911", "Invalid IP")
            return work(user, request, *parts)

        return checked

    def open_call(self, request):
        call = (request.method, request.path)
        if call == ("GET", "/api-data/api-scrip-master.csv"):
            return Answer(200, self._market.listing.csv(), "text/csv")
        if call == ("POST", "/app/generate-consent"):
            return self._consent(request)
        if call == ("GET", "/login/consentApp-login"):
            return self._consent_page(request)
        if request.path == "/app/consumeApp-consent" and request.method in ("GET", "POST"):
            return self._consume(request)
        return None

    def user(self, request):
        """The client of the access-token header; bodies and the client-id header must name the same one."""
        user = self._sessions.owner(request.headers.get("access-token", ""))
        named = request.headers.get("client-id")
        if user is None and request.path.startswith(DATA_SIDE):
            raise DataError(401, "808", "Authentication Failed - Client ID or Access Token invalid")
        if user is None:
            raise DhanError(401, "DH-901", "Client ID or user generated access token is invalid or expired.")
        if (named is None and self._is_sandbox) or named not in (None, user):
            raise DhanError(401, "DH-901", "Client ID is invalid")
        if request.method in ("POST", "PUT") and request.json().get("dhanClientId") != user:
            raise DhanError(400, "DH-905", "dhanClientId is missing or wrong")
        return user

    def caller(self, request):
        return request.headers.get("access-token", "")

    def success(self, data):
        return Answer(200, encode(data))

    def refused(self, wrong):
        if isinstance(wrong, NoHoldings):
            body = {
                "errorType": "HOLDING_ERROR", "errorCode": "DHOLDING_ERROR", "internalErrorCode": "DH-1111",
                "errorMessage": "No holdings available",
            }  # fmt: skip
            return Answer(500, json.dumps(body).encode())
        if isinstance(wrong, DhanError):
            return wrong.answer()
        return DhanError(400, "DH-905", "The request cannot be read").answer()

    def failed(self, fault):
        code = fault.error_type or ("DH-908" if fault.status >= 500 else "DH-905")
        return DhanError(fault.status, code, fault.message).answer()

    def throttled(self):
        return DhanError(429, "DH-904", "Too many requests").answer()

    def missing(self, is_known):
        return DhanError(405 if is_known else 404, "DH-905", "No such call").answer()

    def _application(self, request):
        key, secret = (request.headers.get(name, "") for name in ("app_id", "app_secret"))
        if self._sessions.apps.get(key, ("", ""))[0] != secret or not secret:
            raise DhanError(401, "DH-901", "Invalid app_id or app_secret")
        return key

    def _guarded(self, work, request):
        try:
            return work(request)
        except DhanError as wrong:
            return wrong.answer()

    def _consent(self, request):
        def work(request):
            key = self._application(request)
            if request.one("client_id") != self._sessions.apps[key][1]:
                raise DhanError(400, "DH-905", "Unknown client_id")
            consent = secret_hex(16)
            self._consents[consent] = key
            return self.success(
                {"consentAppId": consent, "consentAppStatus": "GENERATED", "status": "success"}
            )

        return self._guarded(work, request)

    def _consent_page(self, request):
        """Dhan asks for the password here; the twin knows its user and sends the browser on."""
        key = self._consents.pop(request.one("consentAppId"), None)
        if key is None:
            return DhanError(400, "DH-905", "Unknown consent").answer()
        mark = "&" if "?" in self._redirect_url else "?"
        query = urlencode({"tokenId": self._sessions.code(key)})
        return Answer(302, headers={"Location": f"{self._redirect_url}{mark}{query}"})

    def _consume(self, request):
        def work(request):
            key = self._application(request)
            if self._sessions.key_of_code(request.one("tokenId") or "") != key:
                raise DhanError(401, "DH-901", "Invalid tokenId")
            self._sessions.redeem(request.one("tokenId"))
            user = self._sessions.apps[key][1]
            ends = ist(self._market.clock.now()) + LIFE
            return self.success({
                "dhanClientId": user, "dhanClientName": "TWIN", "dhanClientUcc": "TWIN01",
                "givenPowerOfAttorney": True, "accessToken": self._sessions.open(key),
                "expiryTime": f"{ends:%Y-%m-%dT%H:%M:%S}",
            })  # fmt: skip

        return self._guarded(work, request)


def _last(request):
    """The order id of /v2/trades/<id>, None for the whole book."""
    parts = request.path.strip("/").split("/")
    return parts[2] if len(parts) == 3 else None
