"""The rules of the watchdog: when a step is taken and when it is taken back."""

from __future__ import annotations

import math
from collections.abc import Iterable

from websocket_proxy.feed.watch.lines import Action, Line, Step, View
from websocket_proxy.feed.watch.marks import Mark, MarkStep
from websocket_proxy.feed.watch.terms import WatchTerms


class Ladder:
    """Changes the steps of lines and marks; answers what has to be done."""

    def __init__(self, terms: WatchTerms, *, can_poll: bool, stand_in: str) -> None:
        self._terms = terms
        self._can_poll = can_poll
        self._instead = stand_in
        self._poll_failing_since: float | None = None

    def poll_answered(self, now: float) -> None:
        """The broker answers quotes."""
        self._poll_failing_since = None

    def poll_failed(self, now: float) -> None:
        """The broker answers no quotes."""
        if self._poll_failing_since is None:
            self._poll_failing_since = now

    def polled(self, line: Line, view: View) -> Iterable[Mark]:
        """The instruments that are asked for by quotes now."""
        if not self._can_poll or line.waits:
            return ()
        if line.step >= Step.POLL or (line.step is Step.RESUBSCRIBE and line.is_live):
            return view.marks
        return (mark for mark in view.doubted if mark.step >= MarkStep.CHECKED)

    def judge(self, line: Line, view: View, last_beat: float, now: float) -> list[Action]:
        """One look at a connection."""
        if not view.marks:
            line.calm()
            return []
        if not line.is_live:
            self._stand_in(line, now)
            return []
        if view.heard_at > max(last_beat, line.since) or now - line.since >= self._terms.down:
            line.down_since = None
        if view.heard_at > last_beat and not view.is_broadly_mute:
            if line.step is not Step.CALM:
                line.step_back(now)
            line.pardon = 1.0
            return []
        if line.step is Step.CALM:
            return self._doubt(line, view, now)
        return self._climb(line, view, now)

    def _stand_in(self, line: Line, now: float) -> None:
        """The connection is down: quotes stand in for it while somebody is logged in, and its owner hears of it."""
        gone = now - (line.since if line.down_since is None else line.down_since)
        if line.waits:
            if gone >= self._terms.signed_out and line.step is not Step.ALARM:
                line.go(Step.ALARM, now, f"No market data in session: {line.why_down}")
        elif gone >= self._terms.alarm:
            if line.step is not Step.ALARM:
                line.go(Step.ALARM, now, self._stood_in(f"{line.name} is down: {line.why_down}"))
        elif gone >= self._terms.down and line.step < Step.POLL:
            line.go(Step.POLL, now, self._stood_in(f"{line.name} is down: {line.why_down}"))

    def _stood_in(self, text: str) -> str:
        return f"{text}; {self._instead}" if self._can_poll else text

    def _doubt(self, line: Line, view: View, now: float) -> list[Action]:
        silence = now - max(view.heard_at, line.since, line.excused_at, view.opened)
        patience = view.patience
        if math.isinf(patience):
            unheard = view.heard_at < max(line.since, view.opened)
            patience = self._terms.first if unheard else self._terms.mute
        if silence <= patience * line.pardon and not view.is_broadly_mute:
            return []
        told = view.is_broadly_mute or patience <= self._terms.aloud
        line.go(Step.PING, now, f"{line.name} brings no ticks", told=told)
        return [Action(Step.PING, line.number)]

    def _climb(self, line: Line, view: View, now: float) -> list[Action]:
        waited = now - line.step_at
        if line.step is Step.PING:
            if waited < self._terms.ping and line.ponged_at < line.step_at:
                return []
            alive = ", although it answers" if line.ponged_at >= line.step_at else ""
            self._check_anew(view)
            line.go(
                Step.RESUBSCRIBE, now, f"{line.name} brings no ticks{alive}; everything was asked for again",
                told=False,
            )  # fmt: skip
            return [Action(Step.RESUBSCRIBE, line.number)]
        if line.step is Step.RESUBSCRIBE:
            return self._after_asking(line, view, waited, now)
        if line.step is Step.RECONNECT:
            if now - max(line.step_at, line.since) >= self._terms.reconnect:
                self._check_anew(view)
                line.go(Step.POLL, now, self._stood_in(f"{line.name} brings no ticks, not even anew"))
            return []
        return self._while_polled(line, view, waited, now)

    def _after_asking(self, line: Line, view: View, waited: float, now: float) -> list[Action]:
        if waited < self._terms.resubscribe:
            return []
        certain = self._is_certain(line, view) or (view.is_broadly_mute and line.pardon == 1)
        if certain or view.is_proven(now, self._terms):
            return [self._renew(line, now, f"{line.name} is mute")]
        if view.is_quiet(now, self._terms) or not self._can_poll or self._is_unanswered(now):
            self._excuse(line, view, now)
        return []

    def _is_certain(self, line: Line, view: View) -> bool:
        """Whether the silence alone proves enough: it is far from usual, and was not found harmless just before."""
        return view.sure_patience <= self._terms.certain and line.pardon == 1

    def _is_unanswered(self, now: float) -> bool:
        failing = self._poll_failing_since
        return failing is not None and now - failing >= self._terms.down

    def _excuse(self, line: Line, view: View, now: float) -> None:
        line.excuse(now, self._terms)
        for mark in view.suspects:
            mark.excuse(now, self._terms)

    def _while_polled(self, line: Line, view: View, waited: float, now: float) -> list[Action]:
        unanswered = self._is_unanswered(now)
        if view.is_proven(now, self._terms):
            self._alarm(line, now, self._stood_in(f"{line.name} brings no ticks of what trades"))
        elif unanswered or not self._can_poll:
            if not self._is_certain(line, view):
                self._excuse(line, view, now)
            elif waited >= self._terms.down:
                self._alarm(line, now, f"{line.name} brings no ticks and quotes cannot be read")
        elif view.is_quiet(now, self._terms) and waited >= self._terms.reconnect:
            self._excuse(line, view, now)
        if line.step >= Step.POLL and line.is_retry_due(now, self._terms):
            line.retries += 1
            line.renewed_at = now
            return [Action(Step.RECONNECT, line.number, reason=f"{line.name} stays mute")]
        return []

    @staticmethod
    def _alarm(line: Line, now: float, reason: str) -> None:
        if line.step is not Step.ALARM:
            line.go(Step.ALARM, now, reason)

    @staticmethod
    def _check_anew(view: View) -> None:
        for mark in view.marks:
            mark.forget_checks()

    @staticmethod
    def _renew(line: Line, now: float, reason: str) -> Action:
        line.renewed_at = now
        line.go(Step.RECONNECT, now, f"{reason}; it is dialled anew")
        return Action(Step.RECONNECT, line.number, reason=reason)

    def judge_marks(self, line: Line, view: View, now: float) -> list[Action]:
        """Single instruments of a connection that is well."""
        for mark in view.doubted:
            self._follow(mark, now)
        fresh = [mark for mark in view.suspects if mark.step is MarkStep.CALM and mark.excused_at < now]
        for mark in fresh:
            mark.go(MarkStep.ASKED, now)
        actions = []
        if fresh:
            actions.append(Action(Step.RESUBSCRIBE, line.number, tuple(mark.key for mark in fresh)))
        lost = [mark for mark in view.doubted if mark.step is MarkStep.LOST]
        if lost and now - line.renewed_at >= self._terms.spare:
            names = ", ".join(mark.name for mark in lost[:3])
            actions.append(self._renew(line, now, f"{names}: trades without ticks"))
        return actions

    def _follow(self, mark: Mark, now: float) -> None:
        if mark.step is MarkStep.ASKED and now - mark.step_at >= self._terms.resubscribe:
            if self._can_poll:
                mark.go(MarkStep.CHECKED, now)
            else:
                mark.excuse(now, self._terms)
        elif mark.step is MarkStep.CHECKED:
            if mark.is_proven(now, self._terms):
                mark.go(MarkStep.LOST, now)
            elif mark.is_quiet(now, self._terms):
                mark.excuse(now, self._terms)

    def is_lost_for_good(self, line: Line, mark: Mark, now: float) -> bool:
        """Whether even a new connection brings no ticks of an instrument that trades."""
        return (
            mark.step is MarkStep.LOST
            and line.is_live
            and now - max(mark.step_at, line.since) >= 2 * self._terms.reconnect
        )
