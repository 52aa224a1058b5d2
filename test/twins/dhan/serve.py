"""The Dhan twin: DhanHQ v2 over HTTP and WebSocket in front of the simulated exchange.

    python -m test.twins.dhan.serve --data-dir /tmp/dhan --redirect-url http://127.0.0.1:5000/dhan/callback

`--set kind=sandbox` makes it the developer sandbox: no quotes, sockets or forever orders, times of change in UTC, and a
token of the developer portal in place of the login. Beside the kit's switches (see kit/twin.py):

    POST   /twin/rules    {"ip_is_listed": false}        orders are refused with DH-911
    POST   /twin/portal   {}                             a new token of the developer portal
"""

from test.twins.dhan import rows
from test.twins.dhan.listing import DhanListing
from test.twins.dhan.rest import DhanRest
from test.twins.dhan.stream import dhan_streams
from test.twins.kit import sessions
from test.twins.kit.command import main
from test.twins.kit.orders import key_of
from test.twins.kit.twin import Twin
from utils.ids import secret_hex


class Sessions(sessions.Sessions):
    """See the kit's; a new token ends the older one."""

    def fresh_token(self, key):
        return f"eyJ{secret_hex(40)}"


class DhanTwin(Twin):
    """A vendor that speaks DhanHQ v2"""

    default_app = "twinkey:twinsecret:1000000009"
    listing = DhanListing
    flags = {"ip_is_listed": ("rest", True)}

    def build(self, pace):
        self._is_sandbox = self.settings.get("kind") == "sandbox"
        found = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = DhanRest(self.market, found, self.faults, self.redirect_url, self._is_sandbox)
        return found, rest, dhan_streams(self.market, found, self.faults, self.seed, pace)

    def credentials(self):
        key, (secret, user) = next(iter(self.apps.items()))
        if self._is_sandbox:
            return {"api_key": user, "api_secret": self.sessions.open(key)}
        return {"api_key": f"{user}:::{key}", "api_secret": secret}

    def order_message(self, row, user):
        listed = self.market.listing.by_key(key_of(row))
        return rows.alert(super().order_message(row, user), listed)

    def switches(self):
        opens = lambda _: lambda: self.sessions.open(next(iter(self.apps)))  # noqa: E731
        return super().switches() | {("POST", "/twin/portal"): opens}


if __name__ == "__main__":
    main(DhanTwin)
