"""A Socket.IO 2 client as the vendor's SDK uses it: prints as JSON what each event brought first. See socketio_v2.py.

python socketio_v2_client.py REST_URL WS_URL PREFIX PUBLISH_FORMAT BROADCAST_MODE
"""

import json
import sys
import time

import requests
import socketio

url, ws_url, prefix, publish_format, mode = sys.argv[1:]
KEYS = {"appKey": "twinkey_market", "secretKey": "twinsecret_market", "source": "WebAPI"}
EVENTS = ("joined", "1502-json-full", "1502-json-partial", "1105-json-partial", "xts-binary-packet", "logout")
seen = {}


def log_in():
    return requests.post(f"{url}{prefix}/auth/login", json=KEYS, timeout=10).json()["result"]


def until(*names):
    """Wait for one of the events."""
    deadline = time.monotonic() + 10
    while not seen.keys() & set(names):
        assert time.monotonic() < deadline, f"none of {names}, only {list(seen)}"
        time.sleep(0.02)


login = log_in()
client = socketio.Client()
for event in EVENTS:
    client.on(event, lambda data, event=event: seen.setdefault(event, data))
query = f"token={login['token']}&userID={login['userID']}&publishFormat={publish_format}&broadcastMode={mode}"
client.connect(
    f"{ws_url.replace('ws', 'http', 1)}/?{query}",
    transports=["websocket"],
    socketio_path=f"{prefix}/socket.io",
)
body = {"instruments": [{"exchangeSegment": 1, "exchangeInstrumentID": 1}], "xtsMessageCode": 1502}
head = {"authorization": login["token"]}
requests.post(
    f"{url}{prefix}/instruments/subscription", json=body, headers=head, timeout=10
).raise_for_status()
until("1502-json-full", "1502-json-partial", "xts-binary-packet")
log_in()
until("logout")
print(json.dumps({name: data.hex() if isinstance(data, bytes) else data for name, data in seen.items()}))
client.disconnect()
