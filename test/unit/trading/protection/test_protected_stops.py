"""Stops under protection leave with their trigger, wait untouched, and are followed once the market ran through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.errors import Refused, Unavailable
from domain.orders import ModifyOrder, OrderRow, OrderStatus, OrderUpdate, PriceType, Side
from services.trading.writes import Account
from test.sim import exits_exchange, exits_gateway

ACCOUNT = Account(account_id=7, broker="zerodha")
QUIET = {"bids": [(1998, 500)], "asks": [(2002, 500)], "last": 2000}


def stop(scene: Any, **changes: Any) -> Any:
    """A SELL stop at 98.00 under a market at 100."""
    scene.offer(**QUIET)
    return scene.exit(**{"price_type": PriceType.SL_M, "trigger_price": Decimal("98.00"), **changes})


def test_a_stop_without_its_trigger_never_leaves(scene: Any) -> None:
    """Regression 30 (P2b, #1647): a protective stop went out as a limit without trigger and filled at once."""
    order = stop(scene)
    (sent,) = [terms for _, terms in scene.exchange.arrivals]
    assert (sent.price_type, sent.trigger_price) == (PriceType.SL, Decimal("98.00"))
    assert sent.price == Decimal("97.00")  # one percent behind the trigger, rounded outwards to the tick
    assert order.status is OrderStatus.TRIGGER_PENDING

    for missing in (None, Decimal(0)):
        with pytest.raises(Refused):
            scene.gateway.exit(7, scene.terms(price_type=PriceType.SL_M, trigger_price=missing))
        with pytest.raises(Refused):
            terms = scene.terms(price_type=PriceType.SL, price=Decimal(97), trigger_price=missing)
            scene.gateway.exit(7, terms)
    assert len(scene.exchange.arrivals) == 1
    assert scene.exchange.offences == {}


def test_half_a_percent_of_a_cheap_contract_is_a_whole_tick(scene: Any) -> None:
    """Regression 31 (P2b, PR #1783): a protection of half a percent was truncated to nothing."""
    scene.offer(bids=[(2, 500)], asks=[(3, 500)], last=2)
    scene.listing.low = 1
    scene.exit()
    assert scene.exchange.arrivals[0][1].price == Decimal("0.05")  # the touch is 0.10: one tick beyond it


def test_a_stop_that_waits_is_left_alone_for_hours(scene: Any) -> None:
    order = stop(scene)
    for _ in range(4):
        scene.clock.advance(3600)
        scene.pass_time(5)
    assert (order.status, scene.changes(), scene.ended) == (OrderStatus.TRIGGER_PENDING, [], [])


def test_a_stop_that_the_broker_calls_open_for_a_moment_stays_a_stop(scene: Any) -> None:
    order = stop(scene)
    row = msgspec.structs.replace(scene.row(order), status=OrderStatus.OPEN)
    scene.gateway.updates.receive(ACCOUNT, OrderUpdate(row=row, source="push"))
    scene.pass_time(60)
    assert (scene.changes(), scene.ended) == ([], [])
    assert order.terms.price_type is PriceType.SL


@pytest.mark.parametrize("asks_market", [True, False])
def test_a_stop_of_a_broker_that_never_says_it_was_set_off_is_held_against_the_market(
    scene: Any, monkeypatch: pytest.MonkeyPatch, asks_market: bool
) -> None:
    """Dhan's book calls a stop PENDING before and after its trigger."""
    told = exits_exchange.row_of

    def mute(order: Any) -> OrderRow:
        row = told(order)
        hidden = row.status is OrderStatus.OPEN and row.price_type is PriceType.SL
        return msgspec.structs.replace(row, status=OrderStatus.TRIGGER_PENDING) if hidden else row

    for module in (exits_exchange, exits_gateway):
        monkeypatch.setattr(module, "row_of", mute)
    plugin = scene.brokers.plugin("zerodha")
    section = plugin.manifest.protection
    ladder = msgspec.structs.replace(section.rules[0].ladder, asks_market=asks_market)
    rule = msgspec.structs.replace(section.rules[0], ladder=ladder)
    changed = msgspec.structs.replace(section, rules=(rule, *section.rules[1:]))
    manifest = msgspec.structs.replace(plugin.manifest, protection=changed)
    monkeypatch.setattr(scene.brokers, "_plugin", msgspec.structs.replace(plugin, manifest=manifest))
    scene.restart()
    order = stop(scene)
    scene.pass_time(30)
    assert scene.changes() == []
    scene.offer(bids=[(1930, 100)], asks=[(1935, 40)], last=1932)  # 96.50, below the limit of 97.00
    scene.pass_time(10)
    assert (order.filled == 100) is asks_market
    assert bool(scene.changes()) is asks_market


def test_a_stop_that_a_gap_left_behind_is_followed_from_the_moment_it_was_set_off(scene: Any) -> None:
    order = stop(scene)
    scene.pass_time(120)
    scene.offer(bids=[(1930, 40)], asks=[(1935, 40)], last=1932)  # 96.50, below the limit of 97.00
    assert (order.status, order.filled) == (OrderStatus.OPEN, 0)
    scene.pass_time(1)
    assert order.filled == 40
    change = scene.changes()[0]
    assert (change.price_type, change.trigger_price, change.quantity) == (PriceType.LIMIT, None, 100)
    assert change.price == Decimal("96.25")
    scene.offer(bids=[(1920, 500)], asks=[(1925, 40)], last=1922)
    scene.pass_time(scene.ladder.rung_seconds)
    assert order.status is OrderStatus.COMPLETE
    assert [(end.state, end.alarm, end.asked) for end in scene.ended] == [("filled", False, "SL-M")]


def test_a_gap_that_happened_while_nobody_ran_is_followed_after_the_start(scene: Any) -> None:
    order = stop(scene)
    scene.exchange.on_change = lambda _order: None
    scene.offer(bids=[(1930, 500)], asks=[(1935, 40)], last=1932)
    scene.clock.advance(900)
    scene.restart()
    scene.pass_time(5)
    assert order.status is OrderStatus.COMPLETE
    assert len(scene.exchange.orders) == 1


def test_a_stop_leaves_even_when_no_quote_can_be_read(scene: Any) -> None:
    def down(_wanted: Any) -> Any:
        raise Unavailable("quotes are down")

    scene.exchange.quotes = down
    order = scene.exit(price_type=PriceType.SL_M, trigger_price=Decimal("98.00"))
    assert (order.status, order.terms.price) == (OrderStatus.TRIGGER_PENDING, Decimal("97.00"))


def test_a_trigger_outside_the_band_is_refused_before_anything_leaves(scene: Any) -> None:
    scene.offer(**QUIET)
    with pytest.raises(Refused) as caught:
        scene.gateway.exit(7, scene.terms(price_type=PriceType.SL_M, trigger_price=Decimal("94.95")))
    assert caught.value.code == "TRIGGER_OUTSIDE_BAND"
    assert scene.exchange.arrivals == []


def test_a_limit_of_a_stop_near_the_edge_is_cut_at_the_band(scene: Any) -> None:
    order = stop(scene, trigger_price=Decimal("95.10"))
    assert order.terms.price == Decimal("95.00")
    buy = stop(scene, side=Side.BUY, trigger_price=Decimal("104.90"))
    assert buy.terms.price == Decimal("105.00")


def test_a_trailed_stop_stays_protected_with_its_new_trigger(scene: Any) -> None:
    order = stop(scene)
    terms = scene.terms(price_type=PriceType.SL_M, trigger_price=Decimal("99.00"))
    command = ModifyOrder(
        order_id=order.order_id, terms=terms, instrument=scene.instrument, row=scene.row(order)
    )
    scene.gateway.writes.modify(scene.gateway.mandate(7), command)
    assert (order.terms.price_type, order.terms.trigger_price) == (PriceType.SL, Decimal("99.00"))
    scene.pass_time(10)
    (open_one,) = scene.gateway.protection.roster.open()
    assert open_one.asked.trigger_price == Decimal("99.00")
    assert [(end.state, end.alarm) for end in scene.ended] == [("released", False)]


def test_a_stop_of_yesterday_is_let_go_without_an_alarm(scene: Any) -> None:
    stop(scene)
    scene.clock.advance(24 * 3600)
    scene.pass_time(1)
    assert [(end.state, end.alarm) for end in scene.ended] == [("ended", False)]
