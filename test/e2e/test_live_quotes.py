"""A client that polls is served from the feed: real program, real bus, real feed."""

from __future__ import annotations

from typing import Any

import requests
from e2e_program import Program, eventually

ASKED = {"symbol": "NESTLEIND", "exchange": "NSE"}  # of which no other test wants anything


def test_a_polled_symbol_soon_comes_from_the_feed_with_its_age_and_the_same_shape(demo: Program) -> None:
    key = demo.said("API key")
    with requests.Session() as client:

        def quote() -> requests.Response:
            answer = client.post(f"{demo.url}/api/v1/quotes", json={"apikey": key, **ASKED}, timeout=10)
            assert answer.status_code == 200, answer.text
            return answer

        first = quote()
        # Ticks count once the feed has had time to resolve the contracts that the demo has just loaded.
        fed: Any = eventually(
            lambda: (answer := quote()).headers["X-Data-Source"] == "feed" and answer,
            30.0,
            "a quote from the feed",
        )
    assert first.headers["X-Data-Source"] == "broker"
    assert int(fed.headers["X-Data-Age-Ms"]) <= 1000
    assert set(fed.json()) == {"status", "data"} and set(fed.json()["data"]) == set(first.json()["data"])
    assert fed.json()["data"]["bid"] <= fed.json()["data"]["ask"]
