"""The Kite twin: a vendor that speaks Kite Connect v3 over HTTP and WebSocket in front of the simulated exchange.

    python test/twins/kite.py --port 21000 --ws-port 21001 --data-dir /tmp/kite \
        --app key:secret:AB1234 --redirect-url http://127.0.0.1:5000/zerodha/callback

Prints one line of JSON with the ports when it is ready (0 picks free ones). Its own switches, without a key:

    POST   /twin/faults   {"kind": "drop_after", "path": "/orders", "method": "POST", "times": 1}   (see faults.py)
    POST   /twin/ticker   {"action": "silence", "seconds": 5}      mute, delay, duplicate, reorder, garble alike
                          {"action": "garbage", "kind": "noise"}   once, kinds in kite_stream/garbage.py
                          {"action": "drop", "how": "reset"}       or cut, close, half_open
                          {"action": "forget", "tokens": [408065]} subscriptions are lost, all without `tokens`
    DELETE /twin/faults   all faults off, the ticker's too
    POST   /twin/rules    {"demands_protection": true}             MARKET and SL-M need market_protection
                          {"pace": [0.25, 1.0]}                  seconds between beats of the ticker, and its heartbeats
                          {"rates": true}                          REST calls above Kite's rates meet 429
                          {"tokens_end_at": "06:00"}               Indian time of day at which every token dies
                          {"sockets_per_key": 3, "instruments_per_socket": 3000, "subscribes_per_second": null,
                           "dead_token": "close"}                  limits of the ticker, see kite_stream/server.py
    DELETE /twin/rules    as at the start
    POST   /twin/tokens   every access token dies
    POST   /twin/gtts     {"id": 100001, "leg": 0}: the market reaches this leg of a GTT
    GET    /twin/state    faults, sockets, requests so far, all orders and GTTs of every user
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults import Faults
from http_server import Answer, HttpServer
from kite_listing import Listing
from kite_rest import KiteRest, error, success
from kite_sessions import Sessions
from kite_stream.server import PACE, Ticker

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.ticks import LocalTicks
from broker.simulator.universe import Universe
from utils.clock import SystemClock
from utils.ids import SystemIds

HOST = "127.0.0.1"
DEFAULT_APP = "twinkey:twinsecret:AB1234"


class Market:
    """The simulated exchange with Kite's names on its instruments."""

    def __init__(self, data_dir, seed, scale, clock):
        self.clock = clock
        self.sink = None
        self.prices = Prices(seed)
        self.universe = Universe(self.prices, scale)
        self.listing = Listing(self.universe, clock)
        self.exchange = SimulatedExchange(
            self.universe, self.prices, clock, SystemIds(), data_dir / "exchange.db", unique_tags=False
        )

    def _contract(self, listed):
        return self.universe.resolve(listed.instrument.exchange.value, listed.instrument.symbol)

    def ticks(self):
        """A tick source for one connection."""
        return LocalTicks(self.universe, self.prices)

    def quote(self, listed):
        """Snapshot now."""
        return self.exchange.quote(self._contract(listed))

    def depth(self, listed):
        """Snapshot and five levels now."""
        return self.exchange.depth(self._contract(listed), 5)

    def history(self, listed, interval, start, end):
        """Bars that start within [start, end]."""
        return self.exchange.history(self._contract(listed), interval, start, end)


class KiteTwin:
    """The whole vendor in one event loop. `pace`: seconds between beats of the ticker and between its heartbeats."""

    def __init__(self, data_dir, apps, redirect_url, seed=1, scale=1, clock=None, pace=PACE):
        data_dir.mkdir(parents=True, exist_ok=True)
        clock = clock or SystemClock()
        self.market = Market(data_dir, seed, scale, clock)
        self.sessions = Sessions(apps, clock, data_dir / "tokens.json")
        self.faults = Faults()
        self.rest = KiteRest(self.market, self.sessions, self.faults, redirect_url)
        self.ticker = Ticker(self.market, self.sessions, self.faults, seed, pace)
        self._http = HttpServer(self._handle)
        self._stops = []
        self._loop = None

    async def start(self, port=0, ws_port=0):
        """Listen; answers (HTTP port, WebSocket port)."""
        self._loop = asyncio.get_running_loop()
        for user in {user for _, user in self.sessions.apps.values()}:
            self._stops.append(self.market.exchange.listen(user, self._listener(user)))
        return await self._http.start(HOST, port), await self.ticker.start(HOST, ws_port)

    def _listener(self, user):
        def heard(update):
            data = self.rest.orders.heard(update.row, user)
            data = {
                **data,
                "user_id": user,
                "unfilled_quantity": data["pending_quantity"],
                "app_id": 1,
                "checksum": "",
            }
            # The exchange tells from whatever thread caused the change; after a stop there is no loop to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.ticker.tell, user, data)

        return heard

    async def stop(self):
        """Close everything."""
        for stop in self._stops:
            stop()
        await self.ticker.stop()
        await self._http.stop()
        self.market.exchange.close()

    async def _handle(self, request):
        if request.path.startswith("/twin/"):
            return await self._control(request)
        return await self.rest.handle(request)

    async def _control(self, request):
        values = json.loads(request.body) if request.body else {}
        switch = self._switches().get((request.method, request.path))
        if switch is None:
            return Answer(404)
        try:
            told = switch(values)
        except (TypeError, ValueError, KeyError) as wrong:
            return error(400, "InputException", str(wrong))
        return success(await asyncio.to_thread(told or partial(self._state, self.ticker.show())))

    def _switches(self):
        """What to do at (method, path); a callable that comes back is asked for the answer on another thread."""
        gtts = self.rest.calls.gtts
        return {
            ("POST", "/twin/faults"): lambda values: self.faults.add(**values),
            ("DELETE", "/twin/faults"): lambda _: self.calm(),
            ("POST", "/twin/ticker"): self._disturb,
            ("POST", "/twin/rules"): lambda values: self.rule(**values),
            ("DELETE", "/twin/rules"): lambda _: self.unruled(),
            ("POST", "/twin/tokens"): lambda _: self.sessions.kill_all(),
            ("POST", "/twin/gtts"): lambda values: lambda: gtts.fire(values["id"], values.get("leg", 0)),
            ("GET", "/twin/state"): lambda _: None,
        }

    def calm(self):
        """All faults off."""
        self.faults.clear()
        self.ticker.calm()

    def rule(self, **values):
        """Change rules. Raises ValueError for unknown ones."""
        if "tokens_end_at" in values:
            self.sessions.end_daily_at(values.pop("tokens_end_at"))
        if "demands_protection" in values:
            self.rest.orders.demands_protection = bool(values.pop("demands_protection"))
        if "pace" in values:
            self.ticker.pace = tuple(values.pop("pace"))
        if "rates" in values:
            self.rest.rates.is_on = bool(values.pop("rates"))
        self.ticker.limits.set(**values)

    def unruled(self):
        """Rules as at the start."""
        self.ticker.limits.reset()
        self.rule(pace=PACE, tokens_end_at=None, demands_protection=False, rates=False)

    def _disturb(self, values):
        action = values.pop("action", None)
        if action in ("garbage", "drop", "forget"):
            getattr(self.ticker, action)(**values)
        else:
            self.ticker.disturb(action, **values)

    def _state(self, connections):
        users = sorted({user for _, user in self.sessions.apps.values()})
        return {
            "faults": self.faults.show(), "sockets": len(connections),
            "ticker": connections, "refused_dials": self.ticker.refused, "requests": self.rest.requests[-2000:],
            "orders": {user: self.rest.orders.rows(user) for user in users},
            "gtts": {user: self.rest.calls.gtts.list(user, None) for user in users},
        }  # fmt: skip


async def run(options):
    """Serve until a signal."""
    apps = {}
    for text in options.app or [DEFAULT_APP]:
        key, secret, user = text.split(":")
        apps[key] = (secret, user)
    twin = KiteTwin(Path(options.data_dir), apps, options.redirect_url, options.seed, options.scale)
    port, ws_port = await twin.start(options.port, options.ws_port)
    print(json.dumps({"port": port, "ws_port": ws_port}), flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await twin.stop()


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description="A vendor that speaks Kite Connect v3")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ws-port", type=int, default=0)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--app", action="append", help=f"key:secret:user, repeatable (default {DEFAULT_APP})")
    parser.add_argument("--redirect-url", default="http://127.0.0.1:5000/zerodha/callback")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
