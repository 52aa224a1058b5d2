"""A feed that needs somebody is told once to everybody it serves, and so is its recovery."""

from __future__ import annotations

import pytest

from domain.feed import FeedState
from services.events import Events, FeedAlarm
from services.notify.alerts import alert_of
from services.notify.feed_alarms import FeedAlarms


class House:
    def __init__(self):
        self.known = []
        self.heard = []
        events = Events(lambda _name, error: pytest.fail(str(error)))
        events.publish = self.heard.append
        users = {"vendor": [2, 1, 2]}
        self.alarms = FeedAlarms(events, feeds=lambda: self.known, users=lambda broker: users[broker])

    def says(self, *alarms):
        self.known = [
            FeedState(account_id=7, broker="vendor", state="stale", reason="", at_ms=at, alarm=alarm)
            for at, alarm in enumerate(alarms)
        ]
        self.alarms.look()
        news, self.heard[:] = [(told.user_id, told.message, told.is_over) for told in self.heard], []
        return news


def test_an_alarm_and_its_end_are_told_once_to_each_user():
    house = House()
    assert house.says("no ticks") == [(1, "no ticks", False), (2, "no ticks", False)]
    assert house.says("no ticks") == []
    assert house.says("no ticks, nor quotes") == []
    assert house.says("") == [(1, "no ticks", True), (2, "no ticks", True)]
    assert house.says("") == []
    assert house.says("again") == [(1, "again", False), (2, "again", False)]


def test_a_streaming_process_that_is_away_ends_no_alarm_and_a_feed_that_ended_is_not_called_well():
    house = House()
    house.says("no ticks")
    house.known = None
    house.alarms.look()
    assert house.heard == []
    assert house.says() == []
    assert house.says("no ticks") == [(1, "no ticks", False), (2, "no ticks", False)]


def test_its_message_speaks_of_no_order():
    alert = alert_of(FeedAlarm(user_id=1, broker="vendor", message="Connection 1 is down", is_over=False))
    assert alert.text() == "Market data needs you\nBroker: vendor\nWhat: Connection 1 is down"
    assert alert.category == "failures"
