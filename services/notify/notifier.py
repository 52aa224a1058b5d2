"""The hook for channels (Telegram, mail, webhooks): each has a thread and a bounded queue of its own.

A channel that is slow or broken loses its own oldest messages, counted; it never delays an order or another channel.
"""

from __future__ import annotations

from typing import Protocol

from services import events
from services.notify.alerts import ALERTS, Alert, alert_of
from utils.concurrency import Lock
from utils.logging import get_logger

QUEUE = 1_000
log = get_logger(__name__)


class Channel(Protocol):
    """A way to reach a user. `deliver` has a deadline of its own and raises when the message did not go out."""

    name: str

    def deliver(self, alert: Alert) -> None:
        """Carry one message; whom it reaches by which address is the channel's business."""


class Notifier:
    """Channels are attached once, at start."""

    def __init__(self, bus: events.Events) -> None:
        self._events = bus
        self._lock = Lock()
        self._failed: dict[str, int] = {}

    def attach(self, channel: Channel) -> None:
        """From now on the channel carries every alert. Raises ValueError for a second one of the same name."""
        with self._lock:
            if channel.name in self._failed:
                raise ValueError(f"channel {channel.name} is attached already")
            self._failed[channel.name] = 0
        self._events.subscribe(
            tuple(ALERTS), lambda event: self._carry(channel, event), queue=QUEUE, policy="drop_oldest",
            name=f"notify-{channel.name}",
        )  # fmt: skip

    @property
    def failed(self) -> dict[str, int]:
        """Messages that each channel could not deliver."""
        with self._lock:
            return dict(self._failed)

    def _carry(self, channel: Channel, event: events.Event) -> None:
        alert = alert_of(event)
        if alert is None:
            return
        try:
            channel.deliver(alert)
        except Exception as error:  # noqa: BLE001 - whatever a channel does, the next message gets its chance
            with self._lock:
                self._failed[channel.name] += 1
            log.warning("an alert was not delivered", channel=channel.name, reason=type(error).__name__)
