"""The newer words of the webhook: start and stop of a strategy, entries and exits of its legs, beside BUY and SELL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest


def sides(orders: list[Any]) -> list[tuple[str, str, int]]:
    return [(row.symbol, row.side.value, row.quantity) for row in orders]


def told(answer: Any) -> tuple[int, str, str | None]:
    body = answer.get_json()
    return answer.status_code, body["result"], body.get("note")


def start(hook: Any, mode: str = "live", **options: Any) -> Any:
    return hook.send({"action": "start", "mode": mode}, **options)


def stop(hook: Any) -> Any:
    return hook.send({"action": "stop"})


def leg(hook: Any, word: str, **fields: Any) -> Any:
    return hook.send({"action": word, **fields})


@pytest.fixture
def batch(house: Any) -> Any:
    """A long strategy of two legs, flat again afterwards."""
    hook = house.strategy(("MARUTI", 3), ("SUNPHARMA", 2))
    yield hook
    hook.later(61)
    stop(hook)
    hook.settled()


def test_a_start_enters_every_leg_and_a_stop_closes_what_it_entered(house, batch) -> None:
    answer = start(batch)
    body = answer.get_json()
    assert told(answer) == (200, "accepted", None)
    assert (body["status"], body["strategy_id"]) == ("success", batch.id)
    assert sides(batch.orders()) == [("MARUTI", "BUY", 3), ("SUNPHARMA", "BUY", 2)]
    (delivery, orders), *_ = batch.settled()
    assert (delivery.id, delivery.payload) == (body["run_id"], "start")
    numbers = [row.id for row in house.services.automation.strategies.get(1, batch.id)[1]]
    ended = stop(batch).get_json()
    assert (ended["result"], ended["run_id"], ended["stop_pending"]) == ("accepted", body["run_id"], True)
    assert ended["exits"] == [
        {"leg_id": number, "ok": True, "symbol": row.symbol, "exchange": "NSE"}
        for number, row in zip(numbers, orders, strict=True)
    ]
    assert sides(batch.orders())[2:] == [("MARUTI", "SELL", 3), ("SUNPHARMA", "SELL", 2)]


def test_a_start_repeated_within_a_minute_is_answered_and_not_traded(house, batch) -> None:
    first = start(batch).get_json()
    batch.later(29)
    again = start(batch)
    assert told(again) == (200, "rejected_dedupe", None)
    assert again.get_json()["run_id"] == first["run_id"]
    batch.later(32)
    assert told(start(batch)) == (409, "rejected_already_running", None)
    assert len(batch.orders()) == 2


def test_five_starts_at_once_are_one_run(house, batch) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: start(batch), range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.get_json()["run_id"] for answer in answers}) == 1
    assert sorted(told(answer)[1] for answer in answers) == ["accepted"] + ["rejected_dedupe"] * 4
    assert len(batch.orders()) == 2


def test_a_start_right_after_a_stop_has_to_cool_off(house, batch) -> None:
    start(batch)
    stop(batch)
    batch.later(10)
    assert told(start(batch)) == (409, "rejected_cooling_off", None)
    batch.later(21)
    assert told(start(batch)) == (200, "accepted", None)
    assert len(batch.orders()) == 6


def test_only_what_runs_can_be_stopped(house) -> None:
    hook = house.strategy(("MARUTI", 3))
    assert told(stop(hook)) == (409, "rejected_not_running", None)


@pytest.mark.parametrize("mode", [None, "", "LIVE", "paper", True, ["live"]])
def test_a_start_has_no_default_mode(house, mode) -> None:
    hook = house.strategy(("MARUTI", 3))
    answer = hook.send({"action": "start", "mode": mode})
    assert told(answer) == (400, "rejected_invalid_mode", None)
    assert hook.orders() == []


def test_a_start_trades_in_the_mode_it_names_or_not_at_all(house) -> None:
    hook = house.strategy(("MARUTI", 3))
    assert told(start(hook, "sandbox")) == (403, "rejected_sandbox_disabled", None)
    house.services.installation.set_analyze_mode(True)
    try:
        assert told(start(hook, "live")) == (403, "rejected_live_disabled", None)
        assert told(start(hook, "sandbox")) == (200, "accepted", None)
        assert [row.mode for row in hook.settled()[0][1]] == ["analyze"]
    finally:
        house.services.installation.set_analyze_mode(False)
    hook.later(61)
    assert told(stop(hook)) == (403, "rejected_sandbox_disabled", None), "a paper run has no live exits"
    assert hook.orders() == []


def test_a_strategy_of_both_directions_cannot_be_started(house) -> None:
    hook = house.strategy(("MARUTI", 3), trading_mode="BOTH")
    assert told(start(hook)) == (400, "rejected_no_direction", None)


def test_signals_open_and_close_a_leg_by_its_number_or_symbol(house) -> None:
    hook = house.strategy(("HINDUNILVR", 4), trading_mode="BOTH")
    number = house.services.automation.strategies.get(1, hook.id)[1][0].id
    for word, named in (
        ("long_entry", {"symbol": "hindunilvr"}), ("LONG_EXIT", {"leg_id": number}),
        ("short_entry", {"leg_id": str(number)}), ("short_exit", {"symbol": "HINDUNILVR", "exchange": "nse"}),
    ):  # fmt: skip
        answer = leg(hook, word, **named)
        assert told(answer) == (200, "accepted", None), answer.get_json()
        assert answer.get_json()["leg_id"] == number
    want = [("HINDUNILVR", side, 4) for side in ("BUY", "SELL", "SELL", "BUY")]
    assert sides(hook.orders()) == want


def test_an_exit_that_follows_its_queued_entry_is_no_exit_of_nothing(house) -> None:
    hook = house.strategy(("NESTLEIND", 4))
    house.hold()
    assert told(leg(hook, "long_entry", symbol="NESTLEIND")) == (200, "accepted", None)
    assert told(leg(hook, "long_exit", symbol="NESTLEIND")) == (200, "accepted", None)
    house.go()
    assert sides(hook.orders()) == [("NESTLEIND", "BUY", 4), ("NESTLEIND", "SELL", 4)]


def test_signals_with_nothing_to_do_are_successes_with_a_note(house) -> None:
    hook = house.strategy(("BAJFINANCE", 4), trading_mode="BOTH")
    nothing = (200, "ignored", "no_matching_position")
    assert told(leg(hook, "long_exit", symbol="BAJFINANCE")) == nothing
    leg(hook, "long_entry", symbol="BAJFINANCE")
    assert told(leg(hook, "long_entry", symbol="BAJFINANCE", bar=2)) == (200, "ignored", "already_long")
    hook.later(61)
    assert told(leg(hook, "long_entry", symbol="BAJFINANCE", bar=3)) == (200, "ignored", "already_long")
    assert told(leg(hook, "short_exit", symbol="BAJFINANCE")) == nothing
    leg(hook, "short_entry", symbol="BAJFINANCE")
    assert told(leg(hook, "short_entry", symbol="BAJFINANCE", bar=2)) == (200, "ignored", "already_short")
    leg(hook, "short_exit", symbol="BAJFINANCE", bar=2)
    assert sides(hook.orders()) == [("BAJFINANCE", side, 4) for side in ("BUY", "SELL", "SELL", "BUY")]


def test_an_entry_comes_again_after_its_position_was_closed_elsewhere(house) -> None:
    hook = house.strategy(("DRREDDY", 4))
    other = house.strategy(("DRREDDY", 4))
    leg(hook, "long_entry", symbol="DRREDDY")
    hook.settled()
    other.send({"symbol": "DRREDDY", "action": "SELL"})
    other.settled()
    hook.later(61)
    assert told(leg(hook, "long_entry", symbol="DRREDDY", bar=2)) == (200, "accepted", None)
    hook.settled()
    leg(hook, "long_exit", symbol="DRREDDY")
    assert sides(hook.orders()) == [("DRREDDY", side, 4) for side in ("BUY", "BUY", "SELL")]


def test_a_long_exit_never_covers_a_short(house) -> None:
    hook, other = house.strategy(("EICHERMOT", 4)), house.strategy(("EICHERMOT", 9), trading_mode="SHORT")
    leg(hook, "long_entry", symbol="EICHERMOT")
    hook.settled()
    other.send({"symbol": "EICHERMOT", "action": "SELL"})
    other.settled()
    assert told(leg(hook, "long_exit", symbol="EICHERMOT")) == (200, "accepted", None)
    assert hook.outcome() == "nothing"
    other.send({"symbol": "EICHERMOT", "action": "BUY"})
    assert sides(hook.orders()) == [("EICHERMOT", "BUY", 4)]


def test_an_exit_is_not_left_out_because_the_position_cannot_be_read(house) -> None:
    hook = house.strategy(("COALINDIA", 4))
    room = house.services.automation

    def broken(*_: Any) -> int:
        from domain.errors import Unavailable

        raise Unavailable("the broker does not answer")

    real, room._parts = room._parts, msgspec.structs.replace(room._parts, open_quantity=broken)
    try:
        assert told(leg(hook, "long_exit", symbol="COALINDIA")) == (200, "accepted", None)
    finally:
        room._parts = real
    assert hook.outcome() == "nothing"


REFUSED = [
    ({"action": "short_entry", "symbol": "MARUTI"}, "rejected_invalid_action"),
    ({"action": "restart"}, "rejected_invalid_input"),
    ({"action": "hold", "symbol": "MARUTI"}, "rejected_invalid_action"),
    ({"action": "long_entry"}, "rejected_invalid_input"),
    ({"action": "long_entry", "symbol": "NOTMINE"}, "rejected_no_mapping"),
    ({"action": "long_entry", "symbol": "MARUTI", "exchange": "BSE"}, "rejected_no_mapping"),
    ({"action": "long_entry", "leg_id": 10**9}, "rejected_no_mapping"),
    ({"action": "long_entry", "leg_id": True}, "rejected_no_mapping"),
    ({"action": "long_entry", "symbol": ["MARUTI"]}, "rejected_invalid_input"),
]


@pytest.mark.parametrize(("body", "result"), REFUSED)
def test_what_a_strategy_cannot_do_is_refused_with_its_word(house, body, result) -> None:
    hook = house.strategy(("MARUTI", 3))
    assert told(hook.send(body)) == (400, result, None)
    assert hook.orders() == []


def test_outside_the_hours_signals_do_nothing_and_say_which(house, around) -> None:
    ended = house.strategy(
        ("MARUTI", 3), is_intraday=True, start_time=around(-20), end_time=around(-10), squareoff_time=around(-5)
    )  # fmt: skip
    assert told(leg(ended, "long_entry", symbol="MARUTI")) == (200, "ignored", "outside_entry_window")
    assert told(start(ended)) == (200, "ignored", "outside_entry_window")
    assert told(leg(ended, "long_exit", symbol="MARUTI")) == (200, "ignored", "outside_trading_window")
    assert ended.orders() == []


def test_a_switched_off_strategy_hears_none_of_the_words(house) -> None:
    hook = house.strategy(("MARUTI", 3), is_active=False)
    for body in ({"action": "start", "mode": "live"}, {"action": "long_entry", "symbol": "MARUTI"}):
        assert told(hook.send(body)) == (400, "rejected_inactive", None)


def test_both_generations_of_words_know_of_each_other(house) -> None:
    hook = house.strategy(("GRASIM", 4))
    hook.send({"symbol": "GRASIM", "action": "BUY"})
    assert told(leg(hook, "long_entry", symbol="GRASIM")) == (200, "ignored", "already_long")
    assert told(leg(hook, "long_exit", symbol="GRASIM")) == (200, "accepted", None)
    assert sides(hook.orders()) == [("GRASIM", "BUY", 4), ("GRASIM", "SELL", 4)]
