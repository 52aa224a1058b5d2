"""Fyers API v3's REST calls over the simulated exchange: one envelope, payload next to its flag."""

from urllib.parse import urlencode

from test.twins.fyers.calls import FyersCalls
from test.twins.fyers.listing import FILES as SYMBOL_FILES
from test.twins.fyers.orders import INVALID, FyersError, invalid
from test.twins.kit.http_server import Answer
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import Rest
from utils.json import encode

API, DATA, FILES = "/api/v3", "/data", "/sym_details/"
NOT_AUTHENTICATED, LIMITED = -16, -429
PER_SECOND = 10


class FyersRest(Rest):
    """See the kit's."""

    errors = (FyersError, ValueError)

    def __init__(self, market, sessions, faults):
        self.calls = FyersCalls(market)
        self.orders, self.gtts = self.calls.orders, self.calls.gtts
        super().__init__(market, sessions, faults, RateLimits(market.clock, {"all": PER_SECOND}, _rate_class))

    def routes(self):
        calls = self.calls
        reads = (
            (f"{API}/profile", calls.profile), (f"{API}/orders", calls.order_book),
            (f"{API}/tradebook", calls.trade_book), (f"{API}/positions", calls.positions),
            (f"{API}/holdings", calls.holdings), (f"{API}/funds", calls.funds),
            (f"{API}/gtt/orders", calls.gtt_book), (f"{DATA}/quotes", calls.quotes), (f"{DATA}/depth", calls.depth),
            (f"{DATA}/history", calls.history),
        )  # fmt: skip
        desks = (
            (f"{API}/orders/sync", self.orders, "cancel"),
            (f"{API}/gtt/orders/sync", self.gtts, "delete"),
        )
        writes = [
            (method, path, _write(code, getattr(desk, work)))
            for path, desk, end in desks
            for method, code, work in (
                ("POST", 1101, "place"),
                ("PATCH", 1102, "modify"),
                ("DELETE", 1103, end),
            )
        ]
        return (
            *(("GET", path, work) for path, work in reads), *writes, ("POST", f"{API}/logout", self._logout),
            ("POST", f"{API}/multiorder/margin", calls.margin), ("POST", f"{DATA}/symbol-token", calls.symbol_tokens),
        )  # fmt: skip

    def open_call(self, request):
        if request.path.startswith(FILES):
            return self._file(request.path.removeprefix(FILES))
        if request.path == f"{API}/generate-authcode":
            return self._login_page(request)
        if (request.method, request.path) == ("POST", f"{API}/validate-authcode"):
            return self._trade_in(request.json())
        return None

    def success(self, data):
        return Answer(200, encode({"s": "ok", "code": 200, "message": "", **data}))

    def refused(self, wrong):
        if isinstance(wrong, FyersError):
            return error(wrong.status, wrong.code, wrong.message)
        return error(400, INVALID, "Invalid request")

    def failed(self, fault):
        return error(fault.status, int(fault.error_type or -1), fault.message)

    def throttled(self):
        answer = error(429, LIMITED, "API Limit exceeded")
        answer.headers["X-Retry-After-Ms"] = "1000"
        return answer

    def missing(self, is_known):
        return error(405 if is_known else 404, INVALID, "Method not allowed" if is_known else "Not found")

    def user(self, request):
        key, token = self._sessions.by_header(request.headers.get("authorization", ""))
        user = self._sessions.user_of(key, token) if key in self._sessions.apps else None
        if user is None:
            raise FyersError(NOT_AUTHENTICATED, "Could not authenticate the user", 401)
        return user

    def _login_page(self, request):
        """Fyers asks for password, second factor and PIN here; the twin knows its user and sends the browser on."""
        key, back = request.one("client_id"), request.one("redirect_uri")
        if key not in self._sessions.apps or request.one("response_type") != "code" or not back:
            raise invalid("client_id")
        query = {
            "s": "ok",
            "code": 200,
            "auth_code": self._sessions.code(key),
            "state": request.one("state") or "",
        }
        mark = "&" if "?" in back else "?"
        return Answer(302, headers={"Location": f"{back}{mark}{urlencode(query)}"})

    def _trade_in(self, form):
        if form.get("grant_type") != "authorization_code":
            raise invalid("grant_type")
        token, wrong = self._sessions.trade_in(form.get("code", ""), form.get("appIdHash", ""))
        if wrong == "hash":
            raise FyersError(-371, "Invalid app id hash")
        if wrong:
            raise FyersError(-437, "invalid auth code")
        return self.success({"access_token": token, "refresh_token": token[::-1]})

    def _logout(self, _user, request):
        key, _ = self._sessions.by_header(request.headers.get("authorization", ""))
        self._sessions.end(key)
        return {"message": "you are successfully logged out"}

    def _file(self, name):
        listing = self._market.listing
        if name == "index_hsm_mapping.json":
            return Answer(200, encode(listing.index_names()))
        stem, _, end = name.partition("_sym_master.json" if name.endswith(".json") else ".csv")
        if end or stem not in SYMBOL_FILES:
            return Answer(404, b"<Error>AccessDenied</Error>", "application/xml")
        if name.endswith(".json"):
            return Answer(200, listing.json(stem))
        return Answer(200, listing.csv(stem), "text/csv")


def _rate_class(_method, path):
    return "all" if path.startswith((API, DATA)) else "public"


def _write(code, work):
    """A call that changes an order: work(user, form) answers its id."""

    def call(user, request):
        name = work(user, request.json())
        return {"code": code, "message": f"Order Ref. No. {name}", "id": name}

    return call


def error(status, code, message):
    """The error envelope."""
    return Answer(status, encode({"s": "error", "code": code, "message": message}))
