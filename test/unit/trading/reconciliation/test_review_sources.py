"""One account whose plug-in breaks does not take the order updates of the others with it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from services.trading.updates.sources import OrderSources
from services.trading.updates.stream import Owner
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def test_a_listener_that_breaks_does_not_leave_the_next_account_unwatched() -> None:
    listening: list[str] = []

    def listen(session: Any, _on_update: Any) -> Any:
        if session == "broken":
            raise RuntimeError("a bug in a plug-in")
        listening.append(session)
        return lambda: None

    plugin = SimpleNamespace(
        order_stream=SimpleNamespace(listen=listen), manifest=SimpleNamespace(stream=None, poll_seconds=0.0)
    )
    owners = [Owner(user_id=1, username="ada", account_id=number, broker="b") for number in (6, 7)]
    brokers: Any = SimpleNamespace(plugin=lambda _broker: plugin)
    sessions: Any = SimpleNamespace(session=lambda account_id: "broken" if account_id == 6 else "good")
    updates: Any = SimpleNamespace()
    followed: list[Any] = []
    sources = OrderSources(
        brokers=brokers, sessions=sessions, connected=lambda: owners, updates=updates, reconciler=updates,
        clock=ManualClock(NOW), poll_seconds=5, enabled=True, follow=followed.append,
    )  # fmt: skip
    sources._follow()
    assert listening == ["good"] and followed == [[6, 7]]
