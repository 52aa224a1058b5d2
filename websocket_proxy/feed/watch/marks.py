"""One instrument under watch: when it last ticked, how often it usually does, and what other sources say of it."""

from __future__ import annotations

import math
from enum import IntEnum

from domain.market import Quote
from websocket_proxy.feed.runtime import RouteKey
from websocket_proxy.feed.watch.pulse import Pulse
from websocket_proxy.feed.watch.terms import WatchTerms

_CHECKS = 2


class MarkStep(IntEnum):
    """How far the doubt about one instrument went. LOST: it trades and its connection brings no ticks of it."""

    CALM = 0
    ASKED = 1
    CHECKED = 2
    LOST = 3


class Mark:
    """`heard_at` and `quote` are set by whoever hears its ticks; everything else is the watchdog's."""

    __slots__ = (
        "answered_at",
        "checked_at",
        "checks",
        "excused_at",
        "first_check",
        "group",
        "heard_at",
        "key",
        "line",
        "moved_at",
        "name",
        "pardon",
        "placed_at",
        "pulse",
        "quote",
        "rest",
        "step",
        "step_at",
    )  # fmt: skip

    def __init__(
        self, key: RouteKey, name: str, line: int, group: str, now: float, *, canary: bool = False
    ) -> None:
        self.key = key
        self.name = name
        self.line = line
        self.group = group
        self.placed_at = now
        self.excused_at = now
        self.heard_at = -math.inf
        self.quote: Quote | None = None
        self.pulse = Pulse(canary=canary)
        self.step = MarkStep.CALM
        self.step_at = now
        self.pardon = 1.0
        self.rest = 1.0
        self.answered_at = -math.inf
        self.checks = 0
        self.checked_at = now
        self.first_check: Quote | None = None
        self.moved_at: float | None = None

    def patience(self, line_since: float, terms: WatchTerms) -> float:
        """Seconds of silence from which it is doubted. Of one whose rate is not known yet silence says nothing, but
        asking again costs next to nothing: soon at first, and half as often each time.
        """
        if self.heard_at < max(self.placed_at, line_since) and math.isinf(self.pulse.patience):
            usual = terms.first
        elif self.pulse.is_known:
            usual = min(self.pulse.patience, terms.audit)
        else:
            usual = min(terms.young * self.rest, terms.audit)
        return usual * self.pardon

    def go(self, step: MarkStep, now: float) -> None:
        """Change step."""
        self.step, self.step_at = step, now
        if step is MarkStep.ASKED:
            self.rest *= 2
        if step is MarkStep.CHECKED:
            self.forget_checks()

    def end_session(self) -> None:
        """Nothing is expected of it until its next session, in which it is asked for as soon as in its first."""
        self.calm()
        self.rest = 1.0

    def calm(self) -> None:
        """It ticks, or nothing is expected of it. The tick that came for asking is no part of its rhythm."""
        if self.step is not MarkStep.CALM:
            self.answered_at = self.heard_at
        self.step = MarkStep.CALM
        self.pardon = 1.0
        self.first_check = None
        self.forget_checks()

    def excuse(self, now: float, terms: WatchTerms) -> None:
        """Its silence is real: start over, and doubt it later next time."""
        self.step = MarkStep.CALM
        self.excused_at = now
        self.pardon = min(terms.most_pardon, self.pardon * 2)
        self.forget_checks()

    def forget_checks(self) -> None:
        """Evidence is collected anew. A first quote stands: of what never ticked it is all that is known."""
        self.checks = 0
        self.moved_at = None

    def check(self, quote: Quote | None, asked_at: float, now: float) -> None:
        """What a quote says that was asked for at `asked_at`; None when the broker has none."""
        if self.heard_at >= asked_at:
            return
        if not self.checks:
            self.checked_at = now
        self.checks += 1
        known = self.quote or self.first_check
        if known is None:
            self.first_check = quote
        elif quote is not None and self.moved_at is None and moved(known, quote):
            self.moved_at = now

    def is_proven(self, now: float, terms: WatchTerms) -> bool:
        """It traded, and its tick has had time to arrive."""
        return self.moved_at is not None and self.heard_at < self.moved_at <= now - terms.proof

    def is_quiet(self, now: float, terms: WatchTerms) -> bool:
        """It was checked for a while and did not trade."""
        return self.checks >= _CHECKS and self.moved_at is None and now - self.checked_at >= terms.quiet


def moved(known: Quote, now: Quote) -> bool:
    """Whether something traded between two quotes. The volume decides where both carry one; an index has none."""
    if known.volume and now.volume:
        return now.volume > known.volume
    return now.ltp != known.ltp
