"""The vendor's published client drives the twin; prints what it read as one JSON object.

python vendor_client.py URL WS_URL API_KEY CLIENT_CODE PIN TOTP   (in a folder of its own: the client writes logs)
"""

import json
import os
import sys
import threading

import requests


def _refuse(*_arguments, **_options):
    """The client asks a public site for its address when it is imported; no test leaves this machine."""
    raise OSError("not from a test")


asked, requests.get = requests.get, _refuse
from SmartApi import SmartConnect  # noqa: E402
from SmartApi.smartWebSocketOrderUpdate import SmartWebSocketOrderUpdate  # noqa: E402
from SmartApi.smartWebSocketV2 import SmartWebSocketV2  # noqa: E402

requests.get = asked

url, ws_url, key, user, pin, code = sys.argv[1:]
seen = {"ticks": {}}


def done(name, value):
    """Keep one thing; print and end when everything has come."""
    seen[name] = value
    if len(seen["ticks"]) == 3 and "pushed" in seen:
        print(json.dumps(seen, default=str), flush=True)
        os._exit(0)


client = SmartConnect(api_key=key, root=url, timeout=5)
SmartConnect._rootUrl = url
session = client.generateSession(user, pin, code)["data"]
client.generateToken(client.refresh_token)  # sets the new token for calls and for the feed
seen["user"] = client.getProfile(None)["data"]["clientcode"]
found = requests.get(f"{url}/OpenAPI_File/files/OpenAPIScripMaster.json", timeout=20).json()
share = next(row for row in found if (row["exch_seg"], row["symbol"]) == ("NSE", "SBIN-EQ"))
token = share["token"]
last = client.ltpData("NSE", "SBIN-EQ", token)["data"]["ltp"]
order = {
    "variety": "NORMAL", "tradingsymbol": "SBIN-EQ", "symboltoken": token, "transactiontype": "BUY", "exchange": "NSE",
    "ordertype": "LIMIT", "producttype": "INTRADAY", "duration": "DAY", "price": f"{last * 0.95:.0f}",
    "squareoff": "0", "stoploss": "0", "quantity": "3", "ordertag": "vendor",
}  # fmt: skip
placed = client.placeOrderFullResponse(dict(order))["data"]
order_id = placed["orderid"]
changed = client.modifyOrder({**order, "orderid": order_id, "quantity": "4"})
one = client.individual_order_details(placed["uniqueorderid"])["data"]
seen["order"] = {
    "changed": changed["data"]["orderid"] == order_id,
    "quantity": one["quantity"],
    "tag": one["ordertag"],
}
seen["cancelled"] = client.cancelOrder(order_id, "NORMAL")["data"]["orderid"] == order_id
seen["bought"] = client.placeOrder({**order, "ordertype": "MARKET", "price": "0"}) is not None
seen["books"] = {
    "orders": len(client.orderBook()["data"]), "trades": len(client.tradeBook()["data"]),
    "positions": client.position()["data"][0]["netqty"], "holdings": client.allholding()["data"],
    "cash": float(client.rmsLimit()["data"]["availablecash"]),
}  # fmt: skip
seen["full"] = client.getMarketData("FULL", {"NSE": [token]})["data"]["fetched"][0]["depth"]["buy"][0][
    "price"
]
span = {"fromdate": "2026-03-02 09:15", "todate": "2026-03-02 10:00"}
bars = client.getCandleData({"exchange": "NSE", "symboltoken": token, "interval": "FIVE_MINUTE", **span})
seen["bars"] = len(bars["data"])
leg = {"exchange": "NSE", "qty": 3, "price": 0, "productType": "INTRADAY", "token": token, "tradeType": "BUY"}
seen["margin"] = client.getMarginApi({"positions": [{**leg, "orderType": "MARKET"}]})["data"][
    "totalMarginRequired"
]
rule = {
    "tradingsymbol": "SBIN-EQ", "symboltoken": token, "exchange": "NSE", "producttype": "DELIVERY",
    "transactiontype": "BUY", "price": round(last * 0.9), "qty": 2, "disclosedqty": 0, "timeperiod": 365,
    "triggerprice": round(last * 0.9),
}  # fmt: skip
rule_id = client.gttCreateRule(dict(rule))
client.gttModifyRule({**rule, "id": rule_id, "qty": 5})
seen["rule"] = client.gttDetails(rule_id)["data"]["qty"]
client.gttCancelRule({"id": rule_id, "symboltoken": token, "exchange": "NSE"})
listed = client.gttLists(["CANCELLED"], 1, 10)["data"]
seen["rules"] = [row["id"] for row in listed] == [str(rule_id)]


class Ticker(SmartWebSocketV2):
    """Prices."""

    ROOT_URI = f"{ws_url}/smart-stream"

    def on_open(self, _socket):
        for mode in (1, 2, 3):
            self.subscribe("vendor", mode, [{"exchangeType": 1, "tokens": [tokens[mode]]}])

    def on_data(self, _socket, data):
        seen["ticks"][data["subscription_mode"]] = data
        done("ticks", seen["ticks"])


class Orders(SmartWebSocketOrderUpdate):
    """Order updates."""

    WEBSOCKET_URI = f"{ws_url}/smart-order-update"

    def on_message(self, _socket, message):
        found = json.loads(message)
        if found["order-status"] == "AB00":
            client.placeOrder({**order, "ordertype": "MARKET", "price": "0"})
        elif found["order-status"] == "AB05":
            done("pushed", found["orderData"])


symbols = {1: "SBIN-EQ", 2: "INFY-EQ", 3: "TCS-EQ"}
names = {row["symbol"]: row["token"] for row in found if row["exch_seg"] == "NSE"}
tokens = {mode: names[symbol] for mode, symbol in symbols.items()}
credentials = (f"Bearer {client.access_token}", key, user, client.feed_token)
for socket in (Ticker(*credentials), Orders(*credentials)):
    threading.Thread(target=socket.connect, daemon=True).start()
threading.Event().wait(20)
sys.exit(f"only {sorted(seen)} came")
