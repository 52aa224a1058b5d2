"""One connection under watch, and the steps taken when it falls silent."""

from __future__ import annotations

import math
from enum import IntEnum

import msgspec

from websocket_proxy.feed.runtime import RouteKey
from websocket_proxy.feed.watch.marks import Mark
from websocket_proxy.feed.watch.pulse import patience_of
from websocket_proxy.feed.watch.terms import WatchTerms


class Step(IntEnum):
    """The ladder. Each step is taken when the one before did not help, and taken back when ticks return."""

    CALM = 0
    PING = 1
    RESUBSCRIBE = 2
    RECONNECT = 3
    POLL = 4
    ALARM = 5


class Action(msgspec.Struct, frozen=True):
    """What is to be done to a connection: PING, RESUBSCRIBE (all, or `keys`) or RECONNECT."""

    step: Step
    line: int
    keys: tuple[RouteKey, ...] = ()
    reason: str = ""


class Line:
    """A connection. is_live: logged in. waits: there is no broker session to connect with.

    down_since: since when it brings nothing because it is down, through logins that did not last; None while it is up.
    alarm: why its owner was called; it stands until all is calm, so that a tick now and then does not call again.
    is_told: whether the doubt is said aloud. A silence that may well be chance is checked quietly.
    """

    def __init__(self, number: int, now: float) -> None:
        self.number = number
        self.is_live = False
        self.waits = False
        self.why_down = ""
        self.since = now
        self.down_since: float | None = now
        self.excused_at = now
        self.step = Step.CALM
        self.step_at = now
        self.pardon = 1.0
        self.retries = 0
        self.ponged_at = -math.inf
        self.renewed_at = -math.inf
        self.reason = ""
        self.alarm = ""
        self.is_told = False

    @property
    def name(self) -> str:
        """As people count."""
        return f"Connection {self.number + 1}"

    def go(self, step: Step, now: float, reason: str, *, told: bool = True) -> None:
        """Change step. told: whether it is said aloud, or only checked."""
        self.step, self.step_at, self.reason = step, now, reason
        self.is_told = self.is_told or told
        if step is Step.ALARM:
            self.alarm = reason

    def calm(self) -> None:
        """All is as it should be."""
        self.step = Step.CALM
        self.reason = self.alarm = ""
        self.is_told = False
        self.pardon = 1.0
        self.retries = 0

    def end_waiting(self) -> None:
        """Somebody is logged in again: that nobody was is all it was blamed for."""
        if self.waits:
            self.calm()

    def excuse(self, now: float, terms: WatchTerms) -> None:
        """Nothing trades: start over, and doubt later next time."""
        pardon = min(terms.most_pardon, self.pardon * 2)
        self.calm()
        self.excused_at, self.pardon = now, pardon

    def step_back(self, now: float) -> None:
        """Ticks return. Asking again brings the last value of what does not trade: no reason to ask again."""
        self.step = Step(self.step - 1) if self.step > Step.RESUBSCRIBE else Step.CALM
        self.step_at = now
        if self.step is Step.CALM:
            self.calm()

    def is_retry_due(self, now: float, terms: WatchTerms) -> bool:
        """Whether a connection that stays mute is to be dialled once more."""
        pause = terms.retry * min(8, 2**self.retries)
        return self.is_live and now - max(self.renewed_at, self.since) >= pause


class View:
    """What one look at the instruments of a connection shows; only those in session count.

    suspects: silent for longer than they usually are. doubted: those for which steps were taken. rate: what is expected
    of all together; sure_rate: of those that were watched for long.
    """

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.doubted: list[Mark] = []
        self.suspects: list[Mark] = []
        self.heard_at = -math.inf
        self.opened = math.inf
        self.rate = 0.0
        self.sure_rate = 0.0
        self.judged = 0

    @property
    def patience(self) -> float:
        """How long all of them together are silent by chance; infinite when too rare to say."""
        return patience_of(self.rate)

    @property
    def sure_patience(self) -> float:
        """The same of what was watched for long."""
        return patience_of(self.sure_rate)

    @property
    def is_broadly_mute(self) -> bool:
        """Whether half of those that tick often do not."""
        loud = sum(1 for mark in self.suspects if math.isfinite(mark.pulse.patience))
        return loud >= 3 and 2 * loud >= self.judged

    def is_proven(self, now: float, terms: WatchTerms) -> bool:
        """Whether any of them traded without a tick."""
        return any(mark.is_proven(now, terms) for mark in self.marks)

    def is_quiet(self, now: float, terms: WatchTerms) -> bool:
        """Whether all of them were checked and none traded."""
        return all(mark.is_quiet(now, terms) for mark in self.marks)
