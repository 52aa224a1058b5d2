from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from test.twins.dhan.day import VENDORS
from test.twins.kit.fixtures import at_rest, process_of

LIVE, SANDBOX = VENDORS


_dhan_process = process_of(LIVE.start, "package")
twin = at_rest("_dhan_process", pace=[0.02, 0.05])


class Wire:
    """A plain client of the twin: no code of ours, no code of the vendor's."""

    def __init__(self, twin):
        self.twin = twin
        self.client, _, key = twin.credentials["api_key"].partition(":::")
        self.application = {"app_id": key, "app_secret": twin.credentials["api_secret"]}
        self.token = self.log_in()

    def log_in(self):
        """Consent, page, consume; answers the token."""
        url, key = self.twin.url, self.application
        consent = requests.post(
            f"{url}/app/generate-consent", params={"client_id": self.client}, headers=key, timeout=5
        )
        page = requests.get(
            f"{url}/login/consentApp-login", {"consentAppId": consent.json()["consentAppId"]},
            allow_redirects=False, timeout=5,
        )  # fmt: skip
        query = parse_qs(urlsplit(page.headers["Location"]).query)
        found = requests.get(
            f"{url}/app/consumeApp-consent", {"tokenId": query["tokenId"][0]}, headers=key, timeout=5
        )
        return found.json()["accessToken"]

    def ask(self, method, path, body=None, **headers):
        """One call; answers status and data."""
        signed = {"access-token": self.token, "client-id": self.client, **headers}
        own = None if body is None else {"dhanClientId": self.client, **body}
        found = requests.request(
            method, f"{self.twin.url}/v2{path}", json=own, timeout=5,
            headers={name: value for name, value in signed.items() if value},
        )  # fmt: skip
        return found.status_code, found.json()


@pytest.fixture
def wire(twin):
    return Wire(twin)


def order(**changes):
    """A limit order that no price of today reaches."""
    facts = {
        "transactionType": "BUY", "exchangeSegment": "NSE_EQ", "productType": "INTRADAY", "orderType": "LIMIT",
        "validity": "DAY", "quantity": 3, "price": 700, "triggerPrice": 0, "disclosedQuantity": 0,
    }  # fmt: skip
    return {**facts, **changes}


@pytest.fixture(scope="package")
def share(_dhan_process):
    """The security id of SBIN at NSE, from the public file."""
    rows = requests.get(f"{_dhan_process.url}/api-data/api-scrip-master.csv", timeout=10).text.splitlines()
    return next(row.split(",")[2] for row in rows if row.startswith("NSE,E,") and ",SBIN," in row)
