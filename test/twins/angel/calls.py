"""What each SmartAPI call answers, as data; routing and envelopes are those of rest.py."""

import datetime as dt

from domain.errors import Refused
from domain.market import Interval
from test.twins.angel import rows
from test.twins.angel.gtts import AngelGtts
from test.twins.angel.orders import AngelError, AngelOrders, invalid
from test.twins.kit.orders import key_of
from utils.clock import IST

INTERVALS = {
    "ONE_MINUTE": (Interval.M1, 30), "THREE_MINUTE": (Interval.M3, 60), "FIVE_MINUTE": (Interval.M5, 100),
    "TEN_MINUTE": (Interval.M10, 100), "FIFTEEN_MINUTE": (Interval.M15, 200), "THIRTY_MINUTE": (Interval.M30, 200),
    "ONE_HOUR": (Interval.H1, 400), "ONE_DAY": (Interval.D, 2000),
}  # fmt: skip
MODES = ("LTP", "OHLC", "FULL")
MOST_TOKENS, MOST_LEGS = 50, 50


class AngelCalls:
    """One method a call: (user, request, path parts) -> `data` of the answer."""

    def __init__(self, market):
        self._market = market
        self.orders = AngelOrders(market.exchange, market.listing)
        self.gtts = AngelGtts(self.orders, market)

    def profile(self, user, _request):
        return {
            "clientcode": user, "name": user, "email": "", "mobileno": "", "exchanges": ["nse_cm", "nse_fo"],
            "products": ["DELIVERY", "INTRADAY", "CARRYFORWARD"], "lastlogintime": "", "broker": "",
        }  # fmt: skip

    def limits(self, user, _request):
        return rows.limits(self._market.exchange.funds(user))

    def place(self, user, request):
        return self.orders.place(user, request.json())

    def modify(self, user, request):
        return self.orders.modify(user, request.json())

    def cancel(self, user, request):
        return self.orders.cancel(user, request.json())

    def book(self, user, _request):
        """null when there is nothing, as with every book."""
        return self.orders.rows(user) or None

    def details(self, user, _request, unique_id):
        return self.orders.details(user, unique_id)

    def trades(self, user, _request):
        return self.orders.trades(user) or None

    def positions(self, user, _request):
        found = self._market.exchange.positions(user)
        return [rows.position(row, self._market.listing.by_key(key_of(row))) for row in found] or None

    def holding_rows(self, user, _request):
        found = self._market.exchange.holdings(user)
        return [rows.holding(row, self._market.listing.by_key(key_of(row))) for row in found] or None

    def holdings(self, user, request):
        found = self.holding_rows(user, request)
        total = sum(row["profitandloss"] for row in found or ())
        return found and {"holdings": found, "totalholding": {"totalprofitandloss": total}}

    def margin(self, user, request):
        legs = request.json().get("positions")
        if not isinstance(legs, list) or not 0 < len(legs) <= MOST_LEGS:
            raise invalid("positions")
        try:
            estimate = self._market.exchange.margin([self.orders.leg(leg) for leg in legs])
        except Refused as found:
            raise self.orders.refusal(found) from None
        parts = ("netPremium", "marginBenefit", "deliveryMargin", "nonNFOMargin", "totOptionsPremium")
        components = {**dict.fromkeys(parts, 0.0), "spanMargin": rows.number(estimate.span)}
        return {
            "totalMarginRequired": rows.number(estimate.total), "marginComponents": components, "marginBreakup": [],
            "optionsBuy": {"totOptionsPremium": 0.0},
        }  # fmt: skip

    def quotes(self, user, request):
        body = request.json()
        mode, asked = body.get("mode"), body.get("exchangeTokens")
        if mode not in MODES or not isinstance(asked, dict):
            raise invalid("mode")
        pairs = [(exchange, token) for exchange, tokens in asked.items() for token in tokens]
        if not 0 < len(pairs) <= MOST_TOKENS:
            raise AngelError("", "Too many tokens", 400)
        fetched, unfetched = [], []
        for exchange, token in pairs:
            listed = self._market.listing.by_token((exchange, token))
            if listed is None:
                unfetched.append(_unknown(exchange, token))
            else:
                fetched.append(rows.quote(listed, self._market.depth(listed), mode))
        return {"fetched": fetched, "unfetched": unfetched}

    def ltp(self, user, request):
        body = request.json()
        listed = self._market.listing.by_token((body.get("exchange"), body.get("symboltoken")))
        if listed is None or listed.tradingsymbol != body.get("tradingsymbol"):
            raise AngelError("", "Symbol Not Found", 400)
        found = self._market.quote(listed)
        return {
            "exchange": listed.exchange, "tradingsymbol": listed.tradingsymbol, "symboltoken": listed.number,
            "open": found.open, "high": found.high, "low": found.low, "close": found.prev_close, "ltp": found.ltp,
        }  # fmt: skip

    def candles(self, user, request):
        return [
            [at, bar.open, bar.high, bar.low, bar.close, bar.volume] for at, bar in self._bars(request)
        ] or None

    def interest(self, user, request):
        return [{"time": at, "oi": bar.oi} for at, bar in self._bars(request)] or None

    def _bars(self, request):
        body = request.json()
        listed = self._market.listing.by_token((body.get("exchange"), body.get("symboltoken")))
        if listed is None or body.get("interval") not in INTERVALS:
            raise invalid("symboltoken")
        interval, days = INTERVALS[body["interval"]]
        start, end = _moment(body, "fromdate"), _moment(body, "todate")
        # The vendor answers a span that is wrong with its code for "something went wrong".
        if end < start or end - start > dt.timedelta(days=days):
            raise AngelError("AB1004", "Something Went Wrong, Please Try After Sometime")
        daily = interval is Interval.D
        if daily:
            start = start.replace(hour=0, minute=0)
        found = self._market.history(listed, interval, start, end)
        return [(rows.stamp(bar, daily), bar) for bar in found]


def _unknown(exchange, token):
    return {"exchange": exchange, "symbolToken": token, "message": "Symbol Not Found", "errorCode": "AB4018"}


def _moment(body, name):
    """YYYY-MM-DD HH:MM in Indian time."""
    try:
        return dt.datetime.strptime(body.get(name), "%Y-%m-%d %H:%M").replace(tzinfo=IST)
    except (TypeError, ValueError):
        raise invalid(name) from None
