"""Measures market data from the live cache: one quote, many quotes, an option chain; inside and over HTTP.

python test/perf/market.py [requests]

The app over the practice exchange runs in other threads of this process. Ticks are handed to its end of the bus before
each sample, outside of what is timed, so that every answer comes from the cache; the run fails if a broker was asked.
Inside is CPU time of the thread; HTTP goes over one connection, its CPU time is that of client and server together.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from werkzeug.serving import WSGIRequestHandler, make_server

from domain.feed import MarketData, market_topic, pack
from domain.instruments import Exchange, Instrument, InstrumentKey, compact_expiry
from domain.market import DepthLevel, Mode
from services.market.live.uses import CHAIN, QUOTE, RISK
from services.trading.router import require_account
from utils import memory
from utils.clock import epoch_ms
from utils.concurrency import start_thread

ROOT = Path(__file__).parents[2]
WARM_UP = 20
LEGS = 200
KEY = InstrumentKey(Exchange.NSE, "RELIANCE")


def quantiles(samples: list[float]) -> str:
    samples.sort()
    p50, p99 = (samples[min(len(samples) - 1, int(len(samples) * share))] * 1000 for share in (0.5, 0.99))
    return f"p50 {p50:.3f}  p99 {p99:.3f} ms"


class Quiet(WSGIRequestHandler):
    """One connection for many requests, no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Nothing."""


class Feed:
    """Hands ticks to the app as the streaming process would, at the prices of the practice exchange."""

    def __init__(self, services, rows: Sequence[Instrument]) -> None:
        self._client = services.feed_client
        self._clock = services.clock
        self._client.reachable(True)
        self._client._on_tick = ()  # triggers and paper orders are not what is measured
        account = require_account(services.api_keys.verify(services.api_keys.rotate(1)))
        quoted = services.market_data.quotes(account, rows, QUOTE).found
        self._ticks = []
        for row in rows:
            quote = quoted[row.key].value
            data = MarketData(
                exchange=row.exchange.value, symbol=row.symbol, mode=3, ltp=quote.ltp, open=quote.open, high=quote.high,
                low=quote.low, close=quote.prev_close, volume=quote.volume or 0, oi=quote.oi or 0, received_at_ms=0,
                bids=(DepthLevel(quote.bid or quote.ltp, 10),), asks=(DepthLevel(quote.ask or quote.ltp, 10),),
            )  # fmt: skip
            topic = market_topic("simulator", row.exchange, row.symbol, Mode.DEPTH)
            self._ticks.append((topic, data))
        self._watch = self._client.watch("simulator", [row.key for row in rows], Mode.DEPTH)

    def tick(self) -> None:
        """A tick of every instrument, received this moment."""
        fields = MarketData.__struct_fields__
        now = epoch_ms(self._clock.now())
        for topic, data in self._ticks:
            fresh = MarketData(**{name: getattr(data, name) for name in fields} | {"received_at_ms": now})
            self._client.receive(topic, pack(1, fresh), None, None)


def sample(prepare: Callable[[], None], work: Callable[[], object], rounds: int) -> str:
    spent = []
    for at in range(rounds + WARM_UP):
        prepare()
        start = time.thread_time()
        work()
        if at >= WARM_UP:
            spent.append(time.thread_time() - start)
    return f"{quantiles(spent)} CPU"


def over_http(port: int, route: str, body: object, prepare: Callable[[], None], rounds: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    text = json.dumps(body)
    samples, spent = [], []
    for at in range(rounds + WARM_UP):
        prepare()
        start, begun = time.perf_counter(), time.process_time()
        connection.request("POST", f"/api/v1/{route}", text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        raw = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{route}: {answer.status} {raw[:300]!r}")
        if at >= WARM_UP:
            samples.append(time.perf_counter() - start)
            spent.append(time.process_time() - begun)
    connection.close()
    return f"{quantiles(samples)}, {quantiles(spent)} CPU"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    spec = importlib.util.spec_from_file_location("api_harness", ROOT / "test" / "api" / "conftest.py")
    assert spec and spec.loader
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    with tempfile.TemporaryDirectory() as folder:
        app, services = harness.start_app(Path(folder), [])
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        thread = start_thread(server.serve_forever, "server")
        memory.keep()  # as the web process does
        try:
            measure(services, server.port, rounds)
        finally:
            server.shutdown()
            thread.join(5)
            services.close()


def measure(services, port: int, rounds: int) -> None:
    instruments = services.instruments
    day = instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")[-1]
    underlying = instruments.resolve("simulator", Exchange.NSE_INDEX, "NIFTY")
    options = [
        row
        for kind in ("CE", "PE")
        for row in instruments.chain("simulator", Exchange.NFO, "NIFTY", day, kind)
    ]
    future = instruments.chain("simulator", Exchange.NFO, "NIFTY", day, "FUT")
    one = instruments.resolve("simulator", KEY.exchange, KEY.symbol)
    alone, chain = Feed(services, [one]), Feed(services, [underlying, *future, *options])
    # Every chain of the run is read from the cache anew, not from what the board read a moment ago.
    services.option_chains._board._warm_seconds = -1.0
    calls = CountedCalls(services)
    inside(services, rounds, alone, chain, one, options[:LEGS], day)
    outside(services, rounds, alone, chain, port, day)
    if calls.quotes:
        raise SystemExit(
            f"the broker was asked for quotes {calls.quotes} times: the figures are not the cache's"
        )


def inside(services, rounds, alone, chain, one, legs, day) -> None:
    caller = services.api_keys.verify(services.api_keys.rotate(1))
    account, market, chains = require_account(caller), services.market_data, services.option_chains
    works = {
        "quote, service": (alone, lambda: market.quote(account, one, QUOTE)),
        "last price for risk": (alone, lambda: market.last(account, one, RISK)),
        f"{LEGS} quotes, service": (chain, lambda: market.quotes(account, legs, CHAIN)),
        "chain, use case": (
            chain, lambda: chains.chain(caller, "NIFTY", Exchange.NSE_INDEX, day, strike_count=LEGS // 4)
        ),
    }  # fmt: skip
    for name, (feed, work) in works.items():
        print(f"{name:<22} {sample(feed.tick, work, rounds)}")


def outside(services, rounds, alone, chain, port, day) -> None:
    key = services.api_keys.rotate(1)
    symbol = {"apikey": key, "symbol": KEY.symbol, "exchange": KEY.exchange.value}
    asked = {
        "apikey": key, "underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": compact_expiry(day),
        "strike_count": LEGS // 4,
    }  # fmt: skip
    routes = {
        "HTTP quotes": (alone, "quotes", symbol),
        "HTTP depth of a call": (alone, "depth", symbol),
        "HTTP option chain": (chain, "optionchain", asked),
        "HTTP chain, Greeks": (chain, "optionchain", asked | {"with_greeks": True}),
    }
    for name, (feed, route, body) in routes.items():
        print(f"{name:<22} {over_http(port, route, body, feed.tick, rounds)}")


class CountedCalls:
    """Quote calls that reached the broker; the depth of the practice exchange is deeper than its feed's."""

    def __init__(self, services) -> None:
        self.quotes = 0
        reads = services.market_data._reads
        market = reads.market

        def counted(account, operation, call):
            self.quotes += operation == "quotes"
            return market(account, operation, call)

        reads.market = counted


if __name__ == "__main__":
    main()
