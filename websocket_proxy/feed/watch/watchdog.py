"""Decides from ticks, times and quotes what a silent feed needs. Pure: it is told everything and asks for everything.

A connection climbs ping -> resubscribe -> reconnect -> polling -> alarm. Where its silence alone proves little, quotes
are the second opinion: without a trade that did not tick there is neither reconnect nor alarm. One instrument among
ticking ones is asked for again and then checked the same way. Outside its sessions nothing is expected of anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from domain.market import Quote
from websocket_proxy.feed.runtime import RouteKey
from websocket_proxy.feed.watch.ladder import Ladder
from websocket_proxy.feed.watch.lines import Action, Line, Step, View
from websocket_proxy.feed.watch.marks import Mark
from websocket_proxy.feed.watch.pulse import SHORTEST
from websocket_proxy.feed.watch.terms import WatchTerms

_SECOND = 1.0
_NAMED = 3


class Watchdog:
    """Times are seconds of one clock that never steps back. can_poll: the broker answers quotes. stand_in: what is then
    said of what lost its ticks.
    """

    def __init__(self, terms: WatchTerms, *, can_poll: bool, stand_in: str = "prices are polled") -> None:
        self._terms = terms
        self._ladder = Ladder(terms, can_poll=can_poll, stand_in=stand_in)
        self._stand_in = stand_in
        self._lines: dict[int, Line] = {}
        self._rolled_at = -math.inf
        self._beat_at = -math.inf
        self.marks: dict[RouteKey, Mark] = {}
        self.polling: dict[RouteKey, None] = {}
        self.alarm = ""

    def open_line(self, number: int, now: float) -> None:
        """A connection is being made."""
        self._lines[number] = Line(number, now)

    def close_line(self, number: int) -> None:
        """A connection was given up on purpose; it holds no instrument any more."""
        self._lines.pop(number, None)

    def line_live(self, number: int, now: float) -> None:
        """A connection is logged in."""
        line = self._lines[number]
        line.end_waiting()
        line.is_live, line.waits, line.why_down, line.since = True, False, "", now
        if line.step >= Step.POLL:
            line.reason = f"{line.name} is back and brings no ticks yet"

    def line_down(self, number: int, now: float, reason: str, *, waits: bool) -> None:
        """A connection is not logged in (any more). waits: nobody is logged in at the broker."""
        line = self._lines[number]
        if not waits:
            line.end_waiting()
        if line.is_live or line.waits is not waits:
            line.since = now
        if line.down_since is None or line.waits is not waits:
            line.down_since = now
        line.is_live, line.waits, line.why_down = False, waits, reason or line.why_down

    def place(
        self, key: RouteKey, name: str, line: int, group: str, now: float, *, canary: bool = False
    ) -> None:
        """An instrument is asked for on a connection, or moved to it. group: whose sessions it keeps.

        canary: one that is known to tick every second.
        """
        mark = self.marks.get(key)
        if mark is None:
            self.marks[key] = Mark(key, name, line, group, now, canary=canary)
        else:
            mark.line = line

    def remove(self, key: RouteKey) -> None:
        """Nobody wants the instrument any more."""
        self.marks.pop(key, None)
        self.polling.pop(key, None)

    def heard(self, key: RouteKey, quote: Quote, now: float) -> None:
        """A tick."""
        mark = self.marks.get(key)
        if mark is not None:
            mark.heard_at = now
            mark.quote = quote

    def ponged(self, number: int, now: float) -> None:
        """A connection answered a ping."""
        if number in self._lines:
            self._lines[number].ponged_at = now

    def polled(self, key: RouteKey, quote: Quote | None, asked_at: float, now: float) -> None:
        """The broker answered a quote that was asked for at `asked_at`, or has none."""
        mark = self.marks.get(key)
        if mark is not None:
            mark.check(quote, asked_at, now)
        self._ladder.poll_answered(now)

    def poll_failed(self, now: float) -> None:
        """The broker answers no quotes."""
        self._ladder.poll_failed(now)

    def troubles(self) -> dict[int, str]:
        """Connections that are not as they should be, and how."""
        return {line.number: line.reason for line in self._lines.values() if line.is_told}

    def beat(self, now: float, opened: Mapping[str, float | None]) -> list[Action]:
        """Look at everything. opened: since when each group is in session, None for one that is not."""
        views = self._look(now, opened)
        actions: list[Action] = []
        for line in self._lines.values():
            actions += self._ladder.judge(line, views[line.number], self._beat_at, now)
            if line.is_live and line.step is Step.CALM:
                actions += self._ladder.judge_marks(line, views[line.number], now)
        self.polling = {
            mark.key: None
            for number, view in views.items()
            for mark in self._ladder.polled(self._lines[number], view)
        }
        self.alarm = self._alarm_text(views, now)
        self._beat_at = now
        return actions

    def _look(self, now: float, opened: Mapping[str, float | None]) -> dict[int, View]:
        views = {number: View() for number in self._lines}
        learns = now - self._rolled_at >= _SECOND
        for mark in self.marks.values():
            since = opened.get(mark.group)
            if since is not None:
                self._see(mark, self._lines[mark.line], views[mark.line], since, now, learns=learns)
            elif mark.step or mark.pardon > 1 or mark.rest > 1:
                mark.end_session()
        if learns:
            self._rolled_at = now
        return views

    def _see(self, mark: Mark, line: Line, view: View, opened: float, now: float, *, learns: bool) -> None:
        """One instrument in session. Runs for every one of them twice a second."""
        heard, pulse = mark.heard_at, mark.pulse
        view.marks.append(mark)
        view.heard_at = max(view.heard_at, heard)
        view.opened = min(view.opened, opened)
        if mark.step or mark.pardon > 1:
            if heard > self._beat_at:
                mark.calm()
            elif mark.step:
                view.doubted.append(mark)
        if not line.is_live:
            return
        if learns and not mark.step and not line.step:
            pulse.second(heard > max(self._rolled_at, mark.answered_at))
        view.rate += pulse.rate
        if pulse.is_seasoned:
            view.sure_rate += pulse.rate
        if pulse.patience != math.inf:
            view.judged += 1
        if now - heard < SHORTEST:
            return
        if now - max(heard, opened, line.since, mark.excused_at) > mark.patience(line.since, self._terms):
            view.suspects.append(mark)

    def _alarm_text(self, views: Mapping[int, View], now: float) -> str:
        texts = list(dict.fromkeys(line.alarm for line in self._lines.values() if line.alarm))
        lost = [
            mark.name
            for number, view in views.items()
            for mark in view.doubted
            if self._ladder.is_lost_for_good(self._lines[number], mark, now)
        ]
        if lost:
            others = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
            texts.append(f"{', '.join(lost[:_NAMED])}{others}: trades without ticks, {self._stand_in}")
        return "; ".join(texts)
