"""The Upstox twin: a vendor that speaks the Upstox Developer API over HTTP and WebSocket in front of the exchange.

    python -m test.twins.upstox.serve --data-dir /tmp/upstox

Beside the kit's switches (see kit/twin.py):

    POST   /twin/rules    {"demands_protection": true}   MARKET and SL-M need market_protection
    GET    /twin/state    also how many clients showed a token at an address with a code
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
    flags = {"demands_protection": ("rest.orders", False)}

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = UpstoxRest(self.market, sessions, self.faults)
        return sessions, rest, upstox_streams(self.market, sessions, self.faults, self.seed, pace)

    def facts(self):
        return {**super().facts(), "tokens_seen": Room.tokens_seen}


if __name__ == "__main__":
    main(UpstoxTwin)
