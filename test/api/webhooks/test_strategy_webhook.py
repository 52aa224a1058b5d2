"""What a strategy's URL takes, trades, refuses and keeps on record."""

from __future__ import annotations

import json

import msgspec
import pytest
from sqlalchemy import text

from test.support.waiting import wait_for


def sides(orders) -> list[tuple[str, str, int]]:
    return [(row.symbol, row.side.value, row.quantity) for row in orders]


def test_an_alert_is_answered_at_once_and_traded_afterwards(house, buy) -> None:
    hook = house.strategy(("RELIANCE", 7))
    house.hold()
    answer = hook.send(buy)
    assert (answer.status_code, answer.get_json()) == (
        200, {"status": "success", "message": "Order queued successfully for RELIANCE"}
    )  # fmt: skip
    ((delivery, (order,)),) = hook.deliveries()
    assert (delivery.result, delivery.outcome, order.state) == ("accepted", None, "queued")
    house.go()
    (row,) = hook.orders()
    assert sides([row]) == [("RELIANCE", "BUY", 7)]
    assert (row.price_type.value, str(row.product)) == ("MARKET", "MIS")
    intent = house.services.trading.journal.by_tag(row.tag)
    assert (intent.source, intent.strategy, intent.mode) == ("webhook", hook.name, "live")
    ((delivery, (order,)),) = hook.deliveries()
    assert (delivery.outcome, order.order_id) == ("accepted", row.order_id)


@pytest.mark.parametrize(("mode", "opens", "closes"), [("LONG", "BUY", "SELL"), ("SHORT", "SELL", "BUY")])
def test_one_side_opens_and_the_other_closes_what_is_held(house, mode, opens, closes) -> None:
    symbol = {"LONG": "TITAN", "SHORT": "CIPLA"}[mode]
    hook = house.strategy((symbol, 4), trading_mode=mode)
    hook.send({"symbol": symbol, "action": opens})
    hook.send({"symbol": symbol, "action": closes})
    assert sides(hook.orders()) == [(symbol, opens, 4), (symbol, closes, 4)]
    hook.send({"symbol": symbol, "action": closes, "again": 1})
    assert hook.outcome() == "nothing"
    assert len(hook.orders()) == 2


def test_the_size_of_an_alert_overrules_the_mapped_quantity_on_entry(house) -> None:
    hook = house.strategy(("TCS", 4))
    hook.send({"symbol": "TCS", "action": "BUY", "position_size": "-9"})
    hook.send({"symbol": "TCS", "action": "BUY", "position_size": 0})
    assert sides(hook.orders()) == [("TCS", "BUY", 9), ("TCS", "BUY", 4)]


def test_in_both_mode_the_position_is_brought_to_the_size(house) -> None:
    hook = house.strategy(("ITC", 10), trading_mode="BOTH")
    for action, size in (("buy", "25"), ("sell", "-10.0"), ("SELL", 0)):
        assert hook.send({"symbol": "itc", "action": action, "position_size": size}).status_code == 200
        hook.settled()
    assert sides(hook.orders()) == [("ITC", "BUY", 25), ("ITC", "SELL", 35), ("ITC", "BUY", 10)]


REFUSED = [
    ("BOTH", {"symbol": "WIPRO", "action": "BUY"}, "Missing required fields: position_size"),
    ("BOTH", {"symbol": "WIPRO", "action": "BUY", "position_size": ""}, "Missing required fields: position_size"),
    ("BOTH", {"symbol": "WIPRO", "action": "BUY", "position_size": -1}, "BUY needs a position_size of 0 or more"),
    ("BOTH", {"symbol": "WIPRO", "action": "SELL", "position_size": 1}, "SELL needs a position_size of 0 or less"),
    ("BOTH", {"symbol": "WIPRO", "action": "BUY", "position_size": 1.5}, "must be a whole number"),
    ("LONG", {}, "No data received"),
    ("LONG", {"action": "BUY"}, "Missing required fields: symbol"),
    ("LONG", {"symbol": None, "action": ""}, "Missing required fields: symbol, action"),
    ("LONG", {"symbol": "WIPRO", "action": "hold"}, "Invalid action"),
    ("LONG", {"symbol": "WIPRO", "action": ["BUY"]}, "Invalid action"),
    ("LONG", {"symbol": "WIPRO", "action": "BUY", "position_size": True}, "must be a number"),
    ("LONG", {"symbol": "WIPRO", "action": "BUY", "position_size": "1e400"}, "too large"),
    ("LONG", {"symbol": ["WIPRO"], "action": "BUY"}, "must be text"),
    ("LONG", {"symbol": "W" * 200, "action": "BUY"}, "characters"),
    ("LONG", {"symbol": "NOTMINE", "action": "BUY"}, "No mapping found for symbol NOTMINE"),
    ("LONG", {"symbol": "WIPRO", "action": "BUY", "stocks": "WIPRO"}, "either symbol and action, or stocks"),
    ("LONG", {"symbol": "WIPRO", "action": "BUY", "alert_id": {"a": 1}}, "alert_id"),
    ("LONG", {"symbol": "WIPRO", "action": "BUY", "alert_id": "x" * 129}, "alert_id"),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "body", "words"), REFUSED)
def test_what_is_no_order_is_refused_said_twice_and_recorded(house, mode, body, words) -> None:
    hook = house.strategy(("WIPRO", 1), trading_mode=mode)
    answer = hook.send(body)
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (400, "error"), told
    assert words in told["error"] and told["message"] == told["error"]
    ((delivery, orders),) = hook.deliveries()
    assert (delivery.result, delivery.status, orders) == ("refused", 400, [])
    assert hook.orders() == []


@pytest.mark.parametrize(
    "raw", ["", "  ", "buy RELIANCE", "[1]", '{"symbol":NaN}', '"x"', "{" * 5000, "\udcff"]
)
def test_what_is_no_json_object_is_a_400_and_never_a_500(house, raw) -> None:
    hook = house.strategy(("RELIANCE", 1))
    path = f"/strategy/webhook/{hook.webhook_id}"
    data = raw.encode("utf-8", "surrogateescape")
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = house.app.test_client().post(path, data=data, content_type=kind)
        assert (answer.status_code, answer.get_json()["status"]) == (400, "error")


def test_a_message_that_is_too_large_is_refused(house) -> None:
    answer = house.strategy(("RELIANCE", 1)).send({"symbol": "x" * 70_000})
    assert (answer.status_code, answer.get_json()["code"]) == (413, "BODY_TOO_LARGE")


def test_an_inactive_strategy_trades_nothing(house, buy) -> None:
    hook = house.strategy(("RELIANCE", 1), is_active=False)
    answer = hook.send(buy)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "Strategy is inactive")
    scan = hook.send({"stocks": "RELIANCE", "scan_name": "buy it"})
    assert (scan.status_code, scan.get_json()) == (
        200, {"status": "success", "message": "Strategy is inactive"}
    )  # fmt: skip
    assert [row.result for row, _ in hook.deliveries()] == ["ignored", "refused"]


SCAN = {
    "stocks": "HDFCBANK, icicibank,INFY", "trigger_prices": "1,2,3", "triggered_at": "2:34 pm",
    "scan_name": "morning BUY", "scan_url": "x", "alert_name": "a", "webhook_url": "w",
}  # fmt: skip


def test_a_scan_trades_its_mapped_stocks_and_skips_the_others(house) -> None:
    hook = house.strategy(("HDFCBANK", 2), ("ICICIBANK", 3), platform="chartink", trading_mode="BOTH")
    answer = hook.send(SCAN, room="chartink")
    assert (answer.status_code, answer.get_json()) == (
        200, {"status": "success", "message": "Orders queued for symbols: HDFCBANK, ICICIBANK"}
    )  # fmt: skip
    assert sides(hook.orders()) == [("HDFCBANK", "BUY", 2), ("ICICIBANK", "BUY", 3)]
    hook.send(SCAN | {"scan_name": "time to SELL"}, room="chartink")
    assert sides(hook.orders())[2:] == [("HDFCBANK", "SELL", 2), ("ICICIBANK", "SELL", 3)]


def test_a_scan_may_also_sell_short_and_cover(house) -> None:
    hook = house.strategy(("LT", 2), platform="chartink", trading_mode="BOTH")
    hook.send(SCAN | {"stocks": "LT", "scan_name": "buyback Short"}, room="chartink")
    hook.send(SCAN | {"stocks": "LT", "scan_name": "COVER_now"}, room="chartink")
    assert sides(hook.orders()) == [("LT", "SELL", 2), ("LT", "BUY", 2)]


@pytest.mark.parametrize("name", ["Buyback breakout", "SELL SHORT", "shorting", "", 5])
def test_a_scan_without_one_clear_word_is_refused(house, name) -> None:
    hook = house.strategy(("SBIN", 2), platform="chartink", trading_mode="BOTH")
    answer = hook.send(SCAN | {"scan_name": name}, room="chartink")
    assert (answer.status_code, answer.get_json()["status"]) == (400, "error")
    assert hook.orders() == []


def test_a_scan_of_unmapped_stocks_is_a_warning(house) -> None:
    hook = house.strategy(("SBIN", 2), platform="chartink", trading_mode="BOTH")
    for stocks in ("TCS", " , "):
        answer = hook.send(SCAN | {"stocks": stocks}, room="chartink")
        assert (answer.status_code, answer.get_json()) == (
            200, {"status": "warning", "message": "No orders were queued"}
        )  # fmt: skip


def test_either_url_takes_either_payload(house) -> None:
    hook = house.strategy(("AXISBANK", 1))
    alert = hook.send({"symbol": "AXISBANK", "action": "buy"}, room="chartink")
    assert alert.get_json()["message"] == "Order queued successfully for AXISBANK"
    scan = hook.send({"stocks": "AXISBANK", "scan_name": "sell"})
    assert scan.get_json()["message"] == "Orders queued for symbols: AXISBANK"
    assert sides(hook.orders()) == [("AXISBANK", "BUY", 1), ("AXISBANK", "SELL", 1)]


def test_outside_its_hours_an_intraday_strategy_trades_nothing(house, buy, around) -> None:
    late = house.strategy(("RELIANCE", 1), is_intraday=True, end_time=around(0))
    answer = late.send(buy)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "OUTSIDE_HOURS")
    assert late.send({"symbol": "RELIANCE", "action": "SELL"}).status_code == 200
    over = house.strategy(("RELIANCE", 1), is_intraday=True, squareoff_time=around(0))
    assert over.send({"symbol": "RELIANCE", "action": "SELL"}).get_json()["code"] == "OUTSIDE_HOURS"
    early = house.strategy(("RELIANCE", 1), is_intraday=True, start_time=around(2))
    assert early.send({"symbol": "RELIANCE", "action": "SELL"}).get_json()["code"] == "OUTSIDE_HOURS"
    no_times = house.strategy(("RELIANCE", 1), is_intraday=True)
    assert no_times.send(buy).status_code == 200


def test_an_unknown_id_is_a_404_that_says_nothing_and_changes_nothing(house, buy) -> None:
    hook = house.strategy(("RELIANCE", 1))
    hook.webhook_id = hook.webhook_id[:-1] + ("0" if hook.webhook_id[-1] != "0" else "1")
    answer = hook.send(buy | {"apikey": "secret-text"})
    assert (answer.status_code, answer.get_json()["error"]) == (404, "Invalid webhook ID")
    assert b"secret-text" not in answer.data and b"RELIANCE" not in answer.data
    assert hook.deliveries() == []


def test_the_url_is_no_page_of_the_desk(house) -> None:
    answer = house.app.test_client().get(f"/strategy/webhook/{house.strategy().webhook_id}")
    assert (answer.status_code, answer.get_json()["status"]) == (404, "error")


def test_a_delivery_is_kept_with_its_sender_and_without_secrets(house) -> None:
    hook = house.strategy(("RELIANCE", 1))
    body = {"symbol": "RELIANCE", "action": "buy", "apikey": "k" * 64, "nested": {"password": "hush"}}
    hook.send(body, environ_base={"REMOTE_ADDR": "52.89.214.238"}, headers={"X-Idempotency-Key": "a-1"})
    ((delivery, _),) = hook.settled()
    assert (delivery.source_address, delivery.dedup_key) == ("52.89.214.238", "a-1")
    assert delivery.body == {
        "symbol": "RELIANCE", "action": "buy", "apikey": "***", "nested": {"password": "***"}
    }  # fmt: skip


def test_the_id_is_stored_nowhere_in_clear(house, buy) -> None:
    hook = house.strategy(("RELIANCE", 1))
    hook.send(buy)
    hook.settled()
    services = house.services

    def paths() -> set[str]:
        with services.stores.logs.reading() as unit:
            return set(unit.session.scalars(text("SELECT path FROM traffic_logs")))

    wait_for(lambda: "/strategy/webhook/***" in paths())
    folder = services.stores.data_dir / "db"
    found = [path.name for path in folder.glob("*.db*") if hook.webhook_id.encode() in path.read_bytes()]
    assert found == []
    assert not any(hook.webhook_id in path for path in paths())


def test_without_an_api_key_of_its_owner_nothing_is_taken(house, buy) -> None:
    hook = house.strategy(("RELIANCE", 1))
    room = house.services.automation
    real, room._parts = room._parts, msgspec.structs.replace(room._parts, keyed=lambda caller: caller)
    try:
        answer = hook.send(buy)
    finally:
        room._parts = real
    assert (answer.status_code, answer.get_json()["error"]) == (401, "No API key found")


def test_the_answer_has_the_form_that_senders_read(house, buy) -> None:
    answer = house.strategy(("RELIANCE", 1)).send(buy)
    assert answer.mimetype == "application/json"
    assert b'"status":"success"' in answer.data and json.loads(answer.data)["message"]
