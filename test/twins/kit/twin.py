"""A vendor in one event loop: REST calls, streams, and the switches that make it fail.

Every twin runs as a program of its own:

    python -m test.twins.kite.serve --data-dir /tmp/kite --app key:secret:AB1234 --set name=value

It prints one line of JSON when it is ready: the ports (0, the default, picks free ones), the user and the credentials
of its first application. Its own switches, on the REST port and without a key:

    POST   /twin/faults   {"kind": "drop_after", "path": "/orders", "method": "POST", "times": 1}   (see faults.py)
    POST   /twin/stream   {"action": "silence", "seconds": 5}      mute, delay, duplicate, reorder, garble alike
                          {"action": "garbage", "kind": "noise"}   once, kinds in stream/garbage.py and the vendor's
                          {"action": "drop", "how": "reset"}       or cut, close, half_open
                          {"action": "forget", "tokens": [408065]} subscriptions are lost, all without `tokens`
    DELETE /twin/faults   all faults off, those of the streams too
    POST   /twin/rules    {"pace": [0.25, 1.0]}                    seconds between beats of a stream, and its heartbeats
                          {"rates": true}                          REST calls above the vendor's rates are refused
                          {"tokens_end_at": "06:00"}               Indian time of day at which every token dies
                          {"sockets_per_key": 3, "instruments_per_socket": 3000, "subscribes_per_second": null,
                           "dead_token": "close"}                  limits of the streams, see stream/server.py
    DELETE /twin/rules    as at the start
    POST   /twin/tokens   every access token dies
    POST   /twin/gtts     {"id": 100001, "leg": 0}                 the market reaches (this leg of) a native GTT
    POST   /twin/holdings {"user": "AB1234", "exchange": "NSE", "symbol": "INFY", "quantity": 12,
                           "average_price": "1400"}                delivery shares of an earlier day
    GET    /twin/state    faults, sockets, requests so far, the GTTs of every user, and all their orders as the vendor
                          and (`book`) as the exchange has them

A vendor adds switches, rules and facts of its own by `flags`, `switches`, `rule`, `unruled` and `facts`.
"""

import asyncio
import contextlib
import json
from functools import partial
from operator import attrgetter

from test.twins.kit.faults import Faults
from test.twins.kit.http_server import Answer, HttpServer
from test.twins.kit.market import Market
from test.twins.kit.stream.server import PACE
from utils.clock import SystemClock
from utils.json import encode

HOST = "127.0.0.1"
LATEST = 2000


class Twin:
    """A vendor fills `build` and `order_message`.

    apps: {key: (secret, user)}. redirect_url: where a login page sends the browser. settings: the vendor's own, texts
    by name. pace: seconds between beats of the streams and between their heartbeats. flags: rules that are yes or
    no, as the part of the twin that has the attribute of that name and its value at the start.
    """

    default_app = "twinkey:twinsecret:AB1234"
    listing = None
    flags = {}

    def __init__(
        self, data_dir, apps, redirect_url, seed=1, scale=1, clock=None, pace=PACE, settings=None
    ):  # fmt: skip
        data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir, self.apps, self.redirect_url, self.seed = data_dir, apps, redirect_url, seed
        self.clock = clock or SystemClock()
        self.settings = dict(settings or {})
        self.market = Market(self.listing, data_dir, seed, scale, self.clock)
        self.faults = Faults()
        self._pace = pace
        self.sessions, self.rest, self.stream = self.build(pace)
        self._http = HttpServer(self._handle)
        self._stops = []
        self._loop = None

    def build(self, pace):
        """(Sessions, Rest with `orders`, StreamServer) of this vendor."""
        raise NotImplementedError

    def order_message(self, row, user):
        """What `Connection.orders` gets of an order that changed, made on the thread that changed it."""
        return self.rest.orders.heard(row, user)

    def credentials(self):
        """Of the first application, by the names of the plug-in's manifest."""
        key, (secret, _) = next(iter(self.apps.items()))
        return {"api_key": key, "api_secret": secret}

    async def start(self, port=0, ws_port=0):
        """Listen; answers (HTTP port, WebSocket port)."""
        self._loop = asyncio.get_running_loop()
        for user in self.users():
            self._stops.append(self.market.exchange.listen(user, partial(self._heard, user)))
        return await self._http.start(HOST, port), await self.stream.start(HOST, ws_port)

    @property
    def gtts(self):
        """Native GTTs, None without: one can `fire`, and those `of` a user are told."""
        return getattr(getattr(self.rest, "calls", None), "gtts", None)

    def users(self):
        """Everyone with an application."""
        return sorted({user for _, user in self.apps.values()})

    def _heard(self, user, update):
        data = self.order_message(update.row, user)
        # The exchange tells from whatever thread caused the change; after a stop there is no loop to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.stream.tell, user, data)

    async def stop(self):
        """Close everything."""
        for stop in self._stops:
            stop()
        await self.stream.stop()
        await self._http.stop()
        self.market.exchange.close()

    async def _handle(self, request):
        if request.path.startswith("/twin/"):
            return await self._control(request)
        return await self.rest.handle(request)

    async def _control(self, request):
        switch = self.switches().get((request.method, request.path))
        if switch is None:
            return Answer(404)
        try:
            told = switch(request.json())
        except (TypeError, ValueError, KeyError) as wrong:
            return Answer(400, json.dumps({"message": str(wrong)}).encode())
        data = await asyncio.to_thread(told or partial(self._state, self.stream.show()))
        return Answer(200, encode({"data": data}))

    def switches(self):
        """What to do at (method, path); a callable that comes back is asked for the answer on another thread."""
        return {
            ("POST", "/twin/faults"): lambda values: self.faults.add(**values),
            ("DELETE", "/twin/faults"): lambda _: self.calm(),
            ("POST", "/twin/stream"): self._disturb,
            ("POST", "/twin/rules"): lambda values: self.rule(**values),
            ("DELETE", "/twin/rules"): lambda _: self.unruled(),
            ("POST", "/twin/tokens"): lambda _: self.sessions.kill_all(),
            ("POST", "/twin/gtts"): lambda values: lambda: self.gtts.fire(values.pop("id"), **values),
            ("POST", "/twin/holdings"): lambda values: self.market.grant(**values),
            ("GET", "/twin/state"): lambda _: None,
        }

    def calm(self):
        """All faults off."""
        self.faults.clear()
        self.stream.calm()

    def rule(self, **values):
        """Change rules. Raises ValueError for unknown ones."""
        if "tokens_end_at" in values:
            self.sessions.end_daily_at(values.pop("tokens_end_at"))
        if "pace" in values:
            self.stream.pace = tuple(values.pop("pace"))
        if "rates" in values:
            self.rest.rates.is_on = bool(values.pop("rates"))
        for name in self.flags.keys() & values.keys():
            setattr(attrgetter(self.flags[name][0])(self), name, bool(values.pop(name)))
        self.stream.limits.set(**values)

    def unruled(self):
        """Rules as at the start."""
        self.stream.limits.reset()
        flags = {name: value for name, (_, value) in self.flags.items()}
        self.rule(pace=self._pace, tokens_end_at=None, rates=False, **flags)

    def _disturb(self, values):
        action = values.pop("action", None)
        if action in ("garbage", "drop", "forget"):
            getattr(self.stream, action)(**values)
        else:
            self.stream.disturb(action, **values)

    def facts(self):
        """What the state tells beside the kit's own facts."""
        return {} if self.gtts is None else {"gtts": {user: self.gtts.of(user) for user in self.users()}}

    def _state(self, connections):
        return {
            "faults": self.faults.show(), "sockets": len(connections), "stream": connections,
            "refused_dials": self.stream.refused, "requests": self.rest.requests[-LATEST:],
            "orders": {user: self.rest.orders.rows(user) for user in self.users()},
            "book": {user: self.market.exchange.orders(user) for user in self.users()}, **self.facts(),
        }  # fmt: skip
