"""Whatever reaches us of an order's history, by whichever way, in whichever order and however often: one end."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, OrderUpdate, PriceType, Product, Side
from services.events import OrderChanged
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ACCOUNT = Account(account_id=7, broker="b")
OWNER = Owner(user_id=1, username="ada", account_id=7, broker="b")
WAYS = ("push", "poll", "postback")
FINAL = [OrderStatus.COMPLETE, OrderStatus.CANCELLED, OrderStatus.REJECTED]


class Listener:
    """What subscribers of order changes hear."""

    def __init__(self) -> None:
        self.told: list[OrderChanged] = []
        clock = ManualClock(NOW)
        bus: Any = SimpleNamespace(publish=self.keep, has_listeners=lambda _kind: True)
        publisher: Any = SimpleNamespace(publish_order=lambda *_: None)
        self.updates = OrderUpdates(
            bus=bus, stream=OrderStream(publisher=publisher, bus=bus, clock=clock), owner_of=lambda _account: OWNER,
            strategy_of=lambda _account, _row: "", on_evidence=lambda _account, _row: None, clock=clock,
        )  # fmt: skip

    def keep(self, event: Any) -> None:
        if isinstance(event, OrderChanged):
            self.told.append(event)

    def hear(self, way: str, row: OrderRow) -> None:
        if way == "answer":
            mandate: Any = SimpleNamespace(account=ACCOUNT)
            self.updates.accepted(mandate, row)
        elif way == "poll":
            self.updates.snapshot(ACCOUNT, [row])
        else:
            self.updates.receive(ACCOUNT, OrderUpdate(row=row, source=way))

    def end(self) -> tuple[Any, ...]:
        row = self.updates.seen(7)["1"].row
        return (
            row.status,
            row.filled_quantity,
            row.average_price,
            row.quantity,
            row.price,
            row.rejection_reason,
        )


@st.composite
def histories(draw: Callable[..., Any]) -> list[OrderRow]:
    """States of one order as its exchange went through them: fills, changes of the price, an end."""
    quantity = draw(st.integers(1, 50))
    fills = sorted(draw(st.sets(st.integers(0, quantity - 1), max_size=4)) | {0})
    ending = draw(st.none() | st.sampled_from(FINAL))
    is_timed = draw(st.booleans())
    price = Decimal(100)
    states = []
    for second, filled in enumerate(fills):
        if is_timed and draw(st.booleans()):  # without times nobody could tell a change from its repetition
            price += 1
        states.append((second, OrderStatus.OPEN, filled, price))
    last = len(fills)
    if ending is OrderStatus.COMPLETE:
        states.append((last, ending, quantity, price))
    elif ending is OrderStatus.CANCELLED:
        states.append((last, ending, fills[-1], price))
    elif ending is OrderStatus.REJECTED:
        states = [states[0], (last, ending, 0, states[0][3])]
    return [
        OrderRow(
            order_id="1", symbol="A", exchange=Exchange.NSE, side=Side.BUY, quantity=quantity, product=Product.MIS,
            price_type=PriceType.LIMIT, price=at, status=status, filled_quantity=filled,
            average_price=Decimal(100) + filled if filled else None,
            rejection_reason="margin" if status is OrderStatus.REJECTED else "",
            updated_at=NOW + dt.timedelta(seconds=second) if is_timed else None,
        )
        for second, status, filled, at in states
    ]  # fmt: skip


@st.composite
def deliveries(draw: Callable[..., Any]) -> tuple[list[tuple[str, OrderRow]], OrderRow]:
    """Some of a history's states, the last one among them, on any way, in any order, some more than once."""
    history = draw(histories())
    partial = [msgspec.structs.replace(state, average_price=None) for state in history]  # pushes may lack it
    heard = [history[-1], *draw(st.lists(st.sampled_from(history + partial), max_size=8))]
    ways = draw(st.lists(st.sampled_from(WAYS), min_size=len(heard), max_size=len(heard)))
    facts = list(zip(ways, heard, strict=True))
    if draw(st.booleans()):
        answer = msgspec.structs.replace(
            history[0], filled_quantity=None, updated_at=None, status=OrderStatus.OPEN, rejection_reason=""
        )
        facts.append(("answer", answer))
    return draw(st.permutations(facts)), history[-1]


@given(deliveries())
def test_answer_push_poll_and_postback_in_any_order_end_in_the_last_state(case: Any) -> None:
    facts, last = case
    listener = Listener()
    for way, fact in facts:
        listener.hear(way, fact)
    expected = Listener()
    expected.hear("poll", last)
    assert listener.end() == expected.end()


@given(deliveries())
def test_no_change_that_is_told_goes_backwards_and_each_has_its_source(case: Any) -> None:
    facts, _ = case
    listener = Listener()
    for way, fact in facts:
        count = len(listener.told)
        listener.hear(way, fact)
        assert [event.source for event in listener.told[count:]] in ([], [way])
    rows = [event.row for event in listener.told]
    for before, after in itertools.pairwise(rows):
        assert (after.filled_quantity or 0) >= (before.filled_quantity or 0)
        assert after.status is before.status or not before.status.is_terminal
    numbers = [event.seq for event in listener.told if event.is_news]
    assert numbers == sorted(set(numbers))


@given(deliveries())
def test_what_was_heard_before_is_never_told_again(case: Any) -> None:
    facts, _ = case
    listener = Listener()
    for way, fact in facts:
        listener.hear(way, fact)
    count = len(listener.told)
    for way, fact in reversed(facts):
        listener.hear(way, fact)
    assert len(listener.told) == count


@pytest.mark.parametrize("way", [*WAYS, "answer"])
def test_every_way_leaves_its_name_in_what_is_known(way: str, row: Any) -> None:
    listener = Listener()
    listener.hear(way, row())
    assert listener.updates.seen(7)["1"].source == way
