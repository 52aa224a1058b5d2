"""The XTS twin: a host of the family in front of the simulated exchange.

    python -m test.twins.xts.serve --data-dir /tmp/xts --set prefix=/apibinarymarketdata --set layout=wide

Settings of a member:

    prefix     of the market-data calls and its socket: /apimarketdata (JSON hosts) or /apibinarymarketdata
    layout     of binary records: narrow, wide, or nothing for a host that has none
    login      keys, or thirdparty for a page that hands out an accessToken
    segments   names with commas in between

Rules beside the kit's, with the values at the start:

    POST /twin/rules {"ping_seconds": 20, "timeout_seconds": 60, "untyped_seconds": 10}   see stream.py, `terms`

An `--app key:secret:user` is the interactive application; the market-data one is key_market:secret_market.
"""

from functools import partial

from test.twins.kit.command import main
from test.twins.kit.stream.server import Limits
from test.twins.kit.twin import Twin
from test.twins.xts.garbage import MAKERS
from test.twins.xts.listing import NUMBERS, XtsListing
from test.twins.xts.rest import XtsRest
from test.twins.xts.sessions import XtsSessions
from test.twins.xts.stream import TERMS, XtsOrderSocket, XtsPrices, XtsStream
from test.twins.xts.subscriptions import Subscriptions

DEFAULTS = {"prefix": "/apimarketdata", "layout": "", "login": "keys", "segments": ",".join(NUMBERS)}
CAP = 50


class XtsTwin(Twin):
    """A host of the Symphony XTS family"""

    @property
    def listing(self):
        return partial(XtsListing, self._words()["segments"].split(","))

    def _words(self):
        odd = self.settings.keys() - DEFAULTS.keys()
        if odd:
            raise ValueError(f"unknown settings {sorted(odd)}")
        return DEFAULTS | self.settings

    def build(self, pace):
        words = self._words()
        apps = self.apps | {
            f"{key}_market": (f"{secret}_market", user) for key, (secret, user) in self.apps.items()
        }
        sessions = XtsSessions(apps, self.clock, self.data_dir / "tokens.json")
        limits = Limits(instruments_per_socket=CAP, sockets_per_key=5, dead_token="tell")
        subscriptions = Subscriptions(limits)
        paths = {f"{words['prefix']}/socket.io/": XtsPrices, "/interactive/socket.io/": XtsOrderSocket}
        stream = XtsStream(
            self.market, sessions, self.faults, paths, limits, subscriptions=subscriptions, layout=words["layout"],
            seed=self.seed, pace=pace, makers=MAKERS,
        )  # fmt: skip
        return sessions, XtsRest(self.market, sessions, self.faults, subscriptions, words), stream

    def credentials(self):
        (key, (secret, _)) = next(iter(self.apps.items()))
        return {
            "api_key": key, "api_secret": secret, "api_key_market": f"{key}_market",
            "api_secret_market": f"{secret}_market",
        }  # fmt: skip

    def rule(self, **values):
        for name in TERMS.keys() & values.keys():
            self.stream.terms[name] = float(values.pop(name))
        super().rule(**values)

    def unruled(self):
        super().unruled()
        self.rule(**TERMS)

    def order_message(self, row, user):
        states = self.rest.orders._states.get(row.order_id, [])
        before = states[-1]["CumulativeQuantity"] if states else 0
        shown = super().order_message(row, user)
        return {"row": shown, "traded": shown["CumulativeQuantity"] - before}


if __name__ == "__main__":
    main(XtsTwin)
