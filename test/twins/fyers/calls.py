"""What each of Fyers' calls answers, as data; routing and envelopes are those of rest.py."""

import datetime as dt

from domain.errors import Refused
from domain.market import Interval
from test.twins.fyers import rows
from test.twins.fyers.gtts import FyersGtts
from test.twins.fyers.orders import INVALID, FyersError, FyersOrders, invalid
from test.twins.kit.http_server import Answer
from test.twins.kit.orders import key_of
from utils.clock import IST, from_epoch, ist
from utils.json import encode

MOST_QUOTES, MOST_SYMBOLS = 50, 500
INTERVALS = {
    **{f"{seconds}S": (Interval(f"{seconds}s"), 30) for seconds in (5, 10, 15, 30, 45)},
    **{str(minutes): (Interval(f"{minutes}m"), 100) for minutes in (1, 2, 3, 5, 10, 15, 20, 30)},
    **{str(60 * hours): (Interval(f"{hours}h"), 100) for hours in (1, 2, 4)},
    "1D": (Interval.D, 366), "D": (Interval.D, 366),
}  # fmt: skip


class FyersCalls:
    """One method a call: (user, request) -> the payload next to the flag."""

    def __init__(self, market):
        self._market = market
        self.orders = FyersOrders(market.exchange, market.listing)
        self.gtts = FyersGtts(self.orders, market)

    def profile(self, user, _request):
        return {"data": {"fy_id": user, "name": user, "display_name": ""}}

    def trade_book(self, user, _request):
        return {"tradeBook": self.orders.trades(user)}

    def funds(self, user, _request):
        return {"fund_limit": rows.funds(self._market.exchange.funds(user))}

    def gtt_book(self, user, _request):
        return {"orderBook": self.gtts.of(user)}

    def order_book(self, user, request):
        wanted = request.one("id")
        found = self.orders.rows(user)
        return {"orderBook": [row for row in found if wanted in (None, row["id"])]}

    def positions(self, user, _request):
        exchange, listing = self._market.exchange, self._market.listing
        trades = exchange.trades(user)
        named = [(row, listing.by_key(key_of(row))) for row in exchange.positions(user)]
        net = [rows.position(row, trades, listed) for row, listed in named if listed is not None]
        return {"netPositions": net, "overall": {"count_total": len(net)}}

    def holdings(self, user, _request):
        found = self._market.exchange.holdings(user)
        listing = self._market.listing
        shown = [rows.holding(row, listing.by_key(key_of(row)), number) for number, row in enumerate(found)]
        return {"holdings": shown, "overall": {"count_total": len(shown)}}

    def margin(self, user, request):
        legs = request.json().get("data")
        if not isinstance(legs, list) or not legs:
            raise invalid("data")
        terms = [self.orders.terms(leg)[1] for leg in legs]
        try:
            estimate = self._market.exchange.margin(terms)
        except Refused as refusal:
            raise self.orders.refusal(refusal) from None
        funds = self._market.exchange.funds(user)
        return {"data": {
            "margin_avail": rows.number(funds.available_cash), "margin_new_order": rows.number(estimate.total),
            "margin_total": rows.number(estimate.total + funds.utilised),
        }}  # fmt: skip

    def quotes(self, _user, request):
        tickers = (request.one("symbols") or "").split(",")
        if tickers == [""] or len(tickers) > MOST_QUOTES:
            raise invalid("symbols")
        return {"d": [self._quote(ticker) for ticker in tickers]}

    def _quote(self, ticker):
        listed = self._market.listing.by_ticker(ticker)
        if listed is None:
            return {"n": ticker, "s": "error", "v": {"code": -300, "errmsg": "invalid symbol"}}
        return {"n": ticker, "s": "ok", "v": rows.quote(listed, self._market.quote(listed))}

    def depth(self, _user, request):
        listed = self._named(request)
        return {"d": {listed.name: rows.depth(listed, self._market.depth(listed))}}

    def _named(self, request):
        listed = self._market.listing.by_ticker(request.one("symbol"))
        if listed is None:
            raise FyersError(-300, "Invalid symbol provided")
        return listed

    def history(self, _user, request):
        listed = self._named(request)
        found = INTERVALS.get(request.one("resolution"))
        if found is None:
            raise invalid("resolution")
        interval, days = found
        start, end = self._span(request)
        if end - start > dt.timedelta(days=days):
            raise FyersError(INVALID, f"the range is limited to {days} days")
        bars = self._market.history(listed, interval, start, end)
        if not bars:
            return Answer(200, encode({"s": "no_data", "candles": []}))
        return {"candles": [rows.candle(bar, request.one("oi_flag") == "1") for bar in bars]}

    def _span(self, request):
        """[range_from, range_to]; dates are Indian days, the last one whole."""
        texts = [request.one(name) or "" for name in ("range_from", "range_to")]
        form = request.one("date_format")
        if form == "0" and all(text.isdecimal() for text in texts):
            start, end = (from_epoch(int(text)) for text in texts)
        elif form == "1":
            start, end = (dt.datetime.fromisoformat(text).replace(tzinfo=IST) for text in texts)
            end = end + dt.timedelta(hours=23, minutes=59, seconds=59)
        else:
            raise invalid("date_format")
        if end < start:
            raise invalid("range_to")
        return ist(start), ist(end)

    def symbol_tokens(self, _user, request):
        tickers = request.json().get("symbols")
        if not isinstance(tickers, list) or not 0 < len(tickers) <= MOST_SYMBOLS:
            raise invalid("symbols")
        found = {ticker: self._market.listing.by_ticker(ticker) for ticker in tickers}
        return {
            "validSymbol": {ticker: listed.token for ticker, listed in found.items() if listed is not None},
            "invalidSymbol": [ticker for ticker, listed in found.items() if listed is None],
        }
