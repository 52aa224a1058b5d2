"""Applications, request tokens and access tokens of the Kite twin."""

import hashlib
import json

from utils.ids import secret_hex

REQUEST_SECONDS = 300.0


class Sessions:
    """apps: {api_key: (secret, user)}. A new login ends the application's earlier session, as Kite's does."""

    def __init__(self, apps, clock, path):
        self.apps = apps
        self._clock = clock
        self._path = path
        self._requests = {}
        self._tokens = json.loads(path.read_text()) if path.exists() else {}

    def request_token(self, api_key):
        """A token that can be traded in once within five minutes."""
        token = secret_hex(16)
        self._requests[token] = (api_key, self._clock.monotonic() + REQUEST_SECONDS)
        return token

    def trade_in(self, api_key, request_token, checksum):
        """(user, access token), or None when any of the three is wrong."""
        found, until = self._requests.get(request_token, (None, 0.0))
        if api_key not in self.apps or found != api_key or until < self._clock.monotonic():
            return None
        secret, user = self.apps[api_key]
        if hashlib.sha256(f"{api_key}{request_token}{secret}".encode()).hexdigest() != checksum:
            return None
        del self._requests[request_token]
        self._tokens[api_key] = secret_hex(16)
        self._save()
        return user, self._tokens[api_key]

    def user_of(self, api_key, access_token):
        """The user of a live session, None otherwise."""
        if not access_token or self._tokens.get(api_key) != access_token:
            return None
        return self.apps[api_key][1]

    def end(self, api_key):
        """End the application's session."""
        self._tokens.pop(api_key, None)
        self._save()

    def kill_all(self):
        """Every token dies, as in the morning."""
        self._tokens.clear()
        self._save()

    def _save(self):
        self._path.write_text(json.dumps(self._tokens))
