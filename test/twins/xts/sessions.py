"""Tokens of the two applications: shaped like JWTs, one live token a key."""

import base64
import json

from test.twins.kit import sessions
from utils.clock import epoch_ms
from utils.ids import secret_hex

DAY_SECONDS = 24 * 3600
INTERACTIVE, MARKET = "interactive", "market"


class XtsSessions(sessions.Sessions):
    """`apps` holds both applications of every user: a key that ends in "_market" is of the market-data one."""

    def fresh_token(self, key):
        issued = epoch_ms(self._clock.now()) // 1000
        claims = {"userID": self.apps[key][1], "iat": issued, "exp": issued + DAY_SECONDS}
        return f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}.{secret_hex(16)}"

    def owner_of_kind(self, kind, token):
        """The user of a live token of one of the two applications, None otherwise."""
        key = self.key_of(token or "")
        return self.apps[key][1] if key is not None and kind_of(key) == kind else None

    def user_of(self, key, token):
        """The same for a socket, whose key is `<kind>:<userID of its URL>`."""
        kind, _, user = key.partition(":")
        return user if user and self.owner_of_kind(kind, token) == user else None


def kind_of(key):
    """Of which application a key is."""
    return MARKET if key.endswith("_market") else INTERACTIVE


def _part(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
