"""What each DhanHQ v2 call answers; routing and sessions are those of rest.py."""

import datetime as dt

from domain.errors import Refused
from domain.market import Interval
from test.twins.dhan import rows
from test.twins.dhan.errors import DataError, DhanError, invalid
from test.twins.dhan.forever import Forever
from test.twins.dhan.orders import DhanOrders
from test.twins.kit.orders import key_of
from utils.clock import IST, ist

INTERVALS = {"1": Interval.M1, "5": Interval.M5, "15": Interval.M15, "60": Interval.H1}
MOST_DAYS, MOST_IDS = 90, 1000


class DhanCalls:
    """One method a call: (user, request, path parts) -> what the answer holds."""

    def __init__(self, market, is_sandbox):
        self._market = market
        self.orders = DhanOrders(market.exchange, market.listing, is_sandbox)
        self.gtts = Forever(self.orders, market)

    def profile(self, user, _request):
        return {
            "dhanClientId": user, "tokenValidity": "30/03/2030 15:37", "activeSegment": "Equity, Derivative, Currency",
            "ddpi": "Active", "mtf": "Deactive", "dataPlan": "Active", "dataValidity": "2030-12-05 09:37:52.0",
        }  # fmt: skip

    def place(self, user, request):
        return {"orderId": self.orders.place(user, request.json()), "orderStatus": "TRANSIT"}

    def modify(self, user, request, order_id):
        return {"orderId": self.orders.modify(user, order_id, request.json()), "orderStatus": "TRANSIT"}

    def cancel(self, user, _request, order_id):
        self.orders.find(user, order_id)
        return {"orderId": self.orders.withdraw(user, order_id), "orderStatus": "CANCELLED"}

    def book(self, user, _request):
        return self.orders.rows(user)

    def order(self, user, _request, order_id):
        return self.orders.row(self.orders.find(user, order_id), user)

    def tagged(self, user, _request, tag):
        found = self.orders.tagged(user, tag)
        if not found:
            raise DhanError(400, "DH-906", "No order with this correlationId")
        return found[0]

    def trades(self, user, _request, order_id=None):
        return self.orders.trades(user, order_id)

    def positions(self, user, _request):
        exchange, listing = self._market.exchange, self._market.listing
        trades, found = exchange.trades(user), exchange.positions(user)
        return [rows.position(row, trades, listing.by_key(key_of(row)), user) for row in found]

    def holdings(self, user, _request):
        found = self._market.exchange.holdings(user)
        if not found:
            raise NoHoldings
        return [rows.holding(row, self._market.listing.by_key(key_of(row))) for row in found]

    def limits(self, user, _request):
        return rows.limits(self._market.exchange.funds(user), user)

    def margin(self, _user, request):
        estimate = self._estimate([request.json()])
        return {
            "totalMargin": rows.number(estimate.total), "spanMargin": rows.number(estimate.span),
            "exposureMargin": rows.number(estimate.exposure), "availableBalance": 0.0, "variableMargin": 0.0,
            "insufficientBalance": 0.0, "brokerage": 20.0, "leverage": "1.00",
        }  # fmt: skip

    def basket_margin(self, _user, request):
        legs = request.json().get("scripList")
        if not isinstance(legs, list) or not legs:
            raise invalid("scripList")
        estimate = self._estimate(legs)
        return {
            "total_margin": str(estimate.total), "span_margin": str(estimate.span or 0), "equity_margin": "0",
            "exposure_margin": str(estimate.exposure or 0), "fo_margin": str(estimate.total), "commodity_margin": "0",
            "currency": "0", "hedge_benefit": "",
        }  # fmt: skip

    def _estimate(self, legs):
        found = []
        for leg in legs:
            kind = "STOP_LOSS" if leg.get("triggerPrice") else "LIMIT" if leg.get("price") else "MARKET"
            found.append(self.orders.terms({"orderType": kind, **leg})[1])
        try:
            return self._market.exchange.margin(found)
        except Refused as error:
            raise self.orders.refusal(error) from None

    def quotes(self, user, request, kind):
        body = {name: ids for name, ids in request.json().items() if name != "dhanClientId"}
        if request.headers.get("client-id") != user:
            raise DataError(400, "810", "Client ID is invalid")
        if not body or sum(len(ids) for ids in body.values()) > MOST_IDS:
            raise DataError(400, "804", "Requested number of instruments exceeds limit")
        data = {}
        for segment, ids in body.items():
            if not all(type(each) is int for each in ids):
                raise DataError(400, "814", "Invalid request")
            for each in ids:
                listed = self._market.listing.by_token((segment, str(each)))
                if listed is not None:
                    is_index = listed.instrument.exchange.is_index
                    entry = rows.quote(kind, self._market.depth(listed), is_index)
                    data.setdefault(segment, {})[str(each)] = entry
        return {"data": data, "status": "success"}

    def intraday(self, _user, request):
        body = request.json()
        listed = self._charted(body)
        if str(body.get("interval")) not in INTERVALS:
            raise invalid("interval")
        start, end = _moment(body, "fromDate"), _moment(body, "toDate", last=True)
        if end < start or end - start > dt.timedelta(days=MOST_DAYS):
            raise DhanError(400, "DH-905", "At most 90 days at once")
        bars = self._market.history(listed, INTERVALS[str(body["interval"])], start, end)
        return rows.candles(bars, False, bool(body.get("oi")))

    def daily(self, _user, request):
        """The last date is not included, and the running day has no candle yet."""
        body = request.json()
        listed = self._charted(body)
        today = ist(self._market.clock.now()).date()
        first, last = (_moment(body, name).date() for name in ("fromDate", "toDate"))
        last = min(last, today) - dt.timedelta(days=1)
        start, end = (dt.datetime.combine(day, dt.time(), IST) for day in (first, last))
        bars = self._market.history(listed, Interval.D, start, end) if last >= first else []
        return rows.candles(bars, True, bool(body.get("oi")))

    def _charted(self, body):
        listed = self.orders.contract(body)
        if body.get("instrument") != self._market.listing.instrument_class(listed):
            raise invalid("instrument")
        return listed


class NoHoldings(Exception):
    """The error that stands for empty holdings."""


def _moment(body, name, last=False):
    """YYYY-MM-DD[ HH:MM:SS] in Indian time; a bare date means its beginning, or its end with `last`."""
    text = body.get(name)
    if not isinstance(text, str):
        raise invalid(name)
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            found = dt.datetime.strptime(text, shape).replace(tzinfo=IST)
        except ValueError:
            continue
        bare = shape == "%Y-%m-%d" and last
        return found + dt.timedelta(hours=23, minutes=59, seconds=59) if bare else found
    raise invalid(name)
