"""Angel One's logins: client code, PIN and TOTP bring three tokens, which a refresh token renews."""

import base64
import hashlib
import hmac
import struct

from test.twins.kit import sessions
from utils.ids import secret_hex

PIN = "4821"
SEED = "JBSWY3DPEHPK3PXP"


def totp(seed, seconds):
    """The six digits of RFC 6238 at an epoch time."""
    digest = hmac.digest(base64.b32decode(seed), struct.pack(">Q", int(seconds) // 30), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, at)[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Sessions(sessions.Sessions):
    """Logins do not end each other. PIN and seed are the same for every user."""

    only_one = False

    def __init__(self, *values):
        super().__init__(*values)
        self._sets = {}
        self._seen = set()

    def fresh_token(self, key):
        return f"eyJhbGciOiJIUzUxMiJ9.{secret_hex(24)}.{secret_hex(24)}"

    def is_totp(self, text):
        """Whether these digits are of now or of the half minute before."""
        now = self._clock.now().timestamp()
        return text in (totp(SEED, now), totp(SEED, now - 30))

    def tokens(self, key):
        """A new session's tokens."""
        jwt = self.open(key)
        self._seen.add(jwt)
        self._sets[jwt] = {"jwtToken": jwt, "refreshToken": secret_hex(24), "feedToken": secret_hex(24)}
        return self._sets[jwt]

    def refreshed(self, key, refresh_token):
        """New tokens for a live refresh token of the application, which is dead from now on; None otherwise."""
        old = next((jwt for jwt, each in self._sets.items() if each["refreshToken"] == refresh_token), None)
        if old is None or self._owners.get(old, key) != key:
            return None
        del self._sets[old]
        self._owners.pop(old, None)
        return self.tokens(key)

    def expire_jwts(self):
        """The tokens for calls die; refresh tokens live on."""
        self._owners.clear()
        self._tokens.clear()

    def was_seen(self, token):
        """Whether a token was once a live one."""
        return token in self._seen

    def user_of(self, key, token):
        """Calls carry the jwt; a stream's handshake (jwt, client code, feed token)."""
        if not isinstance(token, tuple):
            return super().user_of(key, token) if key in self.apps else None
        jwt, client, feed = token
        user = super().user_of(key, jwt) if key in self.apps else None
        return user if user == client and self._sets.get(jwt, {}).get("feedToken") == feed else None

    def end(self, key):
        super().end(key)
        self._sets = {jwt: each for jwt, each in self._sets.items() if jwt in self._owners}

    def kill_all(self):
        super().kill_all()
        self._sets.clear()
