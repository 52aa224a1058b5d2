"""Runs a twin as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

KITE = Path(__file__).with_name("kite.py")


class KiteProcess:
    """The Kite twin on free ports: `url`, `ws_url`, the credentials of its application, and its switches."""

    def __init__(self, data_dir, *arguments, redirect_url="http://127.0.0.1:5000/zerodha/callback"):
        self.api_key, self.api_secret, self.user = "twinkey", "twinsecret", "AB1234"
        self._process = subprocess.Popen(
            [sys.executable, str(KITE), "--data-dir", str(data_dir), "--redirect-url", redirect_url, *arguments],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the Kite twin ended with {self._process.wait()}")
        ports = json.loads(line)
        self.port, self.ws_port = ports["port"], ports["ws_port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.ws_port}"

    def fault(self, **values):
        """Switch a fault on (see faults.py)."""
        self._control("POST", "/twin/faults", values)

    def clear_faults(self):
        """Switch all faults off."""
        self._control("DELETE", "/twin/faults")

    def demand_protection(self, on=True):
        """Whether MARKET and SL-M need `market_protection`."""
        self.rule(demands_protection=on)

    def rule(self, **values):
        """Change rules and limits (see kite.py)."""
        self._control("POST", "/twin/rules", values)

    def clear_rules(self):
        """Rules and limits as at the start."""
        self._control("DELETE", "/twin/rules")

    def disturb(self, **values):
        """A fault of the ticker (see kite.py)."""
        self._control("POST", "/twin/ticker", values)

    def fire_gtt(self, trigger_id, leg=0):
        """The market reaches a leg of a GTT; answers what became of its order."""
        return self._control("POST", "/twin/gtts", {"id": trigger_id, "leg": leg})

    def kill_tokens(self):
        """Every access token dies."""
        self._control("POST", "/twin/tokens")

    def state(self):
        """Faults, sockets, requests, orders and GTTs."""
        return self._control("GET", "/twin/state")

    def stop(self):
        """End the process."""
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    def _control(self, method, path, values=None):
        body = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())["data"]
