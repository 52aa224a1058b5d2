"""When the order book of an account is read next. Pure rules over what is known of the account.

an outcome is unknown         every second, every two while reads fail, and again past a read that hangs: it is settled
                              within five seconds after the broker can be reached; ten minutes later, if the broker
                              answers and the book proves nothing, as if an order was working
nothing is pushed             every second while an order works, inside a share of the broker's read budget; else every
                              poll interval
pushes come, orders work      every other poll interval, because a push can be lost
pushes come, nothing works    once a minute, because the line may be mute and orders may come from elsewhere
the market is closed          never faster than once a minute, with pushes and no order every ten
reads fail                    twice as long after each, up to a minute, unless an outcome is unknown

Reads of one account never overlap but past one that hangs while an outcome is unknown (ADR 0037).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.trading.writes import Account

CLOSELY_SECONDS = 2.0
CLOSELY_FOR_MS = 600_000
READS_AT_ONCE = 3
SPACING_SECONDS = 1.0
FAST_SECONDS = 1.0
SLOWER = 2.0
SAFETY_SECONDS = 60.0
CLOSED_SECONDS = 60.0
CLOSED_SAFETY_SECONDS = 600.0
LONGEST_BACKOFF = 60.0
# The rounds come once a second: one that is a hair early must not cost a whole second.
SLACK_SECONDS = 0.1


class Watch(msgspec.Struct):
    """One connected account.

    feed: its pushes come over a socket of the feed, which `is_streaming` tells of (None: not heard of yet); own_socket:
    over one of their own. listens: the
    plug-in pushes by itself. fast_seconds: how often its book may be read at most. asked_at: when the newest read
    began; reads: how many are under way; failures: how many failed one after the other. wanted: something happened
    that a read must show at once; touched: we changed something, which the next read within the
    budget's share will show. not_before: the broker's rate limit refused reads until then.
    """

    account: Account
    feed: bool = False
    own_socket: bool = False
    listens: bool = False
    fast_seconds: float = FAST_SECONDS
    stop: Callable[[], None] | None = None
    is_streaming: bool | None = None
    asked_at: float | None = None
    reads: int = 0
    failures: int = 0
    wanted: bool = True
    touched: bool = False
    not_before: float = 0.0

    @property
    def is_pushed(self) -> bool:
        """Whether changes reach us without reading."""
        return self.listens or (self.feed and self.is_streaming is not False)

    def touch(self, now: float) -> bool:
        """We changed something at the broker; whether a read may show it now."""
        if self.is_pushed or self.touched:
            return False
        self.touched = True
        return self.is_rested(now)

    def is_rested(self, now: float) -> bool:
        """Whether another read keeps within the budget's share."""
        return self.asked_at is None or now - self.asked_at + SLACK_SECONDS >= self.fast_seconds


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides about one account now.

    poll_seconds: how often an idle book is read where nothing is pushed. unknown_ms: age of the account's youngest
    write with an unknown outcome, None without any. works: an order may still change. is_open: a market of the broker
    trades. polls: order updates are switched on.
    """

    poll_seconds: float
    unknown_ms: int | None
    works: Callable[[], bool]
    is_open: Callable[[], bool]
    polls: bool


def is_due(watch: Watch, now: float, facts: Facts) -> bool:
    """Whether a read begins now."""
    if watch.asked_at is None:
        return True
    waited = now - watch.asked_at + SLACK_SECONDS
    if now < watch.not_before:
        return False
    if watch.reads:
        # A read may hang on a connection that the outage has killed: another one goes past it.
        patience = SPACING_SECONDS if watch.wanted else CLOSELY_SECONDS
        return facts.unknown_ms is not None and watch.reads < READS_AT_ONCE and waited >= patience
    if watch.wanted and (facts.unknown_ms is not None or not watch.failures):
        return True
    if watch.touched and not watch.failures and watch.is_rested(now):
        return True
    pause = _pause(watch, facts)
    return pause is not None and waited >= pause


def _pause(watch: Watch, facts: Facts) -> float | None:
    if facts.unknown_ms is not None and (watch.failures or facts.unknown_ms < CLOSELY_FOR_MS):
        return max(watch.fast_seconds, CLOSELY_SECONDS) if watch.failures else watch.fast_seconds
    pause = _interval(watch, facts)
    if pause is None or not watch.failures:
        return pause
    return max(pause, min(pause * 2.0**watch.failures, LONGEST_BACKOFF))


def _interval(watch: Watch, facts: Facts) -> float | None:
    works = facts.unknown_ms is not None or facts.works()
    if not facts.polls:
        return facts.poll_seconds * SLOWER if works else None
    if watch.is_pushed:
        pause = facts.poll_seconds * SLOWER if works else SAFETY_SECONDS
    else:
        pause = watch.fast_seconds if works else max(watch.fast_seconds, facts.poll_seconds)
    if facts.is_open():
        return pause
    idle = watch.is_pushed and not works
    return max(pause, CLOSED_SAFETY_SECONDS if idle else CLOSED_SECONDS)
