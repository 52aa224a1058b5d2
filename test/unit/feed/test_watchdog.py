"""The silence watchdog against scripted feeds: a small market that trades, a feed that passes it on or does not."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.market import Quote
from websocket_proxy.feed.watch.lines import Step
from websocket_proxy.feed.watch.marks import Mark, moved
from websocket_proxy.feed.watch.pulse import Pulse
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.feed.watch.watchdog import Watchdog

BEAT = 0.5
OPEN, CLOSED = {"NSE": 0.0}, {"NSE": None}


class Feed:
    """Connections and instruments with a rate of trades each; time passes in beats. `mute`: what is not passed on."""

    def __init__(self, rates, *, lines=1, can_poll=True, seed=1):
        self.now = 0.0
        self.hours = OPEN
        self.rates = {("NSE", name): rate for name, rate in rates.items()}
        self.mute: set = set()
        self.halted = False
        self.quotes_fail = False
        self.heals = {}  # step -> lines or keys it heals
        self.sends_last_values = False  # to whoever asks for an instrument
        self.volumes = dict.fromkeys(self.rates, 1000)
        self.actions = []
        self.alarms = []
        self.states = []
        self._random = random.Random(seed)
        self._next = {}
        self._down_until = {}
        self.dog = Watchdog(WatchTerms(), can_poll=can_poll)
        for number in range(lines):
            self.dog.open_line(number, 0.0)
            self.dog.line_live(number, 0.0)
        for at, key in enumerate(self.rates):
            self.dog.place(key, key[1], at % lines, "NSE", 0.0)
            self._next[key] = self._gap(key, first=True)

    def _gap(self, key, first=False):
        """Regular for whole rates written as negative numbers, else as chance will have it."""
        rate = self.rates[key]
        if rate == 0:
            return math.inf
        return self.now + (1 / -rate if rate < 0 else self._random.expovariate(rate))

    def line_of(self, key):
        return self.dog.marks[key].line

    def quote(self, key):
        return Quote(ltp=100.0 + self.volumes[key] % 7, volume=self.volumes[key])

    def run(self, seconds, until=None):
        """Let time pass; answers how long it took until `until` held."""
        began = self.now
        while self.now - began < seconds:
            self._beat()
            if until is not None and until():
                return self.now - began
        assert until is None, "it never happened"
        return seconds

    def _beat(self):
        self.now += BEAT
        for key in self._next:
            while self._next[key] <= self.now:
                if not self.halted and self.hours["NSE"] is not None:
                    self.volumes[key] += 1
                    if key not in self.mute and self.line_of(key) not in self.mute:
                        self.dog.heard(key, self.quote(key), self._next[key])
                at, self.now = self.now, self._next[key]
                self._next[key] = self._gap(key)
                self.now = at
        for number, until in list(self._down_until.items()):
            if self.now >= until:
                del self._down_until[number]
                self.dog.line_live(number, self.now)
        for action in self.dog.beat(self.now, self.hours):
            self._do(action)
        for key in list(self.dog.polling):
            if self.quotes_fail:
                self.dog.poll_failed(self.now)
            else:
                self.dog.polled(key, self.quote(key), self.now - 0.1, self.now)
        if self.dog.alarm and (not self.alarms or self.alarms[-1] != self.dog.alarm):
            self.alarms.append(self.dog.alarm)

    def _do(self, action):
        self.actions.append((action.step, action.line, action.keys))
        if action.step is Step.RECONNECT:
            self.dog.line_down(action.line, self.now, action.reason, waits=False)
            self._down_until[action.line] = self.now + 0.5
        for cured in self.heals.get(action.step, ()):
            self.mute.discard(cured)
        if action.step is Step.RESUBSCRIBE and self.sends_last_values:
            for key in action.keys or self.rates:
                self.dog.heard(key, self.quote(key), self.now + 0.1)

    def steps(self):
        return [step for step, _, _ in self.actions]

    @property
    def is_well(self):
        return not self.dog.troubles() and not self.dog.alarm and not self.dog.polling


def liquid(count=1):
    return {f"L{number}": -2.0 for number in range(count)}


def test_a_connection_that_falls_silent_is_noticed_within_five_seconds_and_climbs_the_whole_ladder():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    assert feed.run(5, until=feed.dog.troubles) <= 5
    feed.run(60, until=lambda: feed.dog.alarm)
    assert feed.steps()[:3] == [Step.PING, Step.RESUBSCRIBE, Step.RECONNECT]
    assert feed.dog.polling
    assert feed.alarms == ["Connection 1 brings no ticks of what trades; prices are polled"]


@pytest.mark.parametrize("rate", [-1.0, -2.0, 2.0, 3.0])
def test_whatever_ticks_about_every_second_is_missed_within_five_seconds(rate):
    taken = []
    for seed in range(5):
        feed = Feed({"A": rate}, seed=seed)
        feed.run(120 + seed)
        feed.mute.add(0)
        taken.append(feed.run(10, until=feed.dog.troubles))
    assert max(taken) <= 5


def test_the_steps_are_taken_back_when_ticks_return():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    feed.run(60, until=lambda: feed.dog.alarm)
    feed.mute.clear()
    assert feed.run(10, until=lambda: feed.is_well) <= 4
    feed.actions.clear()
    feed.run(60)
    assert feed.actions == []


def test_a_connection_that_stays_mute_is_dialled_anew_less_and_less_often():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    feed.run(900)
    assert 4 <= feed.steps().count(Step.RECONNECT) <= 8


def test_a_long_silence_teaches_nothing():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    feed.run(600)
    feed.mute.clear()
    feed.run(5)
    feed.mute.add(0)
    assert feed.run(6, until=feed.dog.troubles) <= 5


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        ((100.0, 10), (100.0, 11), True),
        ((100.0, 10), (101.0, 10), False),  # the last price of another source, and no trade
        ((100.0, 10), (101.0, 9), False),  # older than what we know
        ((100.0, None), (100.05, 11), True),
        ((100.0, None), (100.0, 11), False),
        ((25000.0, 0), (25001.0, 0), True),  # an index
    ],
)
def test_a_trade_shows_in_the_volume_or_where_there_is_none_in_the_price(known, now, expected):
    first, second = (Quote(ltp=ltp, volume=volume) for ltp, volume in (known, now))
    assert moved(first, second) is expected


def test_a_quote_that_was_asked_for_before_the_last_tick_proves_nothing():
    mark = Mark(("NSE", "1"), "A", 0, "NSE", 0.0)
    mark.quote, mark.heard_at = Quote(ltp=1.0, volume=5), 10.0
    mark.check(Quote(ltp=1.0, volume=6), asked_at=9.9, now=10.1)
    assert (mark.checks, mark.moved_at) == (0, None)
    mark.check(Quote(ltp=1.0, volume=6), asked_at=10.2, now=10.3)
    assert (mark.checks, mark.moved_at) == (1, 10.3)


def test_a_tick_now_and_then_does_not_call_the_owner_again():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    feed.run(60, until=lambda: feed.dog.alarm)
    told = feed.dog.alarm
    for _ in range(20):
        feed.dog.heard(("NSE", "L0"), feed.quote(("NSE", "L0")), feed.now + 0.1)
        feed.run(10)
        assert feed.dog.alarm == told


@pytest.mark.parametrize("step", [Step.RESUBSCRIBE, Step.RECONNECT])
def test_a_step_that_helps_is_the_last_one(step):
    feed = Feed(liquid(3))
    feed.heals[step] = [0]
    feed.run(180)
    feed.mute.add(0)
    feed.run(20, until=lambda: step in feed.steps())
    feed.run(20)
    assert feed.steps()[-1] is step
    assert feed.is_well
    assert feed.alarms == []


def test_a_mute_connection_without_quotes_is_told_after_its_new_dial_stays_mute():
    for feed in (Feed(liquid(), can_poll=False), Feed(liquid())):
        feed.quotes_fail = True
        feed.run(180)
        feed.mute.add(0)
        feed.run(60, until=lambda feed=feed: feed.dog.alarm)
        assert feed.dog.alarm.endswith("brings no ticks and quotes cannot be read")


def test_a_halted_market_is_dialled_once_and_never_alarmed():
    feed = Feed(liquid(5))
    feed.run(180)
    feed.halted = True
    feed.run(45 * 60)
    assert feed.alarms == []
    assert feed.steps().count(Step.RECONNECT) == 1
    feed.halted = False
    feed.run(120)
    assert feed.is_well


@pytest.mark.parametrize("rates", [{"A": 0.01}, {"A": 0.02, "B": 0.005, "C": 0.0}, {"A": 0.0}])
def test_illiquid_instruments_cause_neither_reconnect_nor_alarm(rates):
    feed = Feed(rates)
    feed.run(2 * 3600)
    assert feed.alarms == []
    assert Step.RECONNECT not in feed.steps()


def test_bursts_of_an_illiquid_instrument_teach_nothing():
    feed = Feed({"A": 0.0, "B": -1.0})
    key = ("NSE", "A")
    feed.run(120)
    feed.actions.clear()
    for _ in range(200):  # two hundred ticks within a second
        feed.dog.heard(key, feed.quote(key), feed.now)
    feed.run(9)
    assert feed.actions == []
    feed.run(240)
    assert len(feed.actions) <= 4  # as of whatever was heard once


def test_what_was_heard_once_and_lost_its_subscription_is_asked_for_within_seconds_and_without_a_word():
    feed = Feed({"LOUD": -1.0, "LOST": -0.2})
    lost = ("NSE", "LOST")
    feed.heals[Step.RESUBSCRIBE] = [lost]
    feed.sends_last_values = True
    feed.run(6)
    feed.mute.add(lost)
    assert feed.run(12, until=lambda: lost not in feed.mute) <= 10
    feed.run(2)
    assert (feed.actions, feed.is_well) == ([(Step.RESUBSCRIBE, 0, (lost,))], True)


def test_what_was_heard_once_and_trades_on_without_ticks_is_found_by_quotes():
    feed = Feed({"LOUD": -1.0, "LOST": 0.2})
    feed.dog.heard(("NSE", "LOST"), feed.quote(("NSE", "LOST")), 0.1)
    feed.mute.add(("NSE", "LOST"))
    feed.run(60, until=lambda: feed.dog.alarm.startswith("LOST: trades without ticks"))


@pytest.mark.parametrize("sends_last_values", [True, False])
def test_a_chain_of_options_that_do_not_trade_is_asked_for_less_and_less_often(sends_last_values):
    feed = Feed({"LOUD": -1.0, **{f"OPTION{at}": 0.0 for at in range(5)}})
    feed.sends_last_values = sends_last_values
    for key in feed.rates:
        feed.dog.heard(key, feed.quote(key), 0.1)
    feed.run(300)
    soon = len(feed.actions)
    feed.run(1500)
    assert soon <= 5
    assert len(feed.actions) - soon <= 1500 / 300 + 1
    assert {step for step, _, _ in feed.actions} == {Step.RESUBSCRIBE}
    assert feed.alarms == []


def test_in_its_next_session_what_was_heard_once_is_asked_for_as_soon_as_in_its_first():
    feed = Feed({"LOUD": -1.0, "OPTION": 0.0})
    feed.dog.heard(("NSE", "OPTION"), feed.quote(("NSE", "OPTION")), 0.1)
    feed.run(600)
    feed.hours = CLOSED
    feed.run(5)
    feed.hours = {"NSE": feed.now}
    feed.actions.clear()
    feed.run(12, until=lambda: feed.actions)


def test_a_burst_on_a_new_connection_is_no_reason_to_dial_it_anew():
    feed = Feed({"A": -2.0})
    feed.run(20)
    feed.rates["NSE", "A"] = 0.0
    feed._next["NSE", "A"] = math.inf
    feed.run(600)
    assert Step.RECONNECT not in feed.steps()
    assert feed.alarms == []


def test_a_connection_that_just_began_is_missed_almost_as_fast():
    feed = Feed(liquid())
    feed.run(12)
    feed.mute.add(0)
    assert feed.run(10, until=feed.dog.troubles) <= 5
    feed.run(60, until=lambda: feed.dog.alarm)


def test_the_value_sent_on_subscribing_is_no_rhythm():
    feed = Feed({f"S{at}": 0.0 for at in range(5)})
    for key in feed.rates:
        feed.dog.heard(key, feed.quote(key), 0.1)
    feed.sends_last_values = True
    feed.run(100)
    assert set(feed.steps()) == {Step.RESUBSCRIBE} and len(feed.actions) <= 3


def test_a_canary_is_missed_from_the_first_second_on():
    feed = Feed({"NIFTY": -1.0, "SHARE": 0.0})
    key = ("NSE", "NIFTY")
    feed.dog.remove(key)
    feed.dog.place(key, "NIFTY", 0, "NSE", 0.0, canary=True)
    feed.mute.add(0)
    assert feed.run(6, until=feed.dog.troubles) <= 5
    feed.run(60, until=lambda: feed.dog.alarm)


def test_outside_its_sessions_nothing_is_expected():
    feed = Feed(liquid(3))
    feed.run(180)
    feed.hours = CLOSED
    feed.run(17 * 3600 / 20)
    assert (feed.actions, feed.alarms) == ([], [])
    feed.hours = {"NSE": feed.now}
    feed.run(60)
    assert (feed.actions, feed.alarms) == ([], [])


def test_the_end_of_a_session_ends_an_alarm():
    feed = Feed(liquid())
    feed.run(180)
    feed.mute.add(0)
    feed.run(60, until=lambda: feed.dog.alarm)
    feed.hours = CLOSED
    feed.run(1)
    assert feed.is_well


def test_one_instrument_that_trades_without_ticks_is_found_reconnected_once_and_named():
    feed = Feed(liquid(4))
    feed.run(180)
    feed.mute.add(("NSE", "L2"))
    taken = feed.run(5, until=lambda: (Step.RESUBSCRIBE, 0, (("NSE", "L2"),)) in feed.actions)
    assert taken <= 5
    feed.run(60, until=lambda: feed.dog.alarm)
    assert feed.dog.alarm == "L2: trades without ticks, prices are polled"
    assert list(feed.dog.polling) == [("NSE", "L2")]
    assert feed.steps().count(Step.RECONNECT) == 1
    feed.mute.clear()
    feed.run(3)
    assert feed.is_well


def test_one_instrument_that_is_suspended_is_asked_again_and_left_in_peace():
    feed = Feed(liquid(4))
    feed.run(180)
    feed._next["NSE", "L2"] = math.inf
    feed.run(600)
    assert feed.alarms == []
    assert Step.RECONNECT not in feed.steps()
    assert feed.steps().count(Step.RESUBSCRIBE) < 30
    assert not feed.dog.polling


def test_an_instrument_that_never_ticked_is_checked_and_found():
    feed = Feed({"A": -1.0, "B": 0.2})
    feed.mute.add(("NSE", "B"))
    feed.run(200, until=lambda: "B: trades without ticks" in feed.dog.alarm)


def test_half_a_connection_that_falls_silent_counts_as_the_connection():
    feed = Feed(liquid(6))
    feed.run(180)
    feed.mute |= {("NSE", f"L{number}") for number in range(4)}
    feed.run(5, until=feed.dog.troubles)
    feed.run(5, until=lambda: Step.RECONNECT in feed.steps())


def test_the_other_connection_is_left_alone():
    feed = Feed(liquid(4), lines=2)
    feed.run(180)
    feed.mute.add(1)
    feed.run(60, until=lambda: feed.dog.alarm)
    assert {line for _, line, _ in feed.actions} == {1}
    assert set(feed.dog.polling) == {("NSE", "L1"), ("NSE", "L3")}


def test_logins_that_bring_nothing_and_do_not_last_count_as_one_time_of_being_down():
    """A vendor that takes every login and then says nothing: each socket ends before a step on it is due."""
    feed = Feed({"RARE": 1 / 400, "RARER": 1 / 1800})
    feed.run(600)
    feed.mute.add(0)
    began = feed.now
    while not feed.dog.alarm:
        assert feed.now - began < 45
        feed.dog.line_down(0, feed.now, "Nothing was received for 4.5 s", waits=False)
        feed.run(2)
        feed.dog.line_live(0, feed.now)
        feed.run(4.5)
    assert "is down" in feed.dog.alarm
    feed.mute.clear()
    feed.run(30)
    feed.dog.line_down(0, feed.now, "cut", waits=False)
    feed.run(5)
    feed.dog.line_live(0, feed.now)
    feed.run(2)
    feed.dog.line_down(0, feed.now, "cut", waits=False)
    feed.run(8)
    assert feed.alarms[1:] == []  # two short ones much later are not the old one


def test_the_alarm_that_nobody_is_logged_in_ends_with_the_login_although_nothing_trades_yet():
    feed = Feed({"RARE": 1 / 9000})
    feed.run(100)
    feed.dog.line_down(0, feed.now, "log in again", waits=True)
    feed.run(120, until=lambda: feed.dog.alarm)
    feed.dog.line_down(0, feed.now, "dialing", waits=False)
    feed.dog.line_live(0, feed.now)
    feed.run(1)
    assert feed.is_well
    feed.run(60)
    assert feed.is_well and len(feed.alarms) == 1


def test_quotes_stand_in_for_a_connection_that_is_down_and_its_owner_hears_of_it():
    feed = Feed(liquid())
    feed.run(60)
    feed.dog.line_down(0, feed.now, "The broker cannot be reached", waits=False)
    feed.mute.add(0)
    assert 9 <= feed.run(20, until=lambda: feed.dog.polling) <= 11
    feed.run(30, until=lambda: feed.dog.alarm)
    assert feed.dog.alarm == "Connection 1 is down: The broker cannot be reached; prices are polled"
    assert feed.actions == []  # whoever dials is at it already
    feed.mute.clear()
    feed.dog.line_live(0, feed.now)
    feed.run(5, until=lambda: feed.is_well)


def test_nobody_logged_in_is_told_in_session_only_and_not_polled():
    feed = Feed(liquid())
    feed.mute.add(0)
    feed.hours = CLOSED
    feed.dog.line_down(0, feed.now, "log in again", waits=True)
    feed.run(600)
    assert feed.alarms == []
    feed.hours = {"NSE": feed.now}
    feed.run(120, until=lambda: feed.dog.alarm)
    assert feed.dog.alarm == "No market data in session: log in again"
    assert not feed.dog.polling


def test_what_nobody_wants_any_more_is_forgotten():
    feed = Feed(liquid(2), lines=2)
    feed.run(60)
    feed.mute |= {0, 1}
    feed.run(60, until=lambda: feed.dog.polling)
    for key in list(feed.dog.marks):
        feed.dog.remove(key)
        del feed._next[key]
    feed.dog.close_line(1)
    feed.run(5)
    assert feed.is_well


def test_a_pulse_forgets_within_minutes():
    pulse = Pulse()
    for _ in range(300):
        pulse.second(True)
    busy = pulse.patience
    for second in range(600):
        pulse.second(second % 30 == 0)
    assert busy < 4
    assert pulse.patience == math.inf


RATES = st.lists(st.sampled_from([-2.0, -1.0, 1.5, 0.5, 0.1, 0.01, 0.0]), min_size=1, max_size=6)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["mute", "heal", "down", "up", "close", "open", "halt", "go", "fail", "answer"]),
              st.integers(0, 1), st.integers(1, 40)),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(RATES, EVENTS, st.integers(0, 9))
def test_whatever_happens_a_feed_that_is_well_again_is_calm_again_and_a_closed_one_silent(
    rates, events, seed
):
    feed = Feed({f"S{at}": rate for at, rate in enumerate(rates)}, lines=2, seed=seed)
    feed.run(30)
    for event, line, seconds in events:
        happen(feed, event, line)
        before = len(feed.actions)
        feed.run(seconds)
        if feed.hours["NSE"] is None:
            assert feed.actions[before:] == []
            assert not feed.dog.alarm
    for event in ("heal", "up", "answer", "go", "open"):
        happen(feed, event, 0)
        happen(feed, event, 1)
    feed.run(100)
    busy = {feed.line_of(key) for key, rate in feed.rates.items() if rate < 0 or rate > 1}
    assert not busy & set(feed.dog.troubles())
    assert not [key for key in feed.dog.polling if feed.rates[key] < 0]


def happen(feed, event, line):
    if event == "mute":
        feed.mute.add(line)
    elif event == "heal":
        feed.mute.discard(line)
    elif event == "down":
        feed._down_until[line] = math.inf
        feed.mute.add(line)
        feed.dog.line_down(line, feed.now, "cut", waits=False)
    elif event == "up":
        feed._down_until[line] = feed.now
        feed.mute.discard(line)
    elif event == "close":
        feed.hours = CLOSED
    elif event == "open":
        feed.hours = {"NSE": feed.now}
    elif event in ("halt", "go"):
        feed.halted = event == "halt"
    else:
        feed.quotes_fail = event == "fail"
