import contextlib
from urllib.parse import urlencode

import pytest
import requests
import websockets.sync.client as ws

from test.twins.kit.process import TwinProcess

USER = "AB1234"


class Client:
    """A plain client of one host: both logins, calls with the right token, sockets."""

    def __init__(self, twin, prefix):
        self.twin, self.prefix = twin, prefix
        self.tokens = {}

    def log_in(self, kind="interactive"):
        names = (
            ("api_key", "api_secret") if kind == "interactive" else ("api_key_market", "api_secret_market")
        )
        key, secret = (self.twin.credentials[name] for name in names)
        path = "/interactive/user/session" if kind == "interactive" else f"{self.prefix}/auth/login"
        body = {"appKey": key, "secretKey": secret, "source": "WebAPI"}
        answer = requests.post(f"{self.twin.url}{path}", json=body, timeout=5).json()
        assert answer["type"] == "success", answer
        self.tokens[kind] = answer["result"]["token"]
        return answer

    def call(self, method, path, body=None, kind=None, **query):
        """The whole response; paths without a slash in front are calls of the market-data application."""
        kind = kind or ("interactive" if path.startswith("/interactive") else "market")
        url = self.twin.url + (path if path.startswith("/") else f"{self.prefix}/{path}")
        head = {"authorization": self.tokens.get(kind, "")}
        return requests.request(method, url, json=body, params=query, headers=head, timeout=30)

    def result(self, method, path, body=None, **query):
        """`result` of a call that must go well."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code == 200 and answer.json()["type"] == "success", answer.text
        return answer.json()["result"]

    def socket(self, kind="market", **query):
        """The URL of a socket."""
        path = f"{self.prefix}/socket.io/" if kind == "market" else "/interactive/socket.io/"
        asked = {"token": self.tokens[kind], "userID": USER, "transport": "websocket", "EIO": "3", **query}
        return f"{self.twin.ws_url}{path}?{urlencode(asked)}"


@pytest.fixture(scope="module")
def _json_host(tmp_path_factory):
    running = TwinProcess("xts", tmp_path_factory.mktemp("json"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def _binary_host(tmp_path_factory):
    words = ("--set", "prefix=/apibinarymarketdata", "--set", "layout=wide")
    running = TwinProcess("xts", tmp_path_factory.mktemp("binary"), *words)
    yield running
    running.stop()


@pytest.fixture
def client(_json_host):
    yield from _client(_json_host, "/apimarketdata")


@pytest.fixture
def binary_client(_binary_host):
    yield from _client(_binary_host, "/apibinarymarketdata")


def _client(twin, prefix):
    twin.rule(pace=[0.02, 0.05])
    made = Client(twin, prefix)
    made.log_in()
    made.log_in("market")
    yield made
    twin.clear_faults()
    twin.clear_rules()


@pytest.fixture
def dial():
    with contextlib.ExitStack() as stack:
        yield lambda url: stack.enter_context(
            ws.connect(url, ping_interval=None, close_timeout=0.2, max_size=None)
        )
