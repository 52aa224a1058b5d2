import gzip
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from test.twins.kit.process import TwinProcess

CALLBACK = "http://127.0.0.1:5000/upstox/callback"


def code_of(twin, **changes):
    """What the login page hands to the browser."""
    query = {
        "response_type": "code",
        "client_id": twin.credentials["api_key"],
        "redirect_uri": CALLBACK,
        "state": "s",
    }
    page = requests.get(
        f"{twin.url}/v2/login/authorization/dialog", {**query, **changes}, allow_redirects=False, timeout=5
    )
    assert page.status_code == 302, page.text
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))


@pytest.fixture(scope="session")
def _running(tmp_path_factory):
    twin = TwinProcess("upstox", tmp_path_factory.mktemp("upstox"))
    twin.rule(pace=[0.02, 0.05])
    yield twin
    twin.stop()


@pytest.fixture(scope="session")
def listed(_running):
    """Rows of the instrument file, shares of NSE and its indices only."""
    where = f"{_running.url}/market-quote/instruments/exchange/complete.json.gz"
    rows = json.loads(gzip.decompress(requests.get(where, timeout=10).content))
    return [row for row in rows if row["segment"] in ("NSE_EQ", "NSE_INDEX")]


@pytest.fixture
def twin(_running):
    yield _running
    _running.clear_faults()
    _running.clear_rules()
    _running.rule(pace=[0.02, 0.05])
