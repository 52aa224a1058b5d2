import gzip
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from test.twins.kit.fixtures import at_rest, process_of
from test.twins.upstox.day import VENDORS

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


_running = process_of(VENDORS[0].start)
twin = at_rest("_running", pace=[0.02, 0.05])


@pytest.fixture(scope="session")
def listed(_running):
    """Rows of the instrument file, shares of NSE and its indices only."""
    where = f"{_running.url}/market-quote/instruments/exchange/complete.json.gz"
    rows = json.loads(gzip.decompress(requests.get(where, timeout=60).content))
    return [row for row in rows if row["segment"] in ("NSE_EQ", "NSE_INDEX")]
