"""Found by `test.sim.feed_days`: what rarely trades was called stale for minutes, and asked for every two seconds."""

from __future__ import annotations

from broker.core.registry import load_plugins
from domain.market import Quote
from websocket_proxy.feed.watch.lines import Step
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.feed.watch.watchdog import Watchdog

KEY = ("CDS", "USDINR")
LAST = Quote(ltp=87.5, volume=100)


class Rare:
    """A connection with one instrument that traded once and does no more; asking for it brings its last value."""

    def __init__(self) -> None:
        self.dog = Watchdog(WatchTerms(), can_poll=True)
        self.dog.open_line(0, 0.0)
        self.dog.line_live(0, 0.0)
        self.dog.place(KEY, "USDINR", 0, "CDS", 0.0)
        self.dog.heard(KEY, LAST, 0.5)
        self.steps: list[Step] = []
        self.said: set[str] = set()
        self.now = 0.5

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 0.5
            for action in self.dog.beat(self.now, {"CDS": 0.0}):
                self.steps.append(action.step)
                if action.step is Step.RESUBSCRIBE:
                    self.dog.heard(KEY, LAST, self.now + 0.1)
            for key in list(self.dog.polling):
                self.dog.polled(key, LAST, self.now, self.now + 0.1)
            self.said |= set(self.dog.troubles().values()) | ({self.dog.alarm} - {""})


def test_a_silence_that_may_be_chance_is_checked_without_a_word() -> None:
    feed = Rare()
    feed.run(600)
    assert Step.RESUBSCRIBE in feed.steps
    assert feed.said == set()


def test_a_last_value_that_comes_for_asking_is_no_reason_to_ask_again() -> None:
    feed = Rare()
    feed.run(600)
    assert feed.steps.count(Step.RESUBSCRIBE) <= 8


def test_a_kite_socket_without_heartbeats_is_missed_within_five_seconds_whatever_it_carries() -> None:
    stream = load_plugins().manifests()["zerodha"].stream
    assert stream is not None
    assert stream.silence_seconds * 1.1 <= 5.0
