"""The Angel twin: a vendor that speaks SmartAPI over HTTP and WebSocket in front of the simulated exchange.

    python -m test.twins.angel.serve --data-dir /tmp/angel

The client code is the application's user, PIN and seed of the TOTP are those of sessions.py. Beside the kit's switches
(see kit/twin.py):

    POST   /twin/jwts     {}   tokens for calls die, refresh tokens live on
"""

from test.twins.angel import rows
from test.twins.angel.listing import AngelListing
from test.twins.angel.rest import AngelRest
from test.twins.angel.sessions import Sessions
from test.twins.angel.stream import angel_stream
from test.twins.kit.command import main
from test.twins.kit.twin import Twin


class AngelTwin(Twin):
    """A vendor that speaks Angel One's SmartAPI"""

    listing = AngelListing

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = AngelRest(self.market, sessions, self.faults)
        return sessions, rest, angel_stream(self.market, sessions, self.faults, self.seed, pace)

    def order_message(self, row, user):
        return rows.update(super().order_message(row, user), user)

    def credentials(self):
        return {"api_key": super().credentials()["api_key"]}

    def switches(self):
        return super().switches() | {("POST", "/twin/jwts"): lambda _: self.sessions.expire_jwts()}


if __name__ == "__main__":
    main(AngelTwin)
