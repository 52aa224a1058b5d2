"""Upstox's logins: codes of the login page, and of the sockets' addresses."""

from test.twins.kit import sessions


class Sessions(sessions.Sessions):
    """See the kit's."""

    def token_of(self, key):
        """The living token of an application, blank for none."""
        return self._tokens.get(key, "")
