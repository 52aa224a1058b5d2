"""What the desk may know of the streaming processes."""

from __future__ import annotations

import json
from typing import Any


def test_figures_of_every_streaming_process_come_with_their_age(signed_in: Any, app: Any) -> None:
    services = app.extensions["openalgo"]
    path = services.settings.ws_stats_path
    path.parent.mkdir(parents=True, exist_ok=True)
    now = int(services.clock.now().timestamp() * 1000)
    proxy = {"delivered": 7, "conflated": 1, "dropped": 0, "slow_closed": 0, "queued": 3, "gaps": 2}
    path.write_text(json.dumps({"pid": 11, "at_ms": now - 4_000, "proxy": proxy}))
    path.with_name("ws_proxy_stats.feed.json").write_text(
        json.dumps({"pid": 12, "at_ms": now, "bus": {"lost": 0}})
    )
    path.with_name("ws_proxy_stats.proxy-1.json").write_text('{"pid": 13, "at_')
    found = signed_in.get("/ui/api/health/streaming").get_json()["data"]
    assert [row["pid"] for row in found] == [12, 11]
    assert (found[1]["proxy"], found[1]["age_seconds"]) == (proxy, 4.0)
    assert found[0]["bus"] == {"lost": 0}


def test_figures_need_a_session(app: Any) -> None:
    assert app.test_client().get("/ui/api/health/streaming").status_code == 401
