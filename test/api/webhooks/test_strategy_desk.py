"""The desk of strategies: set-up by a signed-in browser, and nothing about other people's strategies."""

from __future__ import annotations

import pytest

from test.support.browser import SignedIn

ROOT = "/ui/api/strategies"
NEW = {
    "name": "Morning run", "platform": "TradingView", "trading_mode": "both", "is_intraday": True,
    "start_time": "09:20", "end_time": "15:00", "squareoff_time": "15:10",
}  # fmt: skip
MAPPING = {"symbol": "reliance", "exchange": "nse", "quantity": 5, "product_type": "mis"}


@pytest.fixture(scope="module")
def desk(house) -> SignedIn:
    return SignedIn(house.app)


@pytest.fixture
def made(desk):
    """A new strategy, gone afterwards."""
    row = desk.data("POST", ROOT, NEW)
    yield row
    desk.send("DELETE", f"{ROOT}/{row['id']}")


def test_a_new_strategy_shows_its_url_once(desk, made) -> None:
    assert made["name"] == "tradingview_Morning run"
    assert made["webhook_url"] == f"http://127.0.0.1:5000/strategy/webhook/{made['webhook_id']}"
    form, _, secret = made["webhook_id"].partition("_")
    assert (form, len(bytes.fromhex(secret)) * 8) == ("oaws", 256)
    shown = desk.send("GET", f"{ROOT}/{made['id']}")
    listed = desk.send("GET", ROOT)
    for answer in (shown, listed):
        assert made["webhook_id"].encode() not in answer.data
    view = shown.get_json()["data"]
    assert {name: view[name] for name in NEW} == {
        **NEW, "name": "tradingview_Morning run", "platform": "tradingview", "trading_mode": "BOTH"
    }  # fmt: skip
    assert (view["is_active"], view["mappings"]) == (True, [])


def test_the_desk_says_what_a_strategy_may_be(desk) -> None:
    terms = desk.get(f"{ROOT}/terms")
    assert terms["trading_modes"] == ["LONG", "SHORT", "BOTH"]
    assert {"tradingview", "amibroker", "chartink"} <= set(terms["platforms"])


def test_a_scanner_strategy_has_the_scanners_url(desk) -> None:
    row = desk.data("POST", ROOT, {**NEW, "name": "scan", "platform": "chartink"})
    assert f"/chartink/webhook/{row['webhook_id']}" in row["webhook_url"]
    wrong = desk.send(
        "POST", f"{ROOT}/{row['id']}/mappings",
        {"mappings": [{"symbol": "NIFTY29DEC26FUT", "exchange": "NFO", "quantity": 65, "product_type": "NRML"}]},
    )  # fmt: skip
    assert (wrong.status_code, wrong.get_json()["errors"]) == (400, {"exchange": ["must be NSE or BSE"]})
    desk.send("DELETE", f"{ROOT}/{row['id']}")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "ab"}, "name"), ({"name": "x" * 51}, "name"), ({"name": "a/b/c"}, "name"),
        ({"platform": "nowhere"}, "platform"), ({"trading_mode": "UP"}, "trading_mode"),
        ({"start_time": "9:20"}, "start_time"), ({"start_time": "24:00"}, "start_time"),
        ({"start_time": "15:00"}, "end_time"), ({"squareoff_time": "14:59"}, "squareoff_time"),
        ({"end_time": None, "squareoff_time": "09:20"}, "squareoff_time"),
        ({"is_intraday": "maybe"}, "is_intraday"), ({"surprise": 1}, "surprise"), ({"account_id": "x"}, "account_id"),
    ],
)  # fmt: skip
def test_what_a_strategy_cannot_be_is_refused_under_its_field(desk, changes, field) -> None:
    answer = desk.send("POST", ROOT, NEW | changes)
    body = answer.get_json()
    assert (answer.status_code, body["status"], list(body["errors"])) == (400, "error", [field])


def test_times_may_be_missing_and_a_name_only_once(desk, made) -> None:
    again = desk.send("POST", ROOT, NEW)
    assert (again.status_code, again.get_json()["code"]) == (409, "NAME_TAKEN")
    free = dict.fromkeys(("start_time", "end_time", "squareoff_time"))
    row = desk.data("PUT", f"{ROOT}/{made['id']}", {**free, "name": "Evening"})
    assert (row["name"], row["start_time"], row["is_intraday"]) == ("tradingview_Evening", None, True)
    bad = desk.send("PUT", f"{ROOT}/{made['id']}", {"start_time": "10:00", "end_time": "09:00"})
    assert bad.status_code == 400
    assert desk.data("GET", f"{ROOT}/{made['id']}")["end_time"] is None


def test_an_account_must_be_the_users_own(desk, made) -> None:
    assert desk.data("PUT", f"{ROOT}/{made['id']}", {"account_id": 1})["account_id"] == 1
    assert desk.send("PUT", f"{ROOT}/{made['id']}", {"account_id": 99}).status_code == 404
    assert desk.send("POST", ROOT, {**NEW, "name": "other", "account_id": 99}).status_code == 404


def test_mappings_are_added_changed_and_removed(desk, made) -> None:
    path = f"{ROOT}/{made['id']}/mappings"
    rows = desk.data("POST", path, {"mappings": [MAPPING, {**MAPPING, "symbol": "SBIN", "exchange": "BSE"}]})
    assert [(row["symbol"], row["exchange"], row["quantity"], row["product_type"]) for row in rows] == [
        ("RELIANCE", "NSE", 5, "MIS"), ("SBIN", "BSE", 5, "MIS"),
    ]  # fmt: skip
    changed = desk.data("PUT", f"{path}/{rows[0]['id']}", {**MAPPING, "quantity": 9})
    assert changed[0]["quantity"] == 9
    assert desk.data("DELETE", f"{path}/{rows[0]['id']}") == [changed[1]]
    assert desk.send("DELETE", f"{path}/{rows[0]['id']}").status_code == 404
    assert desk.send("PUT", f"{path}/{rows[0]['id']}", MAPPING).status_code == 404
    taken = desk.send("POST", path, {"mappings": [MAPPING, {**MAPPING, "symbol": "SBIN"}]})
    assert (taken.status_code, taken.get_json()["code"]) == (409, "SYMBOL_TAKEN")
    assert desk.data("GET", f"{ROOT}/{made['id']}")["mapping_count"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"exchange": "NSE_INDEX"}, "exchange"), ({"exchange": "LSE"}, "exchange"),
        ({"product_type": "NRML"}, "product_type"), ({"quantity": 0}, "quantity"), ({"quantity": 1.5}, "quantity"),
        ({"quantity": -3}, "quantity"), ({"symbol": ""}, "symbol"), ({"quantity": None}, "quantity"),
        ({"symbol": "NIFTY29DEC26FUT", "exchange": "NFO", "product_type": "MIS", "quantity": 7}, "quantity"),
    ],
)  # fmt: skip
def test_what_cannot_be_traded_is_not_mapped(desk, made, changes, field) -> None:
    answer = desk.send("POST", f"{ROOT}/{made['id']}/mappings", {"mappings": [{**MAPPING, **changes}]})
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (400, "error")
    assert next(iter(body["errors"])).endswith(field), body


def test_a_symbol_that_the_broker_does_not_list_is_refused_with_its_neighbours(desk, made) -> None:
    wrong = desk.send(
        "POST", f"{ROOT}/{made['id']}/mappings", {"mappings": [{**MAPPING, "symbol": "RELIANC"}]}
    )
    assert (wrong.status_code, wrong.get_json()["code"]) == (400, "UNKNOWN_SYMBOL")


def test_a_new_id_ends_the_old_one(house, desk, made) -> None:
    fresh = desk.data("POST", f"{ROOT}/{made['id']}/webhook")
    assert fresh["webhook_id"] != made["webhook_id"] and fresh["webhook_id"] in fresh["webhook_url"]
    client = house.app.test_client()
    assert client.post(f"/strategy/webhook/{made['webhook_id']}", data="{}").status_code == 404
    assert client.post(f"/strategy/webhook/{fresh['webhook_id']}", data="{}").status_code == 400


def test_switching_off_and_on(desk, made) -> None:
    assert desk.data("POST", f"{ROOT}/{made['id']}/deactivate")["is_active"] is False
    assert desk.data("POST", f"{ROOT}/{made['id']}/activate")["is_active"] is True
    assert desk.data("PUT", f"{ROOT}/{made['id']}", {"is_active": False})["is_active"] is False


def test_deliveries_are_shown_newest_first_with_their_orders(house, desk) -> None:
    hook = house.strategy(("RELIANCE", 2))
    hook.send({"symbol": "RELIANCE", "action": "buy", "apikey": "hidden"})
    hook.send({"symbol": "NOPE", "action": "buy"})
    hook.settled()
    path = f"{ROOT}/{hook.id}/deliveries"
    refused, accepted = desk.data("GET", path)
    assert (refused["result"], refused["http_status"], refused["orders"]) == ("refused", 400, [])
    assert (accepted["outcome"], accepted["body"]["apikey"]) == ("accepted", "***")
    (order,) = accepted["orders"]
    assert (order["symbol"], order["side"], order["quantity"], order["outcome"]) == (
        "RELIANCE",
        "BUY",
        "2",
        "accepted",
    )
    assert order["order_id"] in {row.order_id for row in house.book()}
    assert desk.data("GET", f"{path}?limit=1&before={refused['id']}") == [accepted]
    assert desk.send("GET", f"{path}?limit=0").status_code == 400


def test_nobody_sees_or_touches_the_strategy_of_another_user(house, made) -> None:
    services = house.services
    stranger = 2
    strategies, missing = services.automation.strategies, []
    for attempt in (
        lambda: strategies.get(stranger, made["id"]),
        lambda: strategies.change(stranger, made["id"], {"is_active": False}),
        lambda: strategies.rotate(stranger, made["id"]),
        lambda: strategies.delete(stranger, made["id"]),
        lambda: strategies.add_mappings(stranger, made["id"], []),
        lambda: strategies.remove_mapping(stranger, made["id"], 1),
        lambda: services.automation.deliveries(stranger, made["id"], 1, None),
    ):
        with pytest.raises(Exception, match="no such strategy") as raised:
            attempt()
        missing.append(raised.value.code)
    assert set(missing) == {"UNKNOWN_STRATEGY"}


def test_a_browser_that_is_not_signed_in_gets_nothing(house) -> None:
    client = house.app.test_client()
    assert client.get(ROOT).status_code == 401
    assert client.post(ROOT, json=NEW).status_code in (401, 403)


def test_a_deleted_strategy_leaves_its_deliveries_on_record(house, desk) -> None:
    hook = house.strategy(("RELIANCE", 2))
    hook.send({"symbol": "RELIANCE", "action": "buy"})
    delivery = hook.settled()[0][0].id
    assert desk.data("DELETE", f"{ROOT}/{hook.id}") == {"deleted": hook.id}
    assert hook.send({"symbol": "RELIANCE", "action": "buy"}).status_code == 404
    from database.automation.deliveries import Deliveries

    with house.services.stores.main.reading() as unit:
        row = Deliveries(unit).get(delivery)
    assert (row.strategy, row.strategy_id, row.outcome) == (hook.name, None, "accepted")
