"""Fyers' logins: an auth code is traded for a token whose payload tells the user, the end and the key of the stream."""

import base64
import datetime as dt
import hashlib
import json

from test.twins.kit import sessions
from utils.clock import next_daily
from utils.ids import secret_hex

ENDS_AT = dt.time(6, 0)


class Sessions(sessions.Sessions):
    """See the kit's."""

    def fresh_token(self, key):
        """A JWT that nobody can check: the signature is the vendor's business."""
        ends = next_daily(self._clock.now(), ENDS_AT)
        claims = {
            "sub": "access_token", "fy_id": self.apps[key][1], "hsm_key": secret_hex(16), "exp": int(ends.timestamp()),
        }  # fmt: skip
        return ".".join((_part({"alg": "HS256", "typ": "JWT"}), _part(claims), secret_hex(16)))

    def trade_in(self, code, app_hash):
        """(token, None), or (None, "code" or "hash") for what is wrong."""
        key = self.key_of_code(code)
        if key is None:
            return None, "code"
        if hashlib.sha256(f"{key}:{self.apps[key][0]}".encode()).hexdigest() != app_hash:
            return None, "hash"
        self.redeem(code)
        return self.open(key), None

    def by_header(self, text):
        """(key, token) of an Authorization header: app:token, or the token alone."""
        key, _, token = text.rpartition(":")
        return key or self.key_of(token) or "", token

    def by_hsm_key(self, hsm_key):
        """(key, token) of a stream key, blanks when no live token has it."""
        for token, key in list(self._owners.items()):
            if claims_of(token).get("hsm_key") == hsm_key:
                return key, token
        return "", ""


def claims_of(token):
    """The payload of a token."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "==="))


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
