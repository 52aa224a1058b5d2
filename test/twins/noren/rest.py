"""Noren's REST calls over the simulated exchange: each a POST of `jData=`, each failure a 200 that says Not_Ok."""

import datetime as dt
import hashlib
import json
from urllib.parse import unquote_plus, urlencode

from domain.errors import Refused
from domain.market import Depth, Interval
from test.twins.kit.http_server import Answer
from test.twins.kit.orders import key_of
from test.twins.kit.rates import RateLimits
from test.twins.kit.rest import Rest
from test.twins.noren import rows
from test.twins.noren.listing import CSV_FILES
from test.twins.noren.orders import NorenError, NorenOrders, invalid
from utils.clock import UTC, from_epoch, ist
from utils.json import encode

INTERVALS = {
    "1": Interval.M1, "3": Interval.M3, "5": Interval.M5, "10": Interval.M10, "15": Interval.M15, "30": Interval.M30,
    "60": Interval.H1, "120": Interval.H2, "240": Interval.H4,
}  # fmt: skip
CHARTS = ("TPSeries", "EODChartData")
NO_DATA = 'Error Occurred : 5 "no data"'
EXPIRED = "Session Expired : Invalid Session Key"
MOST_DAYS = 1201
RATES = {"order": 10, "quote": 20}
ORDER_CALLS = ("PlaceOrder", "ModifyOrder", "CancelOrder")


class NorenRest(Rest):
    """`member` says where tokens stand and how logins go; `login_url` is where the login page sends the browser."""

    errors = (NorenError, ValueError)

    def __init__(self, market, sessions, faults, login_url, member):
        self._login_url = login_url
        self._member = member
        self.orders = NorenOrders(market.exchange, market.listing)
        super().__init__(market, sessions, faults, RateLimits(market.clock, RATES, self._rate_class))

    def _rate_class(self, method, path):
        call = path.rpartition("/")[2]
        return "order" if call in ORDER_CALLS else "quote" if call == "GetQuotes" else "other"

    def routes(self):
        orders = self.orders
        calls = {
            "PlaceOrder": lambda user, data: {"norenordno": orders.place(user, data)},
            "ModifyOrder": lambda user, data: {"result": orders.modify(user, data)},
            "CancelOrder": lambda user, data: {"result": orders.cancel(user, data)},
            "OrderBook": lambda user, _: orders.book(user), "TradeBook": lambda user, _: orders.trades(user),
            "SingleOrdHist": lambda user, data: orders.history(user, data.get("norenordno")),
            "PositionBook": self._positions, "Holdings": self._holdings, "Limits": self._limits,
            "GetBasketMargin": self._margin, "GetQuotes": self._quote, "TPSeries": self._series,
            "EODChartData": self._days, "SearchScrip": self._search, "Logout": self._logout,
        }  # fmt: skip
        return [("POST", f"{self._member.prefix}/{name}", _call(work)) for name, work in calls.items()]

    def user(self, request):
        """The user of the token, wherever this member wants it; every call repeats the user's id."""
        data, key = body_of(request)
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        is_chart = request.path.rpartition("/")[2] in CHARTS
        place = self._member.charts if is_chart else self._member.signed
        tokens = {"header": bearer if scheme == "Bearer" else "", "body": key}
        wanted = list(tokens.values()) if place == "either" else [tokens[place]]
        users = [user for token in wanted if (user := self._sessions.owner(token)) is not None]
        if not users:
            raise NorenError(EXPIRED)
        if data.get("uid", users[0]) != users[0] or data.get("actid", users[0]) != users[0]:
            raise invalid("uid")
        return users[0]

    def open_call(self, request):
        path, listing = request.path, self._market.listing
        if path == "/OAuthlogin/authorize/oauth" and self._member.login == "oauth":
            return self._login_page(request.one("client_id"))
        if path == "/" and self._member.login == "pi":
            return self._login_page(request.one("app_key"), with_client=True)
        if (request.method, path) == ("POST", f"{self._member.prefix}/GenAcsTok"):
            return self._trade_in(request)
        if (request.method, path) == ("POST", "/trade/apitoken") and self._member.login == "pi":
            return self._trade_in_pi(request)
        segment, name = (
            path.strip("/").removesuffix("_symbols.txt.zip"),
            path.rpartition("/")[2].removesuffix(".csv"),
        )
        if self._member.files == "zip" and path == f"/{segment}_symbols.txt.zip":
            return Answer(200, listing.zipped(segment), "application/zip")
        if self._member.files == "csv" and path == f"/scripmaster/{name}.csv" and name in CSV_FILES:
            return Answer(200, listing.csv(name), "text/csv")
        return None

    def success(self, data):
        if isinstance(data, list):
            return refusal(NO_DATA) if not data else Answer(200, encode(data))
        return Answer(
            200, encode({"request_time": rows.moment(self._market.clock.now()), "stat": "Ok", **data})
        )

    def refused(self, wrong):
        return refusal(
            str(wrong) if isinstance(wrong, NorenError) else "Invalid Input : jData is not valid json object"
        )

    def failed(self, fault):
        return refusal(fault.message, fault.status)

    def throttled(self):
        return refusal("Request exceeds Limit")

    def missing(self, is_known):
        return Answer(405 if is_known else 404, b"Not Found", "text/plain")

    def caller(self, request):
        return request.headers.get("authorization") or request.body.rpartition(b"&jKey=")[2]

    def _login_page(self, key, with_client=False):
        """The broker asks for password and second factor here; the twin sends the browser on."""
        if key not in self._sessions.apps:
            return refusal("Invalid Input : Invalid client_id", 400)
        query = {"code": self._sessions.code(key)}
        if with_client:
            query["client"] = self._sessions.apps[key][1]
        mark = "&" if "?" in self._login_url else "?"
        return Answer(302, headers={"Location": f"{self._login_url}{mark}{urlencode(query)}"})

    def _granted(self, code, proof):
        """(user, token) of a live code, proved with the application's secret."""
        key = self._sessions.key_of_code(code)
        secret, user = self._sessions.apps.get(key, ("", ""))
        if key is None or hashlib.sha256(f"{key}{secret}{code}".encode()).hexdigest() != proof:
            raise NorenError("Invalid Input : Invalid Authorization Code")
        self._sessions.redeem(code)
        return user, self._sessions.open(key)

    def _trade_in(self, request):
        data, _ = body_of(request)
        user, token = self._granted(data.get("code"), data.get("checksum"))
        tokens = {"access_token": token, "refresh_token": token[::-1], "susertoken": token}
        return self.success({"USERID": user, "actid": user, **tokens})

    def _trade_in_pi(self, request):
        data = request.json()
        user, token = self._granted(data.get("request_code"), data.get("api_secret"))
        return self.success({"token": token, "client": user, "emsg": ""})

    def _logout(self, user, _):
        for key, (_, owner) in self._sessions.apps.items():
            if owner == user:
                self._sessions.end(key)
        return {}

    def _positions(self, user, _):
        found = [
            (row, self._market.listing.by_key(key_of(row))) for row in self._market.exchange.positions(user)
        ]
        return [rows.position(row, listed) for row, listed in found if listed is not None]

    def _holdings(self, user, data):
        if data.get("prd") != "C":
            raise invalid("prd")
        listing = self._market.listing
        found = [(row, listing.by_key(key_of(row))) for row in self._market.exchange.holdings(user)]
        other = [listing.by_name("BSE", row.symbol) for row, _ in found]
        return [
            rows.holding(row, [place for place in (bse, own) if place is not None])
            for (row, own), bse in zip(found, other, strict=True)
        ]

    def _limits(self, user, _):
        return rows.limits(self._market.exchange.funds(user))

    def _margin(self, user, data):
        legs = [data, *data.get("basketlists", [])]
        if any(leg.get("prctyp") not in ("LMT", "SL-LMT") for leg in legs):
            raise invalid("prctyp")
        try:
            estimate = self._market.exchange.margin([self.orders.terms(leg) for leg in legs])
        except Refused as found:
            raise self.orders.refusal(found) from None
        return {
            "marginused": rows.money(estimate.total),
            "marginusedtrade": rows.money(estimate.total),
            "remarks": "",
        }

    def _listed(self, data):
        listed = self._market.listing.by_token(f"{data.get('exch')}|{data.get('token')}")
        if listed is None:
            raise invalid("token")
        return listed

    def _quote(self, user, data):
        listed = self._listed(data)
        is_index = listed.instrument.exchange.is_index
        depth = Depth(quote=self._market.quote(listed)) if is_index else self._market.depth(listed)
        return rows.whole(listed, rows.quote(listed, depth))

    def _series(self, user, data):
        if data.get("intrv") not in INTERVALS:
            raise invalid("intrv")
        start, end = (from_epoch(float(data.get(name) or "x")) for name in ("st", "et"))
        bars = self._market.history(self._listed(data), INTERVALS[data["intrv"]], start, end)
        return [rows.candle(bar) for bar in reversed(bars)]

    def _days(self, user, data):
        """Days before today, by the name of the instrument: an index goes by its display name, BSE's have none."""
        exchange, _, name = (data.get("sym") or "").partition(":")
        listed = self._market.listing.by_name(exchange, name)
        if listed is None or (exchange == "BSE" and listed.instrument.exchange.is_index):
            return []
        start, end = (from_epoch(float(data.get(word) or "x")) for word in ("from", "to"))
        bars = self._market.history(listed, Interval.D, start - dt.timedelta(days=1), end)
        today = dt.datetime.combine(ist(self._market.clock.now()).date(), dt.time(), UTC).timestamp()
        kept = [bar for bar in bars if start.timestamp() <= bar.timestamp < min(today, end.timestamp() + 1)]
        return [rows.day(bar) for bar in reversed(kept[-MOST_DAYS:])]

    def _search(self, user, data):
        """By name or symbol, within one exchange."""
        text = unquote_plus(data.get("stext") or "").casefold()
        rows_there = [row for row in self._market.listing.rows() if row.exchange == data.get("exch")]
        found = [row for row in rows_there if text in f"{row.tradingsymbol} {row.instrument.name}".casefold()]
        return {"values": [rows.whole(row, {}) for row in found[:50]]} if found and text else []


def _call(work):
    return lambda user, request: work(user, body_of(request)[0])


def body_of(request):
    """(fields, jKey). The server cuts at `&` before it reads the JSON, and decodes nothing."""
    parts = request.body.decode().split("&")
    if not parts[0].startswith("jData="):
        raise NorenError("Invalid Input : jData is not present")
    data = json.loads(parts[0].removeprefix("jData="))
    legs = data.get("basketlists", []) if isinstance(data, dict) else None
    if legs is None or any(_is_foreign(fields) for fields in (data, *legs)):
        raise NorenError('Error Occurred : 2 "invalid input"')
    key = next((part.removeprefix("jKey=") for part in parts[1:] if part.startswith("jKey=")), "")
    return data, key


def _is_foreign(fields):
    """A value that is no text; null is what the vendor's own client sends for nothing."""
    return any(
        not isinstance(item, str)
        for name, item in fields.items()
        if name != "basketlists" and item is not None
    )


def refusal(text, status=200):
    """The one envelope of every failure."""
    return Answer(status, encode({"stat": "Not_Ok", "emsg": text}))
