"""The price socket, which brings what the login has subscribed over REST, and the order socket."""

import asyncio
from typing import NamedTuple

from domain.market import Depth, Mode
from test.twins.kit.stream.server import StreamServer
from test.twins.xts.engineio import EngineIo, binary_event, event
from test.twins.xts.packets import LAYOUTS, payload, record
from test.twins.xts.sessions import INTERACTIVE, MARKET
from test.twins.xts.shapes import full, partial
from test.twins.xts.words import seconds_1980
from utils.clock import epoch_ms

MODES = {1512: Mode.LTP, 1501: Mode.QUOTE, 1502: Mode.DEPTH, 1510: Mode.QUOTE}
STRAY_1105 = "t:12_1164061,110:1955.8,111:489"
TERMS = {"ping_seconds": 20.0, "timeout_seconds": 60.0, "untyped_seconds": 10.0}


class Coded(NamedTuple):
    """A tick of a subscription to a message code."""

    code: int
    depth: Depth


class XtsStream(StreamServer):
    """The kit's server, with the logins' subscriptions and the layout of its binary records ("" for none).

    `terms`: seconds between pings, seconds without one more that a client has, and seconds that an order socket without
    `apiType` lives.
    """

    def __init__(self, market, sessions, dials, paths, limits, *, subscriptions, layout, **options):
        super().__init__(market, sessions, dials, paths, limits, **options)
        self.subscriptions, self.layout, self.terms = subscriptions, layout, dict(TERMS)


class XtsPrices(EngineIo):
    """Objects, compact strings (deltas) or binary records, as the client's query asks."""

    kind = MARKET

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self._sources = {}
        self._known = {}
        self._told = {}
        self._turn = 0
        self._binary = stream.layout if self.query.get("publishFormat") == "Binary" else ""
        self._partial = self.query.get("broadcastMode", "").upper() == "PARTIAL"

    def greeting(self):
        """What every host says first, beside ticks: a notice of the market, and a property of some instrument."""
        stamp = seconds_1980(epoch_ms(self._market.clock.now()))
        notice = {
            "MessageCode": 1507, "MessageVersion": 4, "ApplicationType": 0, "TokenID": 0, "ExchangeSegment": 1,
            "ExchangeInstrumentID": 0, "ExchangeTimeStamp": stamp, "exchangeSegment": 1, "tradingSession": 2,
            "maketType": 1, "message": "THE REGULAR SEGMENT IS OPEN", "SequenceNumber": 1531302407952658,
        }  # fmt: skip
        more = [event("1507-json-full", notice), event("1105-json-partial", STRAY_1105)]
        return super().greeting() + more

    def due(self, now):
        held = self._stream.subscriptions.of(self.credentials[1])
        self.modes = {}
        for code, rows in held.items():
            for token in rows:
                self.modes[token] = max(MODES[code], self.modes.get(token, Mode.LTP))
            source, known = (
                self._sources.setdefault(code, self._market.ticks()),
                self._known.setdefault(code, {}),
            )
            source.unsubscribe([listed.instrument for token, listed in known.items() if token not in rows])
            source.subscribe(
                [(row.instrument, Mode.DEPTH) for token, row in rows.items() if token not in known]
            )
            self._known[code] = dict(rows)
            places = {(row.instrument.broker_exchange, row.instrument.token): row for row in rows.values()}
            for tick in source.due(now):
                listed = places[tick.broker_exchange, tick.token]
                yield (
                    Coded(code, Depth(quote=tick.quote, bids=tick.bids, asks=tick.asks)),
                    listed.token,
                    listed,
                )

    def forget(self, tokens):
        self._stream.subscriptions.forget(self.credentials[1], tokens)

    async def end(self):
        self.modes = {}
        self._sources.clear()
        await super().end()

    def ticks(self, due):
        if self._binary:
            return self._records(due)
        frames = []
        for (code, depth), listed in due:
            told = self._delta(code, listed, depth) if self._partial else full(code, listed, depth)
            if told:
                frames.append(event(f"{code}-json-{'partial' if self._partial else 'full'}", told))
        return frames

    def _delta(self, code, listed, depth):
        """What changed since the last string of this instrument, behind its name."""
        now = partial(code, listed, depth)
        before = self._told.get((code, listed.token), {})
        self._told[code, listed.token] = now
        news = ",".join(f"{name}:{value}" for name, value in now.items() if before.get(name) != value)
        return f"t:{listed.number}_{listed.id},{news}" if news else ""

    def _records(self, due):
        """One event of several records, every other one compressed. A last price comes as a whole book here."""
        layout, records = LAYOUTS[self._binary], b""
        for (code, depth), listed in due:
            if code == 1510 and (self._binary == "wide" or listed.instrument.expiry is None):
                continue  # how wide open interest is there, nobody has told
            shown = 1502 if code == 1512 else code
            self._turn += 1
            body = payload(layout, shown, listed, depth)
            records += record(shown, listed, body, compressed=self._turn % 2 == 0)
        return binary_event("xts-binary-packet", records) if records else []


class XtsOrderSocket(EngineIo):
    """`order` for every change, `trade` when some of it was filled; without `apiType` it is cut after ten seconds."""

    kind = INTERACTIVE

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self._opened_at = asyncio.get_running_loop().time()

    def orders(self, data):
        row, traded = data["row"], data["traded"]
        frames = [event("order", row)]
        if traded:
            fill = {
                "LastTradedQuantity": traded,
                "LastTradedPrice": row["OrderAverageTradedPrice"],
                "MessageCode": 9005,
            }
            frames.append(event("trade", {**row, **fill}))
        return frames

    def beat(self, now, at, heartbeat_seconds):
        if self._is_overdue(at):
            self.cut()
        else:
            super().beat(now, at, heartbeat_seconds)

    def _is_overdue(self, at):
        return (
            self.query.get("apiType") != "INTERACTIVE"
            and at - self._opened_at > self._stream.terms["untyped_seconds"]
        )
