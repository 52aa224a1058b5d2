"""Place a practice order and print three ticks, with the published SDK.

uv run app.py demo                                        # in one terminal; prints the API key
OPENALGO_API_KEY=<key> uv run --with openalgo==1.0.47 strategies/examples/first_order.py
"""

import os
import queue

from openalgo import api

key = os.environ["OPENALGO_API_KEY"]
host = os.environ.get("OPENALGO_HOST", "http://127.0.0.1:5000")
feed = os.environ.get("OPENALGO_WEBSOCKET", "ws://127.0.0.1:8765")

client = api(api_key=key, host=host, ws_url=feed)
print(client.placeorder(strategy="first", symbol="RELIANCE", exchange="NSE", action="BUY", quantity=1))
ticks = queue.Queue()
client.connect()
client.subscribe_ltp([{"exchange": "NSE", "symbol": "RELIANCE"}], on_data_received=ticks.put)
for _ in range(3):
    print(ticks.get(timeout=10))
client.disconnect()
