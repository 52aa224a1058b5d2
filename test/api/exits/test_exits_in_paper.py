"""Exits in paper trading, and what a switch of the mode does to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def paper(api, desk) -> Iterator[None]:
    api.services.installation.set_analyze_mode(True)
    yield
    api.services.installation.set_analyze_mode(True)
    desk.clear()
    api.services.installation.set_analyze_mode(False)


@pytest.mark.usefixtures("paper")
def test_a_paper_position_is_exited_on_paper_only(desk, api) -> None:
    live = len(api.services.trading.live.order_book(1, "simulator"))
    name = desk.opened(10, {"stoploss": {"percent": 5}, "target": {"percent": 5}})
    desk.tick(desk.price("1.06"))
    row = desk.until(name, "triggered")
    assert (row["mode"], row["triggered_leg"]) == ("analyze", "target")
    assert [order["orderid"] for order in desk.orders()][1:] == row["orderids"]
    assert desk.position() == 0
    assert len(api.services.trading.live.order_book(1, "simulator")) == live


@pytest.mark.usefixtures("paper")
def test_square_off_ends_the_exits_without_firing_them(desk, api, monkeypatch) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    rounds = api.services.sandbox.rounds
    monkeypatch.setattr(rounds, "_is_due", lambda *_: True)
    rounds.run()
    monkeypatch.undo()
    assert desk.until(name, "ended")["reason"] == "The position is closed"
    desk.tick(desk.price("0.9"))
    assert len(desk.orders()) == 1 and desk.position() == 0


@pytest.mark.usefixtures("paper")
def test_exits_sleep_in_the_other_mode_and_wake_with_their_own(desk, api) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    api.services.installation.set_analyze_mode(False)
    desk.tick(desk.price("0.9"))
    assert desk.rows("active") == [] and desk.orders() == []
    api.services.installation.set_analyze_mode(True)
    assert desk.row(name)["status"] == "active"
    desk.tick(desk.price("0.9"))
    desk.until(name, "triggered")
    assert desk.position() == 0


@pytest.mark.usefixtures("paper")
def test_a_trailing_stop_is_drawn_while_the_other_mode_is_on(desk, api) -> None:
    name = desk.opened(10, {"trailing_stop": {"percent": 4}})
    api.services.installation.set_analyze_mode(False)
    desk.tick(desk.price("1.1"))
    desk.room.watcher.store_stops()
    api.services.installation.set_analyze_mode(True)
    assert desk.row(name)["trailing_stop"] > float(desk.ltp)


@pytest.mark.usefixtures("paper")
def test_a_reset_of_the_paper_account_ends_its_exits(desk, api) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    api.services.sandbox.rounds.days.reset(1)
    assert (desk.row(name)["status"], desk.row(name)["reason"]) == ("ended", "Account reset")
