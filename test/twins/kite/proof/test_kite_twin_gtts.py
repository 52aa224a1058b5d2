"""The twin's GTTs as the vendor's own client sees them."""

import pytest
from kiteconnect import exceptions

SYMBOL = "TATAPOWER"


def terms(kite, **changes):
    last = kite.ltp([f"NSE:{SYMBOL}"])[f"NSE:{SYMBOL}"]["last_price"]
    low = round(last * 0.9, 1)
    order = {"transaction_type": "SELL", "quantity": 5, "order_type": "LIMIT", "product": "CNC", "price": low}
    return {
        "trigger_type": "single", "tradingsymbol": SYMBOL, "exchange": "NSE", "trigger_values": [low],
        "last_price": last, "orders": [order | changes],
    }  # fmt: skip


def row_of(kite, trigger_id):
    return next((row for row in kite.get_gtts() if row["id"] == trigger_id), None)


def test_a_gtt_is_set_up_changed_and_deleted(kite):
    asked = terms(kite)
    trigger_id = kite.place_gtt(**asked)["trigger_id"]
    row = row_of(kite, trigger_id)
    assert (row["status"], row["condition"]["trigger_values"]) == ("active", asked["trigger_values"])
    assert row["orders"][0]["result"] is None
    asked["orders"][0]["quantity"] = 7
    assert kite.modify_gtt(trigger_id, **asked)["trigger_id"] == trigger_id
    assert kite.get_gtt(trigger_id)["orders"][0]["quantity"] == 7
    kite.delete_gtt(trigger_id)
    assert row_of(kite, trigger_id) is None


def test_a_fired_gtt_shows_its_order_and_can_no_longer_change(kite, kite_twin):
    asked = terms(kite, transaction_type="BUY")
    trigger_id = kite.place_gtt(**asked)["trigger_id"]
    order_id = kite_twin.fire_gtt(trigger_id)["order_id"]
    row = row_of(kite, trigger_id)
    assert (row["status"], row["orders"][0]["result"]["order_result"]["order_id"]) == ("triggered", order_id)
    assert order_id in [order["order_id"] for order in kite.orders()]
    with pytest.raises(exceptions.InputException):
        kite.delete_gtt(trigger_id)
    kite.cancel_order("regular", order_id)


def test_what_kite_gtts_do_not_know_is_refused(kite):
    with pytest.raises(exceptions.InputException):
        kite.place_gtt(**terms(kite, order_type="MARKET"))
    with pytest.raises(exceptions.InputException):
        kite.place_gtt(**terms(kite, product="MIS"))
