"""What each call of the Upstox twin answers, as data; routing and envelopes are those of rest.py."""

import datetime as dt

from domain.errors import Refused
from domain.market import Interval
from domain.orders import PriceType
from test.twins.kit.orders import key_of
from test.twins.upstox import rows
from test.twins.upstox.gtts import UpstoxGtts
from test.twins.upstox.orders import UpstoxError, UpstoxOrders, invalid
from utils.clock import IST, ist

INTERVALS = {
    **{("minutes", each[:-1]): (Interval(each), 31) for each in ("1m", "2m", "3m", "5m", "10m", "15m")},
    ("minutes", "20"): (Interval.M20, 92), ("minutes", "30"): (Interval.M30, 92),
    **{("hours", each[:-1]): (Interval(each), 92) for each in ("1h", "2h", "3h", "4h")},
    ("days", "1"): (Interval.D, 3660), ("weeks", "1"): (Interval.W, 40000), ("months", "1"): (Interval.M, 40000),
}  # fmt: skip
MOST_KEYS, MOST_LEGS = 500, 20
ONE_DAY = dt.timedelta(days=1)


class UpstoxCalls:
    """One method a call: (user, request, path parts) -> `data` of the answer."""

    def __init__(self, market):
        self._market = market
        self.orders = UpstoxOrders(market.exchange, market.listing)
        self.gtts = UpstoxGtts(self.orders, market)

    def profile(self, user, _request):
        return {
            "user_id": user, "user_name": user, "email": f"{user.lower()}@example.com", "broker": "UPSTOX",
            "exchanges": ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX"], "products": ["D", "I"], "user_type": "individual",
            "order_types": ["MARKET", "LIMIT", "SL", "SL-M"], "poa": False, "is_active": True,
        }  # fmt: skip

    def funds(self, user, _request):
        return rows.funds(self._market.exchange.funds(user))

    def place(self, user, request):
        return {"order_ids": [self.orders.place(user, request.json())]}

    def place_v2(self, user, request):
        return {"order_id": self.orders.place(user, request.json())}

    def modify(self, user, request):
        return {"order_id": self.orders.modify(user, request.json())}

    def cancel(self, user, request):
        return {"order_id": self.orders.cancel(user, request.one("order_id"))}

    def details(self, user, request):
        return self.orders.row(self.orders.find(user, request.one("order_id") or ""), user)

    def trades_of_order(self, user, request):
        return self.orders.trades(user, self.orders.find(user, request.one("order_id") or "").order_id)

    def positions(self, user, _request):
        exchange, listing = self._market.exchange, self._market.listing
        trades = exchange.trades(user)
        found = ((row, listing.by_key(key_of(row))) for row in exchange.positions(user))
        return [
            rows.position(row, trades, listed, self._close(listed))
            for row, listed in found
            if listed is not None
        ]

    def holdings(self, user, _request):
        listing = self._market.listing
        found = [(row, listing.by_key(key_of(row))) for row in self._market.exchange.holdings(user)]
        return [rows.holding(row, listed, self._close(listed)) for row, listed in found]

    def _close(self, listed):
        return self._market.quote(listed).prev_close or 0

    def margin(self, user, request):
        legs = request.json().get("instruments")
        if not isinstance(legs, list) or not 1 <= len(legs) <= MOST_LEGS:
            raise UpstoxError("UDAPI1104", "Maximum of 20 instruments allowed")
        terms = [
            self.orders.deal(leg, PriceType.MARKET, leg.get("instrument_key"), {})
            for leg in legs
            if isinstance(leg, dict)
        ]
        try:
            each = [self._market.exchange.margin([one]) for one in terms]
            return rows.margin(each, self._market.exchange.margin(terms))
        except Refused as found:
            raise self.orders.refusal(found) from None

    def quotes(self, user, request):
        return {
            f"{listed.exchange}:{listed.tradingsymbol}": rows.full(listed, self._market.depth(listed))
            for listed in self._asked(request)
        }

    def last_prices(self, user, request):
        return {
            f"{listed.exchange}:{listed.tradingsymbol}": rows.ltp(listed, self._market.quote(listed))
            for listed in self._asked(request)
        }

    def _asked(self, request):
        keys = (request.one("instrument_key") or "").split(",")
        if keys == [""] or len(keys) > MOST_KEYS:
            raise UpstoxError("UDAPI1021", "instrument_key takes 1 to 500 keys")
        found = (self._market.listing.by_token(key) for key in keys)
        return [listed for listed in found if listed is not None]

    def history(self, user, request, key, unit, count, last, first):
        """Past days only, newest first; a span that is too long is an error."""
        listed, interval, days = self._bars_of(key, unit, count)
        start, end = _midnight(first), _midnight(last) + ONE_DAY
        if end <= start or end - start > dt.timedelta(days=days):
            raise UpstoxError("UDAPI1148", "Invalid date range")
        today = ist(self._market.clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        return self._candles(listed, interval, start, min(end, today) - dt.timedelta(seconds=1))

    def intraday(self, user, request, key, unit, count):
        """Bars of the running day."""
        listed, interval, _ = self._bars_of(key, unit, count)
        now = self._market.clock.now()
        return self._candles(
            listed, interval, ist(now).replace(hour=0, minute=0, second=0, microsecond=0), now
        )

    def _bars_of(self, key, unit, count):
        listed = self._market.listing.by_token(key)
        if listed is None:
            raise UpstoxError("UDAPI100011", "Invalid Instrument key")
        if (unit, count) not in INTERVALS:
            raise UpstoxError("UDAPI1020", "Interval accepts one of the documented values")
        return listed, *INTERVALS[unit, count]

    def _candles(self, listed, interval, start, end):
        if end < start:
            return {"candles": []}
        bars = self._market.history(listed, interval, start, end)
        return {"candles": [rows.candle(bar, interval.seconds is None) for bar in reversed(bars)]}


def _midnight(text):
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=IST)
    except ValueError:
        raise invalid("date") from None
