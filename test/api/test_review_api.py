"""What happens after an order was accepted may not change its answer, and guessing keys is not free."""

from __future__ import annotations

from typing import Any

import pytest

from restx_api import edge

ORDER = {"strategy": "t", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "quantity": 1}


def test_an_accepted_order_is_answered_although_its_log_entry_fails(
    api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the store is gone")

    monkeypatch.setattr(edge, "_shown_mode", broken)
    answer = api.post("placeorder", ORDER)
    assert answer.status_code == 200 and answer.get_json()["orderid"]


def test_calls_with_wrong_keys_are_limited_by_address_and_cost_right_keys_nothing(api, monkeypatch) -> None:
    """The limit of an address is spent by failures only."""
    spent: list[tuple[str, str]] = []
    real = api.services.limits.spend
    monkeypatch.setattr(api.services.limits, "spend", lambda *call: (spent.append(call), real(*call)))
    assert api.client.post("/api/v1/funds", json={"apikey": "0" * 64}).status_code == 403
    assert [caller for _, caller in spent] == ["ip:127.0.0.1"]
    spent.clear()
    assert api.post("funds").status_code == 200
    assert [caller for _, caller in spent] == ["key:1:127.0.0.1", "key:1"]
