"""Shows the twin to the Socket.IO 2 client library that the vendor's SDKs are built on; outside the gate.

    python -m test.twins.xts.proof.socketio_v2

Those releases (python-socketio 4.6, python-engineio 3.13) cannot be installed beside ours, so `uv` gives them an
environment of their own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from test.twins.kit.process import TwinProcess

CLIENT = Path(__file__).with_name("socketio_v2_client.py")
LIBRARIES = (
    "python-socketio==4.6.0",
    "python-engineio==3.13.0",
    "websocket-client==1.8.0",
    "requests",
    "six",
)
HOSTS = (
    ("/apimarketdata", "", "JSON", "Full", "1502-json-full"),
    ("/apimarketdata", "", "JSON", "Partial", "1502-json-partial"),
    ("/apibinarymarketdata", "narrow", "Binary", "Full", "xts-binary-packet"),
    ("/apibinarymarketdata", "wide", "Binary", "Full", "xts-binary-packet"),
)


def shown(prefix, layout, publish_format, mode):
    """What the client heard, by event."""
    with tempfile.TemporaryDirectory() as folder:
        twin = TwinProcess("xts", folder, "--set", f"prefix={prefix}", "--set", f"layout={layout}")
        try:
            command = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable]
            command += [word for each in LIBRARIES for word in ("--with", each)]
            command += ["python", str(CLIENT), twin.url, twin.ws_url, prefix, publish_format, mode]
            return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        finally:
            twin.stop()


def main():
    """Exit code 0 when every host was read."""
    for prefix, layout, publish_format, mode, event in HOSTS:
        heard = shown(prefix, layout, publish_format, mode)
        assert {"joined", "1105-json-partial", event, "logout"} <= heard.keys(), heard
        print(prefix, layout or "no binary", publish_format, mode, "read:", heard[event][:60])


if __name__ == "__main__":
    main()
