from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from kiteconnect import KiteConnect

from test.twins.kit.fixtures import at_rest, process_of
from test.twins.kite.process import KiteProcess

_kite_process = process_of(KiteProcess)
kite_twin = at_rest("_kite_process")


@pytest.fixture
def connect(kite_twin):
    """A logged-in vendor client, through the login page as a browser goes."""
    made = []

    def login():
        client = KiteConnect(kite_twin.api_key, root=kite_twin.url, timeout=5)
        made.append(client)
        page = requests.get(
            f"{kite_twin.url}/connect/login", {"v": "3", "api_key": kite_twin.api_key, "redirect_params": "state=abc"},
            allow_redirects=False, timeout=5,
        )  # fmt: skip
        assert page.status_code == 302
        answers = parse_qs(urlsplit(page.headers["Location"]).query)
        assert answers["state"] == ["abc"]
        session = client.generate_session(answers["request_token"][0], kite_twin.api_secret)
        client.set_access_token(session["access_token"])
        return client

    yield login
    for client in made:
        client.reqsession.close() if hasattr(client.reqsession, "close") else None


@pytest.fixture
def kite(connect):
    return connect()
