"""The Noren twin: one order system, run as any of its brokers runs it.

    python -m test.twins.noren.serve --data-dir /tmp/noren --set member=shoonya

member: shoonya (default), flattrade or zebu, see members.py. Beside the kit's switches (see kit/twin.py):

    POST   /twin/rules    {"bars_market": true}   MKT and SL-MKT are refused
"""

from test.twins.kit.command import main
from test.twins.kit.sessions import Sessions
from test.twins.kit.twin import Twin
from test.twins.noren import rows
from test.twins.noren.listing import listing_of
from test.twins.noren.members import MEMBERS
from test.twins.noren.rest import NorenRest
from test.twins.noren.stream import noren_socket


class NorenTwin(Twin):
    """A vendor that speaks Noren"""

    flags = {"bars_market": ("rest.orders", False)}

    def __init__(self, *arguments, settings=None, **options):
        self.member = MEMBERS[(settings or {}).get("member", "shoonya")]
        self.listing = listing_of(self.member)
        super().__init__(*arguments, settings=settings, **options)

    def build(self, pace):
        sessions = Sessions(self.apps, self.clock, self.data_dir / "tokens.json")
        rest = NorenRest(self.market, sessions, self.faults, self.redirect_url, self.member)
        return sessions, rest, noren_socket(self.market, sessions, self.faults, self.member, self.seed, pace)

    def order_message(self, row, user):
        """An order as the stream tells it; Flattrade's stream has the product under another name."""
        data = {**super().order_message(row, user), "reporttype": rows.REPORT[row.status]}
        if self.member.login == "pi":
            data["pcode"] = data.pop("prd")
        return {name: value for name, value in data.items() if name != "stat"}

    def credentials(self):
        key, (secret, user) = next(iter(self.apps.items()))
        return {"api_key": f"{user}:::{key}", "api_secret": secret}


if __name__ == "__main__":
    main(NorenTwin)
