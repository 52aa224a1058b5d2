"""A message that is delivered again trades once; a new message trades again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

DAY = 24 * 3600


@pytest.fixture
def hook(house):
    return house.strategy(("RELIANCE", 1))


def test_the_same_webhook_three_times_at_five_seconds_is_one_order(house, hook, buy) -> None:
    """Regression catalogue 6, evidence P3: senders repeat a delivery up to three times, five seconds apart."""
    answers = []
    for _ in range(4):
        answers.append(hook.send(buy))
        hook.later(5)
    assert {answer.status_code for answer in answers} == {200}
    assert len(hook.orders()) == 1
    first, *again = (answer.get_json() for answer in answers)
    first_id = hook.deliveries()[-1][0].id
    for told in again:
        assert {name: told[name] for name in first} == first
        assert (told["duplicate"], told["duplicate_of"]) == (True, first_id)
        assert "nothing was traded" in told["note"]
    assert "duplicate" not in first
    assert [row.result for row, _ in hook.deliveries()] == ["duplicate"] * 3 + ["accepted"]
    assert [len(orders) for _, orders in hook.deliveries()] == [0, 0, 0, 1]


def test_five_equal_messages_at_once_are_one_order(house, hook, buy) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: hook.send(buy), range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted("duplicate" in answer.get_json() for answer in answers) == [False, True, True, True, True]
    assert len(hook.orders()) == 1


def test_other_content_is_another_order(house, hook, buy) -> None:
    for body in (buy, {**buy, "position_size": 2}, {**buy, "bar": "10:15"}, {**buy, "bar": "10:16"}):
        assert "duplicate" not in hook.send(body).get_json()
    assert [row.quantity for row in hook.orders()] == [1, 2, 1, 1]


def test_the_form_of_the_json_does_not_matter(house, hook) -> None:
    hook.send(raw='{"symbol":"RELIANCE","action":"buy","n":[1,{"a":1,"b":2}]}')
    again = hook.send(raw=' {"n": [1, {"b": 2, "a": 1}],\n"action": "buy", "symbol": "RELIANCE"} ')
    assert again.get_json()["duplicate"] is True


def test_the_same_content_after_the_window_trades_again(house, hook, buy) -> None:
    """The window reaches back to the accepted message: a repeat inside it does not make it longer."""
    hook.send(buy)
    hook.later(20)
    assert hook.send(buy).get_json()["duplicate"] is True
    hook.later(11)
    assert "duplicate" not in hook.send(buy).get_json()
    assert len(hook.orders()) == 2


def test_two_strategies_share_no_duplicates(house, hook, buy) -> None:
    other = house.strategy(("RELIANCE", 1))
    assert "duplicate" not in hook.send(buy).get_json()
    assert "duplicate" not in other.send(buy).get_json()


@pytest.mark.parametrize("where", ["header", "body", "number"])
def test_a_key_of_the_sender_counts_for_a_day(house, hook, buy, where) -> None:
    body = {"header": buy, "body": {**buy, "alert_id": "bar-1"}, "number": {**buy, "alert_id": 17}}[where]
    options = {"headers": {"X-Idempotency-Key": "bar-1"}} if where == "header" else {}
    hook.send(body, **options)
    hook.age(DAY - 60)
    assert hook.send(body, **options).get_json()["duplicate"] is True
    hook.age(120)
    assert "duplicate" not in hook.send(body, **options).get_json()
    assert len(hook.orders()) == 2


def test_the_same_content_under_two_keys_is_two_orders(house, hook, buy) -> None:
    for number in (1, 2):
        assert "duplicate" not in hook.send({**buy}, headers={"X-Idempotency-Key": f"k{number}"}).get_json()
    assert len(hook.orders()) == 2


def test_a_key_that_comes_with_other_content_is_refused_not_swallowed(house, hook, buy) -> None:
    hook.send({**buy, "alert_id": "Long"})
    answer = hook.send({**buy, "alert_id": "Long", "position_size": 2})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert answer.get_json()["error"] == answer.get_json()["message"]
    assert [row.result for row, _ in hook.deliveries()] == ["refused", "accepted"]


def test_a_repeat_is_answered_like_the_first_though_the_strategy_stopped_meanwhile(house, hook, buy) -> None:
    first = hook.send(buy).get_json()
    hook.settled()
    house.services.automation.strategies.change(1, hook.id, {"is_active": False})
    again = hook.send(buy)
    assert (again.status_code, again.get_json()["message"]) == (200, first["message"])


def test_a_message_that_was_refused_may_come_again(house, buy) -> None:
    hook = house.strategy(is_active=True)
    assert hook.send(buy).status_code == 400
    desk = house.services.automation.strategies
    from domain.instruments import Exchange
    from domain.orders import Product

    values = {"symbol": "RELIANCE", "exchange": Exchange.NSE, "quantity": 1, "product_type": Product.MIS}
    desk.add_mappings(1, hook.id, [values])
    assert "duplicate" not in hook.send(buy).get_json()
    assert len(hook.orders()) == 1


def test_a_window_of_zero_takes_every_message(house, hook, buy) -> None:
    inbox = house.services.automation.inbox
    before, inbox._window_ms = inbox._window_ms, 0
    try:
        hook.send(buy)
        assert "duplicate" not in hook.send(buy).get_json()
    finally:
        inbox._window_ms = before
    assert len(hook.orders()) == 2


def test_the_default_window_outlasts_three_repeats_that_each_timed_out(house) -> None:
    """Three waits of five seconds after three answers that did not come within three."""
    assert house.services.settings.webhook_dedup_seconds > 3 * (5 + 3)


def test_the_clock_set_back_keeps_a_repeat_a_repeat(house, hook, buy) -> None:
    hook.send(buy)
    hook.later(-3)
    try:
        assert hook.send(buy).get_json()["duplicate"] is True
    finally:
        hook.later(3)


def test_duplicates_are_kept_on_record_with_their_body(house, hook, buy) -> None:
    hook.send(buy)
    hook.send(buy)
    (again, orders), (first, _) = hook.settled()
    assert (again.body, again.duplicate_of, orders) == (first.body, first.id, [])
    assert json.loads(json.dumps(again.answer))["duplicate_of"] == first.id
