"""The Angel twin: a vendor that speaks SmartAPI over HTTP and WebSocket in front of the simulated exchange.

    python -m test.twins.angel.serve --data-dir /tmp/angel

The client code is the application's user, PIN and seed of the TOTP are those of sessions.py. Beside the kit's switches
(see kit/twin.py):

    POST   /twin/jwts     {}                tokens for calls die, refresh tokens live on
    POST   /twin/gtts     {"id": 1000001}   the market reaches the trigger of a rule
    GET    /twin/state    also the GTT rules of every user
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
        gtts = self.rest.calls.gtts
        return super().switches() | {
            ("POST", "/twin/jwts"): lambda _: self.sessions.expire_jwts(),
            ("POST", "/twin/gtts"): lambda values: lambda: gtts.fire(values["id"]),
        }

    def facts(self):
        return {"gtts": {user: self.rest.calls.gtts.of(user) for user in self.users()}}


if __name__ == "__main__":
    main(AngelTwin)
