"""What a market-data login has subscribed: it belongs to the token, not to a socket, and dies with it."""

from test.twins.xts.words import XtsError

CODES = (1501, 1502, 1504, 1505, 1510, 1512)


class Subscriptions:
    """limits: those of the streams; `instruments_per_socket` is the login's cap here."""

    def __init__(self, limits):
        self._limits = limits
        self._by_token = {}

    def of(self, token):
        """{message code: {vendor token: listed}} of a login."""
        return self._by_token.setdefault(token, {})

    def remaining(self, token):
        """How many more there may be."""
        return self._limits.instruments_per_socket - sum(map(len, self.of(token).values()))

    def add(self, token, code, rows):
        """Subscribe. Raises XtsError when all are there already, or when it is too many."""
        held = self.of(token).setdefault(code, {})
        fresh = [row for row in rows if row.token not in held]
        if not fresh:
            raise XtsError(400, "e-session-0002", "Instrument Already Subscribed !")
        if len(fresh) > self.remaining(token):
            raise XtsError(400, "e-session-0003", "Subscription limit reached")
        held.update({row.token: row for row in fresh})

    def remove(self, token, code, rows):
        """Unsubscribe what is there."""
        held = self.of(token).setdefault(code, {})
        for row in rows:
            held.pop(row.token, None)

    def forget(self, token, vendor_tokens):
        """Lose subscriptions of every code."""
        for held in self.of(token).values():
            for each in vendor_tokens:
                held.pop(each, None)
