"""Angel One's published client, unmodified, against the twin."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from test.twins.angel.sessions import PIN, SEED, totp
from utils.clock import SystemClock

CLIENT = Path(__file__).with_name("vendor_client.py")
MISSING = [name for name in ("SmartApi", "logzero", "websocket") if importlib.util.find_spec(name) is None]


@pytest.mark.skipif(bool(MISSING), reason="the dependency group `clients` is not installed")
def test_the_vendors_client_trades_and_streams_at_the_twin(twin, tmp_path):
    code = totp(SEED, SystemClock().now().timestamp())
    words = [twin.url, twin.ws_url, twin.credentials["api_key"], twin.user, PIN, code]
    command = [sys.executable, "-W", "ignore", str(CLIENT), *words]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert seen["user"] == twin.user
    assert seen["order"] == {"changed": True, "quantity": "4", "tag": "vendor"}
    assert seen["cancelled"] and seen["bought"] and seen["rules"] and seen["rule"] == "5"
    assert seen["books"]["trades"] >= 1 and int(seen["books"]["positions"]) >= 3 and seen["books"]["cash"] > 0
    assert seen["bars"] == 10 and seen["margin"] > 0 and seen["full"] > 0
    assert (seen["pushed"]["filledshares"], seen["pushed"]["ordertag"]) == ("3", "vendor")
    ticks = {int(mode): tick for mode, tick in seen["ticks"].items()}
    assert [ticks[mode]["subscription_mode_val"] for mode in (1, 2, 3)] == ["LTP", "QUOTE", "SNAP_QUOTE"]
    best = ticks[3]["best_5_buy_data"][0]["price"], ticks[3]["best_5_sell_data"][0]["price"]
    assert 0 < best[0] < best[1]
    assert (
        ticks[2]["low_price_of_the_day"] <= ticks[2]["last_traded_price"] <= ticks[2]["high_price_of_the_day"]
    )
