import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from test.twins.fyers.day import VENDORS
from test.twins.kit.fixtures import at_rest, process_of

BACK = "http://127.0.0.1/callback"


class Client:
    """A plain client of the twin with a session of its own."""

    def __init__(self, twin):
        self.twin = twin
        self.key, self.secret = twin.credentials["api_key"], twin.credentials["api_secret"]
        self.token = self.log_in()["access_token"]

    def code(self):
        query = {"client_id": self.key, "redirect_uri": BACK, "response_type": "code", "state": "S"}
        page = requests.get(
            f"{self.twin.url}/api/v3/generate-authcode", query, allow_redirects=False, timeout=5
        )
        found = parse_qs(urlsplit(page.headers["Location"]).query)
        assert (found["s"], found["state"], found["code"]) == (["ok"], ["S"], ["200"])
        return found["auth_code"][0]

    def log_in(self, code=None, secret=None):
        digest = hashlib.sha256(f"{self.key}:{secret or self.secret}".encode()).hexdigest()
        form = {"grant_type": "authorization_code", "appIdHash": digest, "code": code or self.code()}
        return requests.post(f"{self.twin.url}/api/v3/validate-authcode", json=form, timeout=5).json()

    def answer(self, method, path, body=None, **params):
        """The whole response."""
        headers = {"Authorization": f"{self.key}:{self.token}"}
        return requests.request(
            method, f"{self.twin.url}{path}", json=body, params=params, headers=headers, timeout=5
        )

    def ask(self, method, path, body=None, **params):
        """The JSON of the response."""
        return self.answer(method, path, body, **params).json()


_fyers_process = process_of(VENDORS[0].start)
twin = at_rest("_fyers_process", pace=[0.02, 0.05])


@pytest.fixture
def client(twin):
    return Client(twin)
