"""The vendor's published ticker client: prints what it read as JSON once it has seen full ticks and an order.

python vendor_ticker.py API_KEY ACCESS_TOKEN WS_URL TOKEN...
"""

import json
import os
import sys

from kiteconnect import KiteTicker

api_key, access_token, url, *texts = sys.argv[1:]
tokens = [int(text) for text in texts]
seen = {"ticks": {}, "order": None}
ticker = KiteTicker(api_key, access_token, root=url)


def report():
    """Print and end when everything has come."""
    if seen["order"] and len(seen["ticks"]) == len(tokens):
        print(json.dumps(seen, default=str), flush=True)
        os._exit(0)


def on_connect(socket, _response):
    socket.subscribe(tokens)
    socket.set_mode(socket.MODE_FULL, tokens)


def on_ticks(_socket, ticks):
    first = not seen["ticks"]
    seen["ticks"].update({tick["instrument_token"]: tick for tick in ticks if tick["mode"] == "full"})
    if first and seen["ticks"]:
        print("subscribed", flush=True)
    report()


def on_order_update(_socket, data):
    seen["order"] = data
    report()


ticker.on_connect = on_connect
ticker.on_ticks = on_ticks
ticker.on_order_update = on_order_update
ticker.connect()
