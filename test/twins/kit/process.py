"""Runs a twin as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class TwinProcess:
    """The twin in `test/twins/<wire>/serve.py` on free ports, and its switches.

    url and ws_url: where it serves. user and credentials: of its first application, the latter by the names of the
    plug-in's manifest. arguments: words of its command line (see command.py).
    """

    def __init__(self, wire, data_dir, *arguments, redirect_url="http://127.0.0.1:5000/broker/callback"):
        command = [sys.executable, "-m", f"test.twins.{wire}.serve", "--data-dir", str(data_dir)]
        self._process = subprocess.Popen(
            [*command, "--redirect-url", redirect_url, *arguments],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the {wire} twin ended with {self._process.wait()}")
        ready = json.loads(line)
        self.user, self.credentials = ready["user"], ready["credentials"]
        self.port, self.ws_port = ready["port"], ready["ws_port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.ws_port}"

    def fault(self, **values):
        """Switch a fault on (see faults.py)."""
        self.control("POST", "/twin/faults", values)

    def clear_faults(self):
        """Switch all faults off."""
        self.control("DELETE", "/twin/faults")

    def rule(self, **values):
        """Change rules and limits (see twin.py)."""
        self.control("POST", "/twin/rules", values)

    def clear_rules(self):
        """Rules and limits as at the start."""
        self.control("DELETE", "/twin/rules")

    def disturb(self, **values):
        """A fault of a stream (see twin.py)."""
        self.control("POST", "/twin/stream", values)

    def kill_tokens(self):
        """Every access token dies."""
        self.control("POST", "/twin/tokens")

    def grant(self, exchange, symbol, quantity, average_price):
        """Give the user delivery shares of an earlier day, under their common name."""
        values = {
            "exchange": exchange,
            "symbol": symbol,
            "quantity": quantity,
            "average_price": average_price,
        }
        self.control("POST", "/twin/holdings", {"user": self.user, **values})

    def state(self):
        """Faults, sockets, requests and orders (see twin.py)."""
        return self.control("GET", "/twin/state")

    def stop(self):
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    def control(self, method, path, values=None):
        """One switch; answers its data."""
        body = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())["data"]
