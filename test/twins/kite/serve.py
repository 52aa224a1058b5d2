"""The Kite twin: a vendor that speaks Kite Connect v3 over HTTP and WebSocket in front of the simulated exchange.

    python -m test.twins.kite.serve --data-dir /tmp/kite --redirect-url http://127.0.0.1:5000/zerodha/callback

Beside the kit's switches (see kit/twin.py):

    POST   /twin/rules    {"demands_protection": true}   MARKET and SL-M need market_protection
"""

from test.twins.kit.command import main
from test.twins.kit.twin import Twin
from test.twins.kite.listing import KiteListing
from test.twins.kite.rest import KiteRest
from test.twins.kite.sessions import Sessions
from test.twins.kite.stream import kite_ticker


class KiteTwin(Twin):
    """A vendor that speaks Kite Connect v3"""

    listing = KiteListing
    flags = {"demands_protection": ("rest.orders", False)}

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = KiteRest(self.market, sessions, self.faults, self.redirect_url)
        return sessions, rest, kite_ticker(self.market, sessions, self.faults, self.seed, pace)

    def order_message(self, row, user):
        data = super().order_message(row, user)
        more = {"user_id": user, "unfilled_quantity": data["pending_quantity"], "app_id": 1, "checksum": ""}
        return data | more


if __name__ == "__main__":
    main(KiteTwin)
