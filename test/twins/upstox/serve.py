"""The Upstox twin: a vendor that speaks the Upstox Developer API over HTTP and WebSocket in front of the exchange.

    python -m test.twins.upstox.serve --data-dir /tmp/upstox

Beside the kit's switches (see kit/twin.py):

    POST   /twin/rules    {"demands_protection": true}             MARKET and SL-M need market_protection
    POST   /twin/gtts     {"id": "GTT-C25113000000001"}            the market reaches the entry of a GTT
    GET    /twin/state    also the GTTs of every user, and how many clients showed a token at an address with a code
"""

from test.twins.kit.command import main
from test.twins.kit.twin import Twin
from test.twins.upstox.listing import UpstoxListing
from test.twins.upstox.rest import UpstoxRest
from test.twins.upstox.sessions import Sessions
from test.twins.upstox.stream import Room, upstox_streams


class UpstoxTwin(Twin):
    """A vendor that speaks the Upstox Developer API"""

    listing = UpstoxListing

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = UpstoxRest(self.market, sessions, self.faults)
        return sessions, rest, upstox_streams(self.market, sessions, self.faults, self.seed, pace)

    def switches(self):
        gtts = self.rest.calls.gtts
        return super().switches() | {("POST", "/twin/gtts"): lambda values: lambda: gtts.fire(values["id"])}

    def rule(self, **values):
        if "demands_protection" in values:
            self.rest.orders.demands_protection = bool(values.pop("demands_protection"))
        super().rule(**values)

    def unruled(self):
        super().unruled()
        self.rule(demands_protection=False)

    def facts(self):
        return {
            "gtts": {user: self.rest.calls.gtts.list(user) for user in self.users()},
            "tokens_seen": Room.tokens_seen,
        }


if __name__ == "__main__":
    main(UpstoxTwin)
