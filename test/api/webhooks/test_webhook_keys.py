"""The key that a webhook stands for: what it opens holds here, too, and a position is left without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from services.accounts.keys.desk import KeyTerms
from services.accounts.users import Device
from test.support.waiting import wait_for

DEVICE = Device(ip_address="127.0.0.1", name="test")
BUY = {"action": "long_entry", "symbol": "NTPC"}
EXIT = {"action": "long_exit", "symbol": "NTPC"}


@pytest.fixture
def first_key(house) -> Iterator[Any]:
    """Change what the first key opens, for one test."""
    desk = house.services.key_desk
    (view,) = [key for key in desk.list(1) if key.is_first]

    def change(**terms: Any) -> None:
        desk.change(1, view.id, KeyTerms(name=view.name, **({"scope": "trade"} | terms)), DEVICE)

    yield change
    change()


def test_a_first_key_that_may_not_trade_takes_no_alert(house, first_key) -> None:
    hook = house.strategy(("NTPC", 3))
    for scope, code in (("read", "KEY_SCOPE"), ("data", "KEY_SCOPE"), ("paper", "KEY_PAPER_ONLY")):
        first_key(scope=scope)
        answer = hook.send({**BUY, "scope": scope})
        assert (answer.status_code, answer.get_json()["code"]) == (403, code)
    first_key()
    assert hook.send(BUY).status_code == 200
    assert hook.outcome() == "accepted"
    hook.send(EXIT)
    assert hook.outcome() == "accepted"


def test_what_is_held_is_left_by_square_off_although_the_key_has_ended(house, first_key, around) -> None:
    hook = house.strategy(("NTPC", 3), is_intraday=True, squareoff_time=around(2))
    hook.send(BUY)
    assert hook.outcome() == "accepted"
    first_key(expires_at=house.clock.now() + dt.timedelta(seconds=60))
    hook.later(130)
    answer = hook.send({**BUY, "n": 2})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "KEY_EXPIRED")
    house.services.automation.square_off.round()
    wait_for(lambda: hook.deliveries()[0][0].outcome == "accepted")
    assert hook.deliveries()[0][0].payload == "squareoff"
    assert sum(order.filled_quantity * order.side.sign for order in hook.orders()) == 0
