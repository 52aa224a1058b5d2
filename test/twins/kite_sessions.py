"""Applications, request tokens and access tokens of the Kite twin."""

import datetime as dt
import hashlib
import json

from utils.clock import next_daily
from utils.ids import secret_hex

REQUEST_SECONDS = 300.0


class Sessions:
    """apps: {api_key: (secret, user)}. A new login ends the application's earlier session, as Kite's does.

    `ends_at`: the Indian wall-clock time at which every token dies (Kite: some time before 07:30), None for never.
    """

    def __init__(self, apps, clock, path, ends_at=None):
        self.apps = apps
        self.ends_at = ends_at
        self._clock = clock
        self._path = path
        self._requests = {}
        self._tokens = json.loads(path.read_text()) if path.exists() else {}
        self._born = dict.fromkeys(self._tokens, clock.now())

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
        self._born[api_key] = self._clock.now()
        self._save()
        return user, self._tokens[api_key]

    def user_of(self, api_key, access_token):
        """The user of a live session, None otherwise."""
        if not access_token or self._tokens.get(api_key) != access_token:
            return None
        if self.ends_at and next_daily(self._born[api_key], self.ends_at) <= self._clock.now():
            self.end(api_key)
            return None
        return self.apps[api_key][1]

    def end_daily_at(self, text):
        """HH:MM of the Indian wall clock, or None. Raises ValueError."""
        self.ends_at = dt.time.fromisoformat(text) if text is not None else None

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
