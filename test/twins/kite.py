"""The Kite twin: a vendor that speaks Kite Connect v3 over HTTP and WebSocket in front of the simulated exchange.

    python test/twins/kite.py --port 21000 --ws-port 21001 --data-dir /tmp/kite \
        --app key:secret:AB1234 --redirect-url http://127.0.0.1:5000/zerodha/callback

Prints one line of JSON with the ports when it is ready (0 picks free ones). Its own switches, without a key:

    POST   /twin/faults   {"kind": "drop_after", "path": "/orders", "method": "POST", "times": 1}   (see faults.py)
    DELETE /twin/faults   all faults off
    POST   /twin/ticker   {"action": "silence", "seconds": 5} | {"action": "garbage"} | {"action": "drop"}
    POST   /twin/rules    {"demands_protection": true}: MARKET and SL-M need market_protection
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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults import Faults
from http_server import Answer, HttpServer
from kite_listing import Listing
from kite_rest import KiteRest, error, success
from kite_sessions import Sessions
from kite_ticker import Ticker

from broker.simulator.exchange import SimulatedExchange
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from utils.clock import SystemClock
from utils.ids import SystemIds

HOST = "127.0.0.1"
DEFAULT_APP = "twinkey:twinsecret:AB1234"


class Market:
    """The simulated exchange with Kite's names on its instruments."""

    def __init__(self, data_dir, seed, scale, clock):
        self.clock = clock
        self.prices = Prices(seed)
        self.universe = Universe(self.prices, scale)
        self.listing = Listing(self.universe, clock)
        self.exchange = SimulatedExchange(
            self.universe, self.prices, clock, SystemIds(), data_dir / "exchange.db", unique_tags=False
        )

    def _contract(self, listed):
        return self.universe.resolve(listed.instrument.exchange.value, listed.instrument.symbol)

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
    """The whole vendor in one event loop."""

    def __init__(self, data_dir, apps, redirect_url, seed=1, scale=1, clock=None):
        data_dir.mkdir(parents=True, exist_ok=True)
        clock = clock or SystemClock()
        self._market = Market(data_dir, seed, scale, clock)
        self._sessions = Sessions(apps, clock, data_dir / "tokens.json")
        self._faults = Faults()
        self._rest = KiteRest(self._market, self._sessions, self._faults, redirect_url)
        self._ticker = Ticker(self._market, self._sessions)
        self._http = HttpServer(self._handle)
        self._stops = []
        self._loop = None

    async def start(self, port=0, ws_port=0):
        """Listen; answers (HTTP port, WebSocket port)."""
        self._loop = asyncio.get_running_loop()
        for user in {user for _, user in self._sessions.apps.values()}:
            self._stops.append(self._market.exchange.listen(user, self._listener(user)))
        return await self._http.start(HOST, port), await self._ticker.start(HOST, ws_port)

    def _listener(self, user):
        def heard(update):
            data = self._rest.orders.heard(update.row, user)
            data = {
                **data,
                "user_id": user,
                "unfilled_quantity": data["pending_quantity"],
                "app_id": 1,
                "checksum": "",
            }
            # The exchange tells from whatever thread caused the change; after a stop there is no loop to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._ticker.tell(user, data)))

        return heard

    async def stop(self):
        """Close everything."""
        for stop in self._stops:
            stop()
        await self._ticker.stop()
        await self._http.stop()
        self._market.exchange.close()

    async def _handle(self, request):
        if request.path.startswith("/twin/"):
            return await self._control(request)
        return await self._rest.handle(request)

    async def _control(self, request):
        values = json.loads(request.body) if request.body else {}
        place = (request.method, request.path)
        if place == ("POST", "/twin/faults"):
            try:
                self._faults.add(**values)
            except (TypeError, ValueError) as wrong:
                return error(400, "InputException", str(wrong))
        elif place == ("DELETE", "/twin/faults"):
            self._faults.clear()
        elif place == ("POST", "/twin/tokens"):
            self._sessions.kill_all()
        elif place == ("POST", "/twin/gtts"):
            return success(
                await asyncio.to_thread(self._rest.calls.gtts.fire, values["id"], values.get("leg", 0))
            )
        elif place == ("POST", "/twin/rules"):
            self._rest.orders.demands_protection = bool(values["demands_protection"])
        elif place == ("POST", "/twin/ticker"):
            return await self._disturb(values)
        elif place != ("GET", "/twin/state"):
            return Answer(404)
        return success(await asyncio.to_thread(self._state))

    async def _disturb(self, values):
        action = values.get("action")
        if action == "silence":
            self._ticker.silence(float(values.get("seconds", 10)))
        elif action == "garbage":
            await self._ticker.garbage()
        elif action == "drop":
            self._ticker.drop()
        else:
            return error(400, "InputException", f"unknown action {action!r}")
        return success(None)

    def _state(self):
        users = sorted({user for _, user in self._sessions.apps.values()})
        return {
            "faults": self._faults.show(), "sockets": self._ticker.count(), "requests": self._rest.requests[-2000:],
            "orders": {user: self._rest.orders.rows(user) for user in users},
            "gtts": {user: self._rest.calls.gtts.list(user, None) for user in users},
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
