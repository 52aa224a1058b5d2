"""A program for fyers-apiv3's own environment: drives a twin by the vendor's client, and says in JSON what came.

python vendor_client.py <url> <ws url> <app id> <secret> <log folder>
"""

import json
import os
import sys
import time
from urllib.parse import parse_qs, urlsplit

import requests
from fyers_apiv3 import fyersModel
from fyers_apiv3.FyersWebsocket import data_ws, defines, order_ws

BACK = "http://127.0.0.1/callback"
SHARE, INDEX = "NSE:SBIN-EQ", "NSE:NIFTY50-INDEX"


def log_in(url, app, secret):
    """The access token, through the login page as a browser goes."""
    session = fyersModel.SessionModel(
        client_id=app, secret_key=secret, redirect_uri=BACK, response_type="code", state="S",
        grant_type="authorization_code",
    )  # fmt: skip
    page = requests.get(session.generate_authcode(), allow_redirects=False, timeout=5)
    session.set_token(parse_qs(urlsplit(page.headers["Location"]).query)["auth_code"][0])
    return session.generate_token()["access_token"]


def trade(client):
    """Each call of a day; answers what it said by name."""
    said = {"profile": client.get_profile(), "funds": client.funds(), "holdings": client.holdings()}
    said["quotes"] = client.quotes({"symbols": f"{SHARE},{INDEX}"})
    last = said["quotes"]["d"][0]["v"]["lp"]
    said["depth"] = client.depth({"symbol": SHARE, "ohlcv_flag": "1"})
    said["history"] = client.history({
        "symbol": SHARE, "resolution": "1D", "date_format": "1", "range_from": "2026-01-01", "range_to": "2026-02-20",
        "cont_flag": "0",
    })  # fmt: skip
    terms = {
        "symbol": SHARE, "qty": 5, "type": 1, "side": 1, "productType": "INTRADAY", "limitPrice": int(last * 0.95),
        "stopPrice": 0, "validity": "DAY", "disclosedQty": 0, "offlineOrder": False, "orderTag": "sdk1", "stopLoss": 0,
        "takeProfit": 0,
    }  # fmt: skip
    said["place"] = client.place_order(terms)
    name = said["place"]["id"]
    said["modify"] = client.modify_order({"id": name, "qty": 7, "type": 1, "limitPrice": int(last * 0.94)})
    said["book"] = client.orderbook()
    said["cancel"] = client.cancel_order({"id": name})
    said["market"] = client.place_order({**terms, "type": 2, "limitPrice": 0})
    said["trades"], said["positions"] = client.tradebook(), client.positions()
    leg = {"price": int(last * 0.9), "triggerPrice": int(last * 0.9), "qty": 3}
    body = {"symbol": SHARE, "side": 1, "productType": "CNC", "orderInfo": {"leg1": leg}}
    said["gtt"] = client.place_gtt_order(body)
    name = said["gtt"]["id"]
    said["gtt book"] = client.gtt_orderbook()
    said["gtt modify"] = client.modify_gtt_order({"id": name, "orderInfo": {"leg1": {**leg, "qty": 4}}})
    said["gtt cancel"] = client.cancel_gtt_order({"id": name})
    return said


def order_socket(ws_url, header, logs):
    """A list that fills with what the order socket tells."""
    told = []
    socket = order_ws.FyersOrderSocket(
        access_token=header, log_path=logs, on_orders=told.append, on_general=told.append, on_error=told.append,
        on_connect=lambda: socket.subscribe("OnOrders"), reconnect=False,
    )  # fmt: skip
    socket._FyersOrderSocket__url = f"{ws_url}/trade/v3"
    socket.connect()
    return told


def market_socket(url, ws_url, header, logs):
    """What the market socket tells in a few seconds, by kind of topic."""
    first = data_ws.SymbolConversion.__init__

    def init(self, *values):
        first(self, *values)
        self.symbols_token_api = f"{url}/data/symbol-token"

    data_ws.SymbolConversion.__init__ = init
    told = []
    socket = data_ws.FyersDataSocket(
        access_token=header, log_path=logs, litemode=False, reconnect=False, on_message=told.append,
        on_error=told.append, on_connect=lambda: None, on_close=told.append,
    )  # fmt: skip
    socket._FyersDataSocket__url = f"{ws_url}/hsm/v1-5/prod"
    socket.connect()
    socket.subscribe([SHARE, INDEX], "SymbolUpdate")
    time.sleep(1)
    socket.subscribe([SHARE], "DepthUpdate")
    time.sleep(2)
    return [message for message in told if isinstance(message, dict)]


def main():
    """See above."""
    url, ws_url, app, secret, logs = sys.argv[1:]
    fyersModel.Config.API, fyersModel.Config.DATA_API = f"{url}/api/v3", f"{url}/data"
    defines.INDEX_HSM_MAPPING_API = f"{url}/sym_details/index_hsm_mapping.json"
    token = log_in(url, app, secret)
    header = f"{app}:{token}"
    orders = order_socket(ws_url, header, logs)
    said = trade(fyersModel.FyersModel(client_id=app, token=token, is_async=False, log_path=logs))
    print(json.dumps({"said": said, "orders": orders, "market": market_socket(url, ws_url, header, logs)}))
    sys.stdout.flush()
    os._exit(0)  # the client's threads have no end


if __name__ == "__main__":
    main()
