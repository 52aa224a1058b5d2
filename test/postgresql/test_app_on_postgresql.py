"""The app on PostgreSQL, from the webhook to the drift report: what a removed account leaves, legs, paper, limits."""

from __future__ import annotations

from typing import Any

import pytest

from domain.instruments import Exchange
from domain.orders import Product
from test.api.records.test_removed_accounts import (
    account,
    removal,
    test_everything_that_a_removed_account_left_open_ends_with_its_reason,
    test_paper_books_of_a_removed_account_are_emptied,
    test_the_number_of_a_removed_account_is_never_given_again,
)
from test.support.waiting import wait_for

# Collected here as well, on the app of this folder.
__all__ = [
    "account",
    "removal",
    "test_everything_that_a_removed_account_left_open_ends_with_its_reason",
    "test_paper_books_of_a_removed_account_are_emptied",
    "test_the_number_of_a_removed_account_is_never_given_again",
]


@pytest.mark.parametrize("mode", ["live", "sandbox"])
def test_a_strategy_is_started_and_stopped_and_its_orders_are_explained(api: Any, mode: str) -> None:
    services = api.services
    desk = services.automation.strategies
    fields = {"name": f"pg {mode}", "platform": "python", "trading_mode": "LONG", "is_intraday": False}
    row, webhook_id = desk.create(1, fields)
    mapping = {"symbol": "SBIN", "exchange": Exchange.NSE, "quantity": 3, "product_type": Product.MIS}
    desk.add_mappings(1, row.id, [mapping])
    services.installation.set_analyze_mode(mode == "sandbox")
    try:
        for body in ({"action": "start", "mode": mode}, {"action": "stop"}):
            answer = api.client.post(f"/strategy/webhook/{webhook_id}", json=body)
            assert (answer.status_code, answer.get_json()["result"]) == (200, "accepted"), answer.data
            wait_for(
                lambda: all(item.outcome for item, _ in services.automation.deliveries(1, row.id, 9, None))
            )
        outcomes = [item.outcome for item, _ in services.automation.deliveries(1, row.id, 9, None)]
        assert outcomes == ["accepted", "accepted"]
        wait_for(lambda: api.get("driftreport").get_json()["data"]["unexplained"] == 0)
    finally:
        services.installation.set_analyze_mode(False)


def test_limits_and_switches_refuse_what_they_should(api: Any, order: Any) -> None:
    services = api.services
    user = services.callers.principal(1, "ui")
    services.trading.risk.switch("account:1", True, "test", user)
    assert api.post("placeorder", order()).status_code == 403
    services.trading.risk.switch("account:1", False, "", user)
    assert api.post("placeorder", order()).status_code == 200
