"""Calls of the market-data application: quotes, subscriptions, candles, masters."""

import datetime as dt

from domain.market import Interval
from test.twins.xts.listing import NAMES, NUMBERS
from test.twins.xts.shapes import as_text, full
from test.twins.xts.subscriptions import CODES
from test.twins.xts.words import XtsError, invalid, success
from utils.clock import IST, from_epoch, ist

INTERVALS = {
    "60": Interval.M1, "120": Interval.M2, "180": Interval.M3, "300": Interval.M5, "600": Interval.M10,
    "900": Interval.M15, "1800": Interval.M30, "3600": Interval.H1, "D": Interval.D,
}  # fmt: skip
MOST_QUOTES = 50
CLOCK_SHIFT = 19_800


class MarketData:
    """One method a call: (user, request) -> the facts of the envelope."""

    def __init__(self, market, subscriptions, sessions):
        self._market = market
        self._subscriptions = subscriptions
        self._sessions = sessions

    def routes(self):
        return (
            ("POST", "/instruments/quotes", self.quotes),
            ("POST", "/instruments/subscription", self.subscribe),
            ("PUT", "/instruments/subscription", self.unsubscribe),
            ("GET", "/instruments/ohlc", self.candles),
            ("GET", "/instruments/indexlist", self.indices),
            ("GET", "/search/instruments", self.search),
            ("GET", "/config/clientConfig", self.config),
        )

    def quotes(self, _user, request):
        body = request.json()
        rows, code = self._named(body), self._code(body)
        if body.get("publishFormat") != "JSON":
            raise invalid("publishFormat")
        if len(rows) > MOST_QUOTES:
            raise XtsError(400, "e-quotes-0001", f"More than {MOST_QUOTES} instruments")
        told = {
            "mdp": code, "quotesList": [_name(row) for row in rows], "listQuotes": self._texts(reversed(rows), code)
        }  # fmt: skip
        return success("s-quotes-0001", "Get quotes successfully!", told)

    def subscribe(self, _user, request):
        body = request.json()
        rows, code, token = self._named(body), self._code(body), request.headers["authorization"]
        self._subscriptions.add(token, code, rows)
        told = {
            "mdp": code, "quotesList": [_name(row) for row in rows], "listQuotes": self._texts(rows, code),
            "Remaining_Subscription_Count": self._subscriptions.remaining(token),
        }  # fmt: skip
        return success("s-session-0001", "Instrument subscribed successfully!", told)

    def unsubscribe(self, _user, request):
        body = request.json()
        self._subscriptions.remove(request.headers["authorization"], self._code(body), self._named(body))
        told = {"mdp": self._code(body), "unsubList": [_name(row) for row in self._named(body)]}
        return success("s-session-0001", "Instrument subscription deleted!", told)

    def candles(self, _user, request):
        segment = request.one("exchangeSegment") or ""
        number = NUMBERS.get(segment) or (int(segment) if segment.isdecimal() else None)
        text = request.one("exchangeInstrumentID") or ""
        listed = self._market.listing.by_token((number, int(text) if text.isdecimal() else None))
        word = request.one("compressionValue")
        if word not in INTERVALS:
            raise invalid("compressionValue")
        start, end = _moment(request.one("startTime")), _moment(request.one("endTime"))
        bars = [] if listed is None else self._market.history(listed, INTERVALS[word], start, end)
        today = ist(self._market.clock.now()).date()
        told = [
            _bar(bar, word) for bar in bars if word != "D" or ist(from_epoch(bar.timestamp)).date() != today
        ]
        result = {"exchangeSegment": number, "exchangeInstrumentID": text, "dataReponse": ",".join(told)}
        return success("s-instrument-0002", "Data found", result)

    def master(self, _user, request):
        names = request.json().get("exchangeSegmentList")
        if not isinstance(names, list) or not names or not set(names) <= NUMBERS.keys():
            raise invalid("exchangeSegmentList")
        told = "\n".join(filter(None, (self._market.listing.master(name) for name in names)))
        return success("s-instrument-0010", "Fetch successful!", told)

    def indices(self, _user, request):
        number = int(request.one("exchangeSegment"))
        result = {"exchangeSegment": str(number), "indexList": self._market.listing.index_list(number)}
        return success("s-instrument-0007", "Index List successfully", result)

    def search(self, _user, request):
        wanted = (request.one("searchString") or "").upper()
        rows = [row for row in self._market.listing.rows() if wanted and wanted in row.tradingsymbol][:50]
        told = [{**_name(row), "Description": row.tradingsymbol, "Name": row.instrument.name} for row in rows]
        return success("s-search-0001", "Ok", told)

    def config(self, _user, _request):
        return success("s-response-0001", "Ok", {"exchangeSegments": NUMBERS, "xtsMessageCode": list(CODES)})

    def _texts(self, rows, code):
        """A JSON text per instrument that has something to tell."""
        told = (full(code, row, self._market.depth(row)) for row in rows)
        return [as_text(each) for each in told if each is not None]

    def _named(self, body):
        """The instruments of a body that this host has. Ids are whole numbers, not texts."""
        asked = body.get("instruments")
        if not isinstance(asked, list) or not asked:
            raise invalid("instruments")
        for each in asked:
            if (
                type(each.get("exchangeSegment")) is not int
                or type(each.get("exchangeInstrumentID")) is not int
            ):
                raise invalid("exchangeInstrumentID")
            if each["exchangeSegment"] not in NAMES:
                raise invalid("exchangeSegment")
        found = (
            self._market.listing.by_token((each["exchangeSegment"], each["exchangeInstrumentID"]))
            for each in asked
        )
        return [row for row in found if row is not None]

    @staticmethod
    def _code(body):
        code = body.get("xtsMessageCode")
        if code not in CODES:
            raise invalid("xtsMessageCode")
        return code


def _name(row):
    return {"exchangeSegment": row.number, "exchangeInstrumentID": row.id}


def _moment(text):
    """`Jan 06 2025 091500`, Indian time."""
    return dt.datetime.strptime(text or "", "%b %d %Y %H%M%S").replace(tzinfo=IST)


def _bar(bar, word):
    """ts|open|high|low|close|volume|oi| with the wall clock of India read as UTC, at a bar's last second."""
    last = 0 if word == "D" else int(word) - 1
    stamp = bar.timestamp + CLOCK_SHIFT + last
    if word == "D":
        stamp -= stamp % 86_400
    return (
        f"{stamp}|{bar.open:.10g}|{bar.high:.10g}|{bar.low:.10g}|{bar.close:.10g}|{bar.volume}|{bar.oi or 0}|"
    )
