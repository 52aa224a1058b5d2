"""A plain client of the Angel twin: the documented headers and bodies, and nothing else."""

import json

import requests
import websockets.sync.client as ws

from test.twins.angel.rest import MASTER, OPEN, SECURE
from test.twins.angel.sessions import PIN, SEED, totp
from utils.clock import SystemClock

HEADERS = {
    "X-UserType": "USER", "X-SourceID": "WEB", "X-ClientLocalIP": "127.0.0.1", "X-ClientPublicIP": "127.0.0.1",
    "X-MACAddress": "00:00:00:00:00:00",
}  # fmt: skip


class AngelClient:
    """One application of a TwinProcess. tokens: what the login brought, by the vendor's names."""

    def __init__(self, twin):
        self.twin = twin
        self.key, self.user = twin.credentials["api_key"], twin.user
        self.tokens = {}

    def call(self, method, path, body=None, **changes):
        """The raw response of a call under the token; `changes` replace headers, None takes one away."""
        headers = {
            **HEADERS,
            "X-PrivateKey": self.key,
            "Authorization": f"Bearer {self.tokens.get('jwtToken')}",
        }
        headers = {name: text for name, text in {**headers, **changes}.items() if text is not None}
        return requests.request(method, f"{self.twin.url}{path}", json=body, headers=headers, timeout=5)

    def post(self, path, body, **changes):
        """The answer of a POST under /rest/secure/angelbroking."""
        return self.call("POST", f"{SECURE}{path}", body, **changes).json()

    def get(self, path, **changes):
        """The answer of a GET there."""
        return self.call("GET", f"{SECURE}{path}", **changes).json()

    def log_in(self, **changes):
        """The answer of a login; what it brings is kept."""
        form = {"clientcode": self.user, "password": PIN, "totp": totp(SEED, SystemClock().now().timestamp())}
        path = f"{OPEN}/user/v1/loginByPassword"
        answer = self.call("POST", path, {**form, **changes}, Authorization=None).json()
        self.tokens = answer["data"] if answer["status"] is True else self.tokens
        return answer

    def refresh(self):
        """The answer of a refresh."""
        body = {"refreshToken": self.tokens["refreshToken"]}
        return self.call("POST", f"{OPEN}/jwt/v1/generateTokens", body, Authorization=None).json()

    def master(self):
        """The scrip master by (exchange, symbol)."""
        rows = requests.get(f"{self.twin.url}{MASTER}", timeout=30).json()
        return {(row["exch_seg"], row["symbol"]): row for row in rows}

    def order(self, **changes):
        """The body of an order: ten shares at the market."""
        return {
            "variety": "NORMAL", "tradingsymbol": "SBIN-EQ", "symboltoken": self.token("SBIN-EQ"),
            "transactiontype": "BUY", "exchange": "NSE", "ordertype": "MARKET", "producttype": "INTRADAY",
            "duration": "DAY", "price": "0", "triggerprice": "0", "quantity": "10", "squareoff": "0", "stoploss": "0",
            **changes,
        }  # fmt: skip

    def token(self, symbol, exchange="NSE"):
        """The token of a trading symbol, from the master."""
        if not hasattr(self.twin, "angel_master"):
            self.twin.angel_master = self.master()
        return self.twin.angel_master[exchange, symbol]["token"]

    def last_price(self, symbol="SBIN-EQ"):
        """The last price of a share."""
        body = {"mode": "LTP", "exchangeTokens": {"NSE": [self.token(symbol)]}}
        return self.post("/market/v1/quote/", body)["data"]["fetched"][0]["ltp"]

    def dial(self, path="/smart-stream", **changes):
        """An open socket."""
        headers = {
            "Authorization": f"Bearer {self.tokens['jwtToken']}", "x-api-key": self.key, "x-client-code": self.user,
            "x-feed-token": self.tokens["feedToken"], **changes,
        }  # fmt: skip
        return ws.connect(f"{self.twin.ws_url}{path}", additional_headers=headers, max_size=None)


def ask(mode, tokens, action=1, place=1, name="test1"):
    """A request of SmartStream."""
    params = {"mode": mode, "tokenList": [{"exchangeType": place, "tokens": tokens}]}
    return json.dumps({"correlationID": name, "action": action, "params": params})
