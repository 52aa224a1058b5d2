"""The vendor's own client, fyers-apiv3 3.2.0, at the twin.

It pins requests 2.31.0 and websocket-client 1.6.1 and so cannot live beside what we pin. With an interpreter that
has it, FYERS_CLIENT_PYTHON=/path/to/python, this test runs.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("vendor_client.py")
PYTHON = os.environ.get("FYERS_CLIENT_PYTHON")


@pytest.mark.skipif(PYTHON is None, reason="needs FYERS_CLIENT_PYTHON, an interpreter with fyers-apiv3")
def test_the_vendors_client_lives_a_day_at_the_twin(twin, tmp_path):
    app, secret = twin.credentials["api_key"], twin.credentials["api_secret"]
    words = [PYTHON, str(PROGRAM), twin.url, twin.ws_url, app, secret, str(tmp_path)]
    ran = subprocess.run(words, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    told = json.loads(ran.stdout.splitlines()[-1])
    assert {name: answer["s"] for name, answer in told["said"].items()} == dict.fromkeys(told["said"], "ok")
    row = next(row for row in told["said"]["book"]["orderBook"] if row["id"] == told["said"]["place"]["id"])
    assert (row["qty"], row["status"], row["orderTag"]) == (7, 6, "1:sdk1")
    pushed = [message["orders"]["status"] for message in told["orders"] if "orders" in message]
    assert pushed[-1] == 2 and 1 in pushed and 6 in pushed
    ticks = {kind: [row for row in told["market"] if row.get("type") == kind] for kind in ("sf", "if", "dp")}
    assert all(len(rows) > 1 for rows in ticks.values()), ticks
    last = told["said"]["quotes"]["d"][0]["v"]["lp"]
    assert ticks["sf"][-1]["ltp"] == pytest.approx(last, rel=0.02)
    assert ticks["dp"][-1]["bid_price1"] < ticks["dp"][-1]["ask_price1"]
