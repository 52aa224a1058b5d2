"""Kite's logins: a request token of the login page is traded in with a checksum that needs the secret."""

import hashlib

from test.twins.kit import sessions


class Sessions(sessions.Sessions):
    """See the kit's; Kite ends every token some time before 07:30."""

    def trade_in(self, api_key, request_token, checksum):
        """(user, access token), or None when any of the three is wrong."""
        if api_key not in self.apps or self.key_of_code(request_token) != api_key:
            return None
        secret, user = self.apps[api_key]
        if hashlib.sha256(f"{api_key}{request_token}{secret}".encode()).hexdigest() != checksum:
            return None
        self.redeem(request_token)
        return user, self.open(api_key)
