"""Applications of a twin, the codes of its login page, and the one live token of each application."""

import datetime as dt
import json

from utils.clock import next_daily
from utils.ids import secret_hex

CODE_SECONDS = 300.0


class Sessions:
    """apps: {key: (secret, user)}. A new login ends the application's earlier session, unless `only_one` is False.

    `ends_at`: the Indian wall-clock time at which every token dies, None for never. Tokens outlive a restart of the
    twin in the file at `path`, {key: the newest token}.
    """

    only_one = True

    def __init__(self, apps, clock, path, ends_at=None):
        self.apps = apps
        self.ends_at = ends_at
        self._clock = clock
        self._path = path
        self._codes = {}
        self._tokens = json.loads(path.read_text()) if path.exists() else {}
        self._owners = {token: key for key, token in self._tokens.items()}
        self._born = dict.fromkeys(self._owners, clock.now())

    def fresh_token(self, key):
        """What a new token looks like; a vendor with tokens of a shape of its own makes them here."""
        return secret_hex(16)

    def code(self, key):
        """What a login page hands out: a code that can be redeemed once within five minutes."""
        code = secret_hex(16)
        self._codes[code] = (key, self._clock.monotonic() + CODE_SECONDS)
        return code

    def key_of_code(self, code):
        """The application of a code that still lives, None otherwise."""
        key, until = self._codes.get(code, (None, 0.0))
        return key if until >= self._clock.monotonic() else None

    def redeem(self, code):
        """The application of a live code, which is dead from now on; None otherwise."""
        key = self.key_of_code(code)
        self._codes.pop(code, None)
        return key

    def open(self, key):
        """A new session of an application; answers its token."""
        if self.only_one:
            self._bury(key)
        token = self.fresh_token(key)
        self._owners[token], self._born[token] = key, self._clock.now()
        self._tokens[key] = token
        self._save()
        return token

    def key_of(self, token):
        """The application of a live token, None otherwise."""
        key = self._owners.get(token)
        if key is None:
            return None
        if self.ends_at and next_daily(self._born[token], self.ends_at) <= self._clock.now():
            self.end(key)
            return None
        return key

    def user_of(self, key, token):
        """The user of an application's live token, None otherwise."""
        return self.apps[key][1] if token and self.key_of(token) == key else None

    def owner(self, token):
        """The user of a live token, whichever application it is of, None otherwise."""
        key = self.key_of(token)
        return None if key is None else self.apps[key][1]

    def end_daily_at(self, text):
        """HH:MM of the Indian wall clock, or None. Raises ValueError."""
        self.ends_at = dt.time.fromisoformat(text) if text is not None else None

    def end(self, key):
        """End the application's sessions."""
        self._bury(key)
        self._tokens.pop(key, None)
        self._save()

    def kill_all(self):
        """Every token dies, as in the morning."""
        self._tokens.clear()
        self._owners.clear()
        self._save()

    def _bury(self, key):
        self._owners = {token: owner for token, owner in self._owners.items() if owner != key}

    def _save(self):
        self._path.write_text(json.dumps(self._tokens))
