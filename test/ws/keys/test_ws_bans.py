"""Guessing at the streaming port: banned addresses are refused at the door, and wrong keys count towards a ban."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from domain.errors import NotAuthenticated
from services.accounts.keys.guesses import CODE
from services.bans.desk import BanDesk
from services.bans.elsewhere import WRITE_SECONDS, WrongKeys
from services.bans.reading import AGE_SECONDS, BanList
from test.stores import open_stores
from utils.clock import ManualClock
from websocket_proxy.wiring import HouseGate

NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
STRANGER = "203.0.113.9"


class Keys:
    """Knows one key."""

    def admit(self, key: str, _need: Any, _address: str) -> str:
        if key == "of a disabled user":
            raise NotAuthenticated("This account is disabled", code="USER_DISABLED")
        if key != "right":
            raise NotAuthenticated("wrong", code=CODE)
        return "its owner"


def gate_of(stores: Any, clock: ManualClock) -> HouseGate:
    services: Any = SimpleNamespace(
        api_keys=Keys(), tickets=None, callers=None, ban_list=BanList(stores.logs, clock),
        wrong_keys=WrongKeys(stores.logs, clock), vault=SimpleNamespace(digest=lambda _what, text: f"d{text}" * 6),
    )  # fmt: skip
    return HouseGate(services)


def guess(gate: HouseGate, key: str, address: str = STRANGER) -> None:
    with pytest.raises(NotAuthenticated):
        gate.verify(key, address)


def test_a_banned_address_is_refused_before_it_may_say_a_word(run: Any, world: Any) -> None:
    async def scenario() -> None:
        async with world() as w:
            w.house.is_banned = lambda address: address == "127.0.0.1"
            with pytest.raises(InvalidStatus) as refused:
                await w.client(login=False)
            assert refused.value.response.status_code == 403
            assert w.figures["clients"] == 0
            w.house.is_banned = lambda _address: False
            await w.client()

    run(scenario)


def test_who_guesses_keys_here_is_banned_everywhere(tmp_path: Path) -> None:
    stores, clock = open_stores(tmp_path), ManualClock(NOW)
    desk, gate = BanDesk(stores.logs, clock), gate_of(stores, clock)
    desk.change({"auto_ban": True, "wrong_key_threshold": 3, "wrong_key_hours": 1})
    guess(gate, "a")
    guess(gate, "b")
    assert gate.verify("right", STRANGER) == "its owner"
    desk.flush()
    assert not desk.is_banned(STRANGER)
    clock.advance(WRITE_SECONDS)
    guess(gate, "\ud800")
    guess(gate, "c", "127.0.0.1")
    desk.flush()
    assert desk.is_banned(STRANGER) and not desk.is_banned("127.0.0.1")
    clock.advance(AGE_SECONDS)
    assert gate.is_banned(STRANGER)
    guess(gate, "right")
    stores.close()


def test_the_right_key_of_a_disabled_user_is_told_apart_and_bans_nobody(tmp_path: Path) -> None:
    stores, clock = open_stores(tmp_path), ManualClock(NOW)
    desk, gate = BanDesk(stores.logs, clock), gate_of(stores, clock)
    desk.change({"auto_ban": True, "wrong_key_threshold": 1})
    for _ in range(3):
        clock.advance(WRITE_SECONDS)
        with pytest.raises(NotAuthenticated, match="disabled"):
            gate.verify("of a disabled user", STRANGER)
    desk.flush()
    assert not desk.is_banned(STRANGER)
    stores.close()
