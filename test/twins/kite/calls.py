"""What each Kite Connect v3 call answers, as data; routing and envelopes are those of rest.py."""

import datetime as dt
import json

from domain.errors import Refused
from domain.market import Interval
from test.twins.kit.orders import key_of
from test.twins.kite import rows
from test.twins.kite.gtts import KiteGtts
from test.twins.kite.orders import KiteError, KiteOrders, invalid
from utils.clock import IST, ist

INTERVALS = {
    "minute": (Interval.M1, 60), "3minute": (Interval.M3, 100), "5minute": (Interval.M5, 100),
    "10minute": (Interval.M10, 100), "15minute": (Interval.M15, 200), "30minute": (Interval.M30, 200),
    "60minute": (Interval.H1, 400), "day": (Interval.D, 2000),
}  # fmt: skip
QUOTE_LIMITS = {"/quote": 500, "/quote/ohlc": 1000, "/quote/ltp": 1000}
EXCHANGES = ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX"]


class KiteCalls:
    """One method a call: (user, request, path parts) -> `data` of the answer."""

    def __init__(self, market):
        self._market = market
        self.orders = KiteOrders(market.exchange, market.listing)
        self.gtts = KiteGtts(self.orders, market)

    def profile(self, user, _request):
        return {
            "user_id": user, "user_type": "individual", "email": f"{user.lower()}@example.com", "user_name": user,
            "user_shortname": user, "broker": "ZERODHA", "exchanges": EXCHANGES, "products": ["CNC", "NRML", "MIS"],
            "order_types": ["MARKET", "LIMIT", "SL", "SL-M"], "avatar_url": None,
            "meta": {"demat_consent": "physical"},
        }  # fmt: skip

    def margins(self, user, _request, segment=None):
        found = rows.margins(self._market.exchange.funds(user))
        if segment is not None and segment not in found:
            raise invalid("segment")
        return found if segment is None else found[segment]

    def place(self, user, request, variety):
        return {"order_id": self.orders.place(user, variety, request.form())}

    def modify(self, user, request, variety, order_id):
        return {"order_id": self.orders.modify(user, variety, order_id, request.form())}

    def cancel(self, user, _request, variety, order_id):
        return {"order_id": self.orders.cancel(user, variety, order_id)}

    def order_trades(self, user, _request, order_id):
        self.orders.find(user, order_id)
        return self.orders.trades(user, order_id)

    def positions(self, user, _request):
        exchange, listing = self._market.exchange, self._market.listing
        trades = exchange.trades(user)
        net = []
        for row in exchange.positions(user):
            listed = listing.by_key(key_of(row))
            if listed is not None:
                net.append(rows.position(row, trades, listed, self._close(listed)))
        return {
            "net": net,
            "day": [row for row in net if row["day_buy_quantity"] or row["day_sell_quantity"]],
        }

    def holdings(self, user, _request):
        found = []
        for row in self._market.exchange.holdings(user):
            listed = self._market.listing.by_key(key_of(row))
            found.append(rows.holding(row, listed, self._close(listed)))
        return found

    def _close(self, listed):
        return self._market.quote(listed).prev_close or 0

    def order_margins(self, user, request):
        legs = self.orders.legs(json.loads(request.body))
        return [self._margin([leg]) for leg in legs]

    def basket_margin(self, user, request):
        legs = self.orders.legs(json.loads(request.body))
        each = [self._margin([leg]) for leg in legs]
        initial = {name: sum(row[name] for row in each) for name in ("span", "exposure", "total")}
        return {"initial": {**each[0], **initial}, "final": self._margin(legs), "orders": each, "charges": {}}

    def _margin(self, legs):
        try:
            estimate = self._market.exchange.margin([terms for _, terms in legs])
        except Refused as found:
            raise self.orders.refusal(found) from None
        return rows.margin(estimate, legs[0][0])

    def quotes(self, user, request):
        names = request.query.get("i", [])
        if not names or len(names) > QUOTE_LIMITS[request.path]:
            raise invalid("i")
        data = {}
        for name in names:
            listed = self._named(name)
            if listed is None:
                continue
            if request.path == "/quote":
                data[name] = rows.full(listed, self._market.depth(listed))
            else:
                shape = rows.ohlc if request.path == "/quote/ohlc" else rows.ltp
                data[name] = shape(listed, self._market.quote(listed))
        return data

    def _named(self, name):
        if name.isdecimal():
            return self._market.listing.by_token(int(name))
        exchange, _, symbol = name.partition(":")
        return self._market.listing.by_name(exchange, symbol)

    def history(self, user, request, token, interval):
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
        return {"candles": [rows.candle(bar, ours is Interval.D, with_oi) for bar in bars]}


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
