"""When the order book of an account is read next. Pure rules over what is known of the account.

an outcome is unknown         every two seconds, and again while a read hangs: it is settled within five seconds
                              after the broker can be reached; ten minutes later, if the broker answers and the book
                              proves nothing, as if an order was working
nothing is pushed             every poll interval
the stream of pushes is down  every poll interval while an order works, else six times slower
pushes come, orders work      half as often, because a push can be lost
pushes come, nothing works    not at all, but when something is heard of
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.trading.writes import Account

CLOSELY_SECONDS = 2.0
CLOSELY_FOR_MS = 600_000
READS_AT_ONCE = 3
SPACING_SECONDS = 1.0
SLOWER = 2.0
SLOWEST = 6.0


class Watch(msgspec.Struct):
    """One connected account.

    feed: its pushes come over the feed's socket, which `is_streaming` tells of (None: not heard of yet). listens: the
    plug-in pushes by itself. asked_at: when the newest read began; reads: how many are under way. wanted: something
    happened that a read must show. not_before: the broker's rate limit refused reads until then.
    """

    account: Account
    feed: bool = False
    listens: bool = False
    stop: Callable[[], None] | None = None
    is_streaming: bool | None = None
    asked_at: float | None = None
    reads: int = 0
    wanted: bool = True
    is_failing: bool = False
    not_before: float = 0.0

    @property
    def is_pushed(self) -> bool:
        """Whether changes reach us without reading."""
        return self.listens or (self.feed and self.is_streaming is not False)


def is_due(
    watch: Watch, now: float, poll_seconds: float, *, unknown_ms: int | None, works: Callable[[], bool], polls: bool
) -> bool:  # fmt: skip
    """Whether a read begins now.

    unknown_ms: age of the account's youngest write with an unknown outcome, None without any. works: an order may
    still change. polls: order updates are switched on.
    """
    if watch.asked_at is None:
        return True
    waited = now - watch.asked_at
    if now < watch.not_before:
        return False
    if watch.reads:
        # A read may hang on a connection that the outage has killed: another one goes past it.
        patience = SPACING_SECONDS if watch.wanted else CLOSELY_SECONDS
        return unknown_ms is not None and watch.reads < READS_AT_ONCE and waited >= patience
    if watch.wanted:
        return True
    pause = _pause(watch, poll_seconds, unknown_ms, works, polls)
    return pause is not None and waited >= pause


def _pause(
    watch: Watch, poll_seconds: float, unknown_ms: int | None, works: Callable[[], bool], polls: bool
) -> float | None:
    if unknown_ms is not None and (watch.is_failing or unknown_ms < CLOSELY_FOR_MS):
        return min(poll_seconds, CLOSELY_SECONDS)
    if polls and not watch.is_pushed:
        return poll_seconds if not watch.feed or works() else poll_seconds * SLOWEST
    return poll_seconds * SLOWER if unknown_ms is not None or works() else None
