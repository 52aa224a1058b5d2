"""Options orders over REST, on the practice exchange."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.instruments import Exchange, compact_expiry

HEAD = {"strategy": "legs", "underlying": "NIFTY", "exchange": "NSE_INDEX"}


@pytest.fixture(scope="module")
def expiry(api) -> str:
    """The second live expiry of NIFTY options: it cannot expire during the test."""
    return compact_expiry(api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")[1])


@pytest.fixture(scope="module")
def lot(api, expiry) -> int:
    asked = {
        "underlying": "NIFTY",
        "exchange": "NSE_INDEX",
        "expiry_date": expiry,
        "offset": "ATM",
        "option_type": "CE",
    }
    return api.post("optionsymbol", asked).get_json()["lotsize"]


def orders(api) -> dict[str, dict]:
    return {row["orderid"]: row for row in api.post("orderbook").get_json()["data"]["orders"]}


def test_an_option_is_ordered_by_its_place(api, expiry, lot) -> None:
    asked = {**HEAD, "expiry_date": expiry, "offset": "OTM2", "option_type": "CE", "action": "BUY", "quantity": lot, "product": "NRML"}  # fmt: skip # noqa: E501
    body = api.post("optionsorder", asked).get_json()
    assert set(body) == {
        "status", "orderid", "symbol", "exchange", "offset", "option_type", "underlying", "underlying_ltp",
    }  # fmt: skip
    assert (body["exchange"], body["offset"], body["option_type"]) == ("NFO", "OTM2", "CE")
    row = orders(api)[body["orderid"]]
    assert (row["symbol"], row["quantity"], row["product"]) == (body["symbol"], lot, "NRML")
    strike = api.post("symbol", {"symbol": body["symbol"], "exchange": "NFO"}).get_json()["data"]["strike"]
    assert 0 < strike - body["underlying_ltp"] < 200


def test_a_split_options_order_tells_its_slices(api, expiry, lot) -> None:
    asked = {
        **HEAD, "expiry_date": expiry, "offset": "ATM", "option_type": "PE", "action": "BUY", "quantity": 3 * lot,
        "splitsize": 2 * lot, "product": "MIS",
    }  # fmt: skip
    body = api.post("optionsorder", asked).get_json()
    assert "orderid" not in body and body["total_quantity"] == 3 * lot
    assert [row["quantity"] for row in body["results"]] == [2 * lot, lot]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"offset": "OTM51"}, "offset"),
        ({"offset": "middle"}, "offset"),
        ({"option_type": "XX"}, "option_type"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1}, "quantity"),
        ({"product": "CNC"}, "product"),
        ({"expiry_date": "31FEB26"}, "expiry_date"),
        ({"splitsize": 1}, "splitsize"),
    ],
)
def test_a_bad_options_order_is_refused_by_field_and_sends_nothing(api, expiry, lot, changes, field) -> None:
    before = len(orders(api))
    asked = {
        **HEAD, "expiry_date": expiry, "offset": "ATM", "option_type": "CE", "action": "BUY", "quantity": lot,
        "product": "NRML", **changes,
    }  # fmt: skip
    answer = api.post("optionsorder", asked)
    assert answer.status_code == 400 and field in answer.get_json()["errors"], answer.data
    assert len(orders(api)) == before


def leg(action: str, offset: str, quantity: int, kind: str = "CE", **changes):
    return {
        "action": action,
        "offset": offset,
        "option_type": kind,
        "quantity": quantity,
        "product": "NRML",
        **changes,
    }


def test_legs_are_answered_in_the_order_of_the_request_and_bought_before_sold(api, expiry, lot) -> None:
    before = set(orders(api))
    legs = [leg("SELL", "ATM", lot), leg("BUY", "OTM4", lot), leg("SELL", "ATM", lot, "PE"), leg("BUY", "OTM4", lot, "PE")]  # fmt: skip # noqa: E501
    body = api.post("optionsmultiorder", {**HEAD, "expiry_date": expiry, "legs": legs}).get_json()
    assert [row["leg"] for row in body["results"]] == [1, 2, 3, 4]
    assert {row["status"] for row in body["results"]} == {"success"} and body["failed_legs"] == 0
    placed = sorted(set(orders(api)) - before)
    book = orders(api)
    assert [book[order_id]["action"] for order_id in placed] == ["BUY", "BUY", "SELL", "SELL"]
    assert body["results"][0]["symbol"][:-2] == body["results"][2]["symbol"][:-2]


def test_a_leg_that_cannot_be_chosen_leaves_the_others_alone(api, expiry, lot) -> None:
    legs = [
        leg("BUY", "ATM", lot),
        leg("BUY", "OTM1", lot, expiry_date="01JAN30"),
        leg("BUY", "ATM", 2 * lot, splitsize=lot),
    ]
    body = api.post("optionsmultiorder", {**HEAD, "expiry_date": expiry, "legs": legs}).get_json()
    first, second, third = body["results"]
    assert (first["status"], second["status"], third["status"]) == ("success", "error", "success")
    assert second["code"] == "NOT_LISTED" and second["message"] and "orderid" not in second
    assert [row["quantity"] for row in third["split_results"]] == [lot, lot]
    assert body["failed_legs"] == 1


def test_one_to_twenty_legs(api, expiry, lot) -> None:
    for legs in ([], [leg("BUY", "ATM", lot)] * 21, None, "x", [{}]):
        answer = api.post("optionsmultiorder", {**HEAD, "expiry_date": expiry, "legs": legs})
        assert answer.status_code == 400 and answer.get_json()["errors"]


def test_a_repeat_under_the_same_key_orders_nothing(api, expiry, lot) -> None:
    asked = {**HEAD, "expiry_date": expiry, "legs": [leg("BUY", "ATM", lot)], "idempotency_key": "legs-1"}
    first = api.post("optionsmultiorder", asked).get_json()
    before = len(orders(api))
    assert api.post("optionsmultiorder", asked).get_json() == first
    assert len(orders(api)) == before


@pytest.mark.parametrize("way", ["closeposition", "placesmartorder"])
def test_a_position_above_the_freeze_quantity_is_closed_in_whole_lots(api, expiry, lot, way) -> None:
    asked = {
        **HEAD,
        "expiry_date": expiry,
        "offset": "ITM1",
        "option_type": "CE",
        "action": "BUY",
        "product": "NRML",
    }
    option = api.post("optionsymbol", {name: asked[name] for name in asked if name not in ("action", "product", "strategy")}).get_json()  # fmt: skip # noqa: E501
    assert option["freeze_qty"] % lot, "the case needs a freeze quantity that is no whole number of lots"
    size = (option["freeze_qty"] // lot + 3) * lot
    bought = api.post("optionsorder", {**asked, "quantity": size, "splitsize": lot * 10})
    assert bought.status_code == 200, bought.data
    named = {"strategy": "legs", "symbol": option["symbol"], "exchange": "NFO", "product": "NRML"}
    held = int(api.post("openposition", named).get_json()["quantity"])
    assert held >= size
    if way == "closeposition":
        answer = api.post(way, named)
    else:
        answer = api.post(way, {**named, "action": "SELL", "quantity": 0, "position_size": 0})
    assert answer.status_code == 200 and not answer.get_json().get("failed_closures"), answer.data
    assert int(api.post("openposition", named).get_json()["quantity"]) == 0


def rollback_legs(lot):
    return [leg("BUY", "OTM4", lot), leg("SELL", "ATM", lot), leg("BUY", "OTM4", lot, "PE")]


def failing(api, monkeypatch, error: Exception, side: str) -> None:
    """The first order of this side does not get through."""
    place, hit = api.services.trading.live.place, []

    def maybe(account_id, broker, command, priority):
        if command.terms.side.value == side and not hit:
            hit.append(command)
            raise error
        return place(account_id, broker, command, priority)

    monkeypatch.setattr(api.services.trading.live, "place", maybe)


def held(api) -> dict[str, int]:
    rows = api.post("positionbook").get_json()["data"]
    return {row["symbol"]: row["quantity"] for row in rows if row["product"] == "NRML"}


def test_rollback_trades_back_what_had_filled_when_a_leg_is_refused(api, expiry, lot, monkeypatch) -> None:
    before = held(api)
    failing(api, monkeypatch, Refused("Insufficient funds"), "SELL")
    asked = {**HEAD, "expiry_date": expiry, "legs": rollback_legs(lot), "rollback": True}
    body = api.post("optionsmultiorder", asked).get_json()
    first, second, third = body["results"]
    assert (second["status"], second["message"]) == ("error", "Insufficient funds")
    for result in (first, third):
        assert (result["status"], result["code"]) == ("error", "ROLLED_BACK") and result["orderid"]
        assert f"{lot} units had filled" in result["message"]
    assert body["failed_legs"] == 3
    after = held(api)
    assert {name: after[name] for name in after if after[name] != before.get(name, 0)} == {}


def test_rollback_sends_no_sell_when_a_buy_is_refused(api, expiry, lot, monkeypatch) -> None:
    before = orders(api)
    failing(api, monkeypatch, Refused("Insufficient funds"), "BUY")
    asked = {**HEAD, "expiry_date": expiry, "legs": rollback_legs(lot), "rollback": True}
    body = api.post("optionsmultiorder", asked).get_json()
    assert body["results"][1]["message"] == "Not sent, because another leg failed"
    new = [row for order_id, row in orders(api).items() if order_id not in before]
    assert sorted(row["action"] for row in new) == ["BUY", "SELL"]  # the other BUY, and its way back
    assert len({row["symbol"] for row in new}) == 1


def test_rollback_refuses_the_whole_call_when_a_leg_cannot_be_chosen(api, expiry, lot) -> None:
    before = len(orders(api))
    legs = [leg("BUY", "ATM", lot), leg("SELL", "OTM1", lot, expiry_date="01JAN30")]
    answer = api.post("optionsmultiorder", {**HEAD, "expiry_date": expiry, "legs": legs, "rollback": True})
    assert answer.status_code in (400, 404) and len(orders(api)) == before


def test_a_rollback_that_is_not_a_truth_value_is_refused(api, expiry, lot) -> None:
    asked = {**HEAD, "expiry_date": expiry, "legs": [leg("BUY", "ATM", lot)], "rollback": "perhaps"}
    answer = api.post("optionsmultiorder", asked)
    assert answer.status_code == 400 and "rollback" in answer.get_json()["errors"]
