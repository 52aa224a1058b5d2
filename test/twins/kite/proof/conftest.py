from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from kiteconnect import KiteConnect

from test.twins.kite.process import KiteProcess


@pytest.fixture(scope="session")
def _kite_process(tmp_path_factory):
    running = KiteProcess(tmp_path_factory.mktemp("kite"))
    yield running
    running.stop()


@pytest.fixture
def kite_twin(_kite_process):
    yield _kite_process
    _kite_process.clear_faults()
    _kite_process.clear_rules()


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
