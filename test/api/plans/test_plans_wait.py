"""Plans of a semi-auto key wait as a whole and are executed as a whole."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.instruments import Exchange, compact_expiry

ITEM = {"exchange": "NSE", "action": "BUY", "quantity": 2, "product": "MIS", "pricetype": "MARKET"}


def expiry(api) -> str:
    listed: list[dt.date] = api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")
    return compact_expiry(listed[1])


def options(api, **changes):
    head = {"strategy": "wait", "underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": expiry(api)}
    leg = {"offset": "ATM", "option_type": "CE", "action": "BUY", "quantity": 65, "product": "NRML"}
    return {**head, **changes, "legs": [leg, {**leg, "option_type": "PE"}]}


PLANS = {
    "placesmartorder": ("smartorder", lambda api: {**ITEM, "strategy": "wait", "symbol": "LT", "position_size": 3}, 1),
    "basketorder": (
        "basketorder",
        lambda api: {"strategy": "wait", "orders": [{**ITEM, "symbol": "SBIN"}, {**ITEM, "symbol": "TCS"}]}, 2,
    ),
    "splitorder": ("splitorder", lambda api: {**ITEM, "strategy": "wait", "symbol": "INFY", "splitsize": 1}, 2),
    "optionsmultiorder": ("optionsmultiorder", options, 2),
}  # fmt: skip


def principal(api):
    return api.services.callers.principal(1, "ui")


def book(api) -> int:
    return len(api.post("orderbook").get_json()["data"]["orders"])


@pytest.mark.parametrize("route", PLANS)
def test_a_plan_waits_as_a_whole_and_is_executed_on_approval(semi, route) -> None:
    name, body, orders = PLANS[route]
    before = book(semi)
    answer = semi.post(route, body(semi))
    queued = answer.get_json()
    assert (answer.status_code, queued["mode"]) == (200, "semi_auto"), answer.data
    assert "orderid" not in queued and "results" not in queued
    assert book(semi) == before
    done = semi.services.approvals.decisions.approve(principal(semi), queued["pending_id"])
    assert (done.api_type, done.outcome) == (name, "accepted")
    assert book(semi) == before + orders


def test_a_plan_with_a_bad_order_is_refused_and_not_queued(semi) -> None:
    body = {"strategy": "wait", "orders": [{**ITEM, "symbol": "SBIN"}, {**ITEM, "symbol": "NOSUCH"}]}
    answer = semi.post("basketorder", body)
    assert answer.status_code == 400 and "orders.1" in answer.get_json()["errors"]


def test_no_key_switches_live_trading_on_while_orders_wait(semi) -> None:
    _, body, _ = PLANS["splitorder"]
    assert semi.post("splitorder", body(semi)).status_code == 200
    assert semi.post("analyzer/toggle", {"mode": True}).status_code == 200
    refused = semi.post("analyzer/toggle", {"mode": False})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "ORDERS_WAITING")
    semi.services.approvals.decisions.reject_all(principal(semi))
    assert semi.post("analyzer/toggle", {"mode": False}).status_code == 200
