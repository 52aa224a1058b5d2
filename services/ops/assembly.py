"""What the operator's room is given of the built house."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from services.ops.room import Parts
from services.trading.desk import BrokerReads

if TYPE_CHECKING:
    from services.container import AppServices

R = TypeVar("R", bound=BrokerReads)


def observed(app: AppServices, reads: R) -> R:
    """The same reads, whose calls are timed and noted."""
    reads.observe = app.traffic.broker_called
    return reads


def operator_parts(app: AppServices) -> Parts:
    """What the operator sees of the house."""
    feed = app.feed_client
    return Parts(
        settings=app.settings, stores=app.stores, history=app.history_store, writers=app.writers,
        events=app.events, clock=app.clock, vault=app.vault, board=app.latency,
        rounds=app.rounds, streaming=app.streaming,
        accounts=lambda: app.accounts.of_broker(None), feeds=lambda: feed.feeds() if feed.connected else None,
        failing=app.connectivity.is_failing, attempts=app.users.forget_attempts_before,
        freezes=app.quantity_freezes, amendments=app.calendar_amendments, calendar=app.calendar,
    )  # fmt: skip
