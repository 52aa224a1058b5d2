"""The vendor's published ticker client: prints what happens to it, a word of JSON a line.

python vendor_watcher.py API_KEY ACCESS_TOKEN WS_URL TOKEN
"""

import json
import sys

from kiteconnect import KiteTicker

api_key, access_token, url, token = sys.argv[1:]
ticker = KiteTicker(api_key, access_token, root=url, reconnect_max_delay=5)


def tell(*words):
    print(json.dumps(words, default=str), flush=True)


def on_connect(socket, _response):
    tell("connected")
    socket.subscribe([int(token)])
    socket.set_mode(socket.MODE_FULL, [int(token)])


ticker.on_connect = on_connect
ticker.on_ticks = lambda _socket, ticks: tell("ticks", ticks[0]["mode"])
ticker.on_close = lambda _socket, code, reason: tell("closed", code, reason)
ticker.on_error = lambda _socket, code, reason: tell("error", code, reason)
ticker.connect()
