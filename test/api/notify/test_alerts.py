"""What reaches a channel when real orders run, and what a broken channel can do to them: nothing."""

from __future__ import annotations

import queue
import threading

import pytest

from domain.errors import Refused
from services.notify.alerts import Alert


class Phone:
    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: queue.Queue[Alert] = queue.Queue()
        self.kept: list[Alert] = []

    def deliver(self, alert: Alert) -> None:
        self.heard.put(alert)

    def next(self, title: str) -> Alert:
        """The oldest of this title; a fill may be told before the answer that the order was taken."""
        while True:
            for alert in self.kept:
                if alert.title == title:
                    self.kept.remove(alert)
                    return alert
            self.kept.append(self.heard.get(timeout=10))


class Broken:
    name = "broken"

    def deliver(self, alert: Alert) -> None:
        raise ConnectionError("no network")


class Hanging:
    name = "hanging"

    def __init__(self) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()

    def deliver(self, alert: Alert) -> None:
        self.entered.set()
        self.let_go.wait(30)


@pytest.fixture(scope="module")
def phone(api) -> Phone:
    phone = Phone("phone")
    api.services.notifier.attach(phone)
    return phone


def test_an_order_is_told_when_placed_and_when_filled(api, order, phone) -> None:
    order_id = api.post("placeorder", order()).get_json()["orderid"]
    placed = phone.next("Order placed")
    assert placed.facts["Order ID"] == order_id and placed.facts["Strategy"] == "orb-15"
    assert placed.text().splitlines()[1] == "LIVE: real order"
    filled = phone.next("Order filled")
    assert (filled.category, filled.facts["Quantity"]) == ("fills", "10")
    assert float(filled.facts["Average price"]) > 0


def test_a_basket_is_one_message(api, order, phone) -> None:
    item = {name: value for name, value in order().items() if name != "strategy"}
    api.post("basketorder", {"strategy": "B", "orders": [item, item]})
    told = phone.next("Basket order placed")
    assert (told.facts["Total"], told.facts["Failed"]) == ("2", "0")
    seen = [alert.title for alert in phone.kept]
    seen += [phone.heard.get_nowait().title for _ in range(phone.heard.qsize())]
    assert "Order placed" not in seen


def test_a_refused_order_is_told_with_its_reason(api, order, phone, monkeypatch) -> None:
    def refuse(*_args):
        raise Refused("Insufficient funds")

    monkeypatch.setattr(api.services.trading.live, "place", refuse)
    assert api.post("placeorder", order()).status_code == 400
    told = phone.next("Order failed")
    assert (told.category, told.facts["Reason"]) == ("failures", "Insufficient funds")


def test_no_message_holds_the_key(api, order, phone) -> None:
    api.post("placeorder", order())
    assert api.key not in phone.next("Order placed").text()


def test_a_hanging_and_a_broken_channel_delay_neither_orders_nor_the_other_channels(
    api, order, phone
) -> None:
    hanging = Hanging()
    api.services.notifier.attach(hanging)
    api.services.notifier.attach(Broken())
    try:
        first = api.post("placeorder", order()).get_json()["orderid"]
        assert hanging.entered.wait(10)
        second = api.post("placeorder", order()).get_json()["orderid"]
        told = [phone.next("Order placed").facts["Order ID"] for _ in range(2)]
        assert told == [first, second]
    finally:
        hanging.let_go.set()


def test_one_channel_of_a_name(api, phone) -> None:
    with pytest.raises(ValueError, match="attached already"):
        api.services.notifier.attach(Phone("phone"))
