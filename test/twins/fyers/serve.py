"""The Fyers twin: a vendor that speaks Fyers API v3 over HTTP and WebSocket in front of the simulated exchange.

    python -m test.twins.fyers.serve --data-dir /tmp/fyers

Beside the kit's switches (see kit/twin.py):

    GET    /twin/state    also the numbers of the data frames that were acknowledged
"""

from test.twins.fyers.listing import FyersListing
from test.twins.fyers.rest import FyersRest
from test.twins.fyers.sessions import Sessions
from test.twins.fyers.stream import fyers_streams
from test.twins.kit.command import main
from test.twins.kit.twin import Twin


class FyersTwin(Twin):
    """A vendor that speaks Fyers API v3"""

    listing = FyersListing
    default_app = "TWINAPP-100:twinsecret:XT00001"

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = FyersRest(self.market, sessions, self.faults)
        return sessions, rest, fyers_streams(self.market, sessions, self.faults, self.seed, pace)

    def facts(self):
        sockets = sorted(self.stream.connections, key=lambda each: each.number)
        told = [list(each.acknowledged) for each in sockets if hasattr(each, "acknowledged")]
        return {**super().facts(), "acknowledged": told}


if __name__ == "__main__":
    main(FyersTwin)
