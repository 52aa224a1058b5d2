"""The rules of exits, for every position, price and order of events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput, Refused
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from domain.portfolio import Position
from domain.triggers.exit_checks import check_levels, check_terms
from domain.triggers.exits import (
    OPEN_STATES,
    ExitEvent,
    ExitLeg,
    ExitState,
    ExitTerms,
    Level,
    Measure,
    PositionExit,
    Trail,
    after,
)
from services.trading.commands import Place
from services.trading.plans.closing import ALREADY_CLOSING, Exit
from services.triggers.exits.firing import sizes_of

TICK = Decimal("0.05")


def points(value: object) -> Level:
    return Level(measure=Measure.POINTS, value=Decimal(str(value)))


def percent(value: object) -> Level:
    return Level(measure=Measure.PERCENT, value=Decimal(str(value)))


def at(value: object) -> Level:
    return Level(measure=Measure.PRICE, value=Decimal(str(value)))


def held(direction: int = 1, **changes: Any) -> PositionExit:
    legs = {
        name: changes.pop(name) for name in ("stoploss", "target", "trailing_stop", "most") if name in changes
    }
    most = legs.pop("most", None)
    made = PositionExit(
        exit_id="EXT-1", user_id=1, account_id=1, broker="simulator", mode="live", strategy="s", symbol="RELIANCE",
        exchange=Exchange.NSE, product=Product.MIS, direction=direction, tick_size=TICK,
        terms=ExitTerms(quantity=most, **legs), state=ExitState.ACTIVE, created_ms=0, updated_ms=0, quantity=10,
        base=Decimal(100),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


TICKS = st.integers(1, 4000).map(lambda count: count * TICK)
DISTANCES = st.one_of(
    st.integers(1, 400).map(lambda count: points(count * TICK)),
    st.decimals("0.01", "60", places=2).map(percent),
)
DIRECTIONS = st.sampled_from([1, -1])
STEPS = st.none() | st.integers(1, 40).map(lambda count: count * TICK)


@given(DIRECTIONS, DISTANCES, STEPS, st.lists(TICKS, min_size=1, max_size=40), st.integers(0, 39))
def test_a_trailing_stop_never_loosens_whatever_the_prices_and_wherever_the_program_restarts(
    direction: int, distance: Level, step: Decimal | None, prices: list[Decimal], restart: int
) -> None:
    current = held(direction, trailing_stop=Trail(distance=distance, step=step))
    stop: Decimal | None = None
    for number, price in enumerate(prices):
        current = current.seen(price) or current
        assert current.trail is not None and current.mark is not None
        assert current.trail % TICK == 0
        assert (current.mark - current.trail) * direction >= TICK
        if stop is not None:
            assert (current.trail - stop) * direction >= 0
            moved = abs(current.trail - stop)
            assert moved == 0 or moved >= max(step or TICK, TICK)
        stop = current.trail
        if number == restart:
            current = msgspec.json.decode(msgspec.json.encode(current), type=PositionExit)


def test_a_trailing_stop_follows_the_price_by_its_step_and_stays_when_the_price_falls() -> None:
    current = held(trailing_stop=Trail(distance=points(5), step=Decimal(2)))
    stops = []
    for price in ("100", "101", "102.5", "99", "110", "108"):
        current = current.seen(Decimal(price)) or current
        stops.append(current.trail)
    assert stops == [95, 95, Decimal("97.5"), Decimal("97.5"), 105, 105]


@given(DIRECTIONS, st.lists(st.sampled_from(list(ExitEvent)), max_size=60))
def test_of_any_run_of_events_only_one_claim_is_open_and_a_final_set_stays_final(
    direction: int, events: list[ExitEvent]
) -> None:
    state, claims, ended = ExitState.WAITING, 0, 0
    for event in events:
        following = after(state, event)
        if following is None:
            continue
        assert state in OPEN_STATES
        if event is ExitEvent.CLAIM:
            claims += 1
        if event in (ExitEvent.NOT_SENT, ExitEvent.LOST, ExitEvent.DONE, ExitEvent.REARM, ExitEvent.ABANDON):
            ended += 1
        assert claims - ended in (0, 1)
        state = following


@pytest.mark.parametrize("state", [ExitState.FIRING, ExitState.EXITING])
def test_while_exit_orders_are_under_way_nothing_else_can_be_claimed_or_withdrawn(state: ExitState) -> None:
    for event in (ExitEvent.CLAIM, ExitEvent.CANCEL, ExitEvent.GONE):
        assert after(state, event) is None


@given(DIRECTIONS, TICKS, st.integers(1, 500), st.integers(1, 500))
def test_stop_and_target_are_never_reached_by_the_same_price(
    direction: int, price: Decimal, below: int, above: int
) -> None:
    current = held(direction, stoploss=points(below * TICK), target=points(above * TICK))
    hit = current.reached(price)
    loss = (Decimal(100) - price) * direction
    if hit is None:
        assert -above * TICK < loss < below * TICK
    else:
        assert hit[0] is (ExitLeg.STOPLOSS if loss > 0 else ExitLeg.TARGET)


def test_distances_round_in_favour_of_the_position() -> None:
    long = held(stoploss=percent(1), target=percent(1), base=Decimal("100.33")).levels()
    short = held(-1, stoploss=percent(1), target=percent(1), base=Decimal("100.33")).levels()
    assert (long[ExitLeg.STOPLOSS], long[ExitLeg.TARGET]) == (Decimal("99.35"), Decimal("101.35"))
    assert (short[ExitLeg.STOPLOSS], short[ExitLeg.TARGET]) == (Decimal("101.30"), Decimal("99.30"))


def test_of_two_reached_stops_the_nearer_one_is_named() -> None:
    current = held(stoploss=at(95), trailing_stop=Trail(distance=points(2)), trail=Decimal(104))
    assert current.reached(Decimal(90)) == (ExitLeg.TRAILING_STOP, Decimal(104))


def test_a_gap_through_the_stop_reaches_it() -> None:
    assert held(stoploss=at(95)).reached(Decimal(40)) == (ExitLeg.STOPLOSS, Decimal(95))
    assert held(-1, stoploss=at(105)).reached(Decimal(190)) == (ExitLeg.STOPLOSS, Decimal(105))


def test_without_an_average_price_distances_count_from_the_first_price_that_is_seen() -> None:
    current = held(stoploss=points(5), base=None)
    assert current.levels() == {}
    seen = current.seen(Decimal(80))
    assert seen is not None and seen.levels() == {ExitLeg.STOPLOSS: Decimal(75)}


@given(DIRECTIONS, st.integers(-300, 300), st.none() | st.integers(1, 300))
def test_the_position_decides_what_is_protected(direction: int, net: int, most: int | None) -> None:
    active = held(direction, stoploss=points(5), most=most).followed(net, Decimal(100))
    towards = net * direction
    if towards > 0:
        assert active.state is ExitState.ACTIVE
        assert active.quantity == (towards if most is None else min(towards, most))
    else:
        assert active.state is ExitState.ENDED
    waiting = held(direction, stoploss=points(5), state=ExitState.WAITING, quantity=0).followed(
        net, Decimal(100)
    )
    assert waiting.state is (ExitState.ACTIVE if towards > 0 else ExitState.WAITING)


def test_growth_moves_the_base_to_the_new_average_and_a_partial_close_does_not() -> None:
    current = held(stoploss=points(5))
    assert current.followed(20, Decimal(90)).base == Decimal(90)
    assert current.followed(4, Decimal(90)).base == Decimal(100)


def exit_order(quantity: int, side: Side = Side.SELL) -> Exit:
    position = Position(
        symbol="RELIANCE", exchange=Exchange.NSE, product="MIS", quantity=quantity, average_price=None
    )
    order = Place(
        strategy="s", symbol="RELIANCE", exchange=Exchange.NSE, side=side, quantity=Decimal(quantity),
        price_type=PriceType.MARKET, product=Product.MIS, reduces=True,
    )  # fmt: skip
    return Exit(position=position, order=order)


@given(st.lists(st.integers(1, 1800), max_size=6), st.none() | st.integers(1, 5000), DIRECTIONS)
def test_exit_orders_together_never_exceed_what_the_position_still_needs(
    planned: list[int], most: int | None, direction: int
) -> None:
    current = held(direction, stoploss=points(5))
    sizes = sizes_of(current, [exit_order(size, current.side) for size in planned], most)
    assert sum(sizes) == (sum(planned) if most is None else min(sum(planned), most))
    assert all(size <= given for size, given in zip(sizes, planned, strict=False))
    assert sizes_of(current, [exit_order(size, current.side.opposite) for size in planned], most) == []


def test_what_must_not_be_touched_now_is_refused_and_what_is_closing_needs_nothing() -> None:
    blocked = msgspec.structs.replace(exit_order(5), order=None, code="OUTCOME_UNKNOWN", message="wait")
    with pytest.raises(Refused) as raised:
        sizes_of(held(stoploss=points(5)), [blocked], None)
    assert raised.value.code == "OUTCOME_UNKNOWN"
    closing = msgspec.structs.replace(blocked, code=ALREADY_CLOSING)
    assert sizes_of(held(stoploss=points(5)), [closing], None) == []


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (ExitTerms(), "exits"),
        (ExitTerms(stoploss=at("99.99")), "exits.stoploss"),
        (ExitTerms(stoploss=points("0.01")), "exits.stoploss"),
        (ExitTerms(stoploss=percent(100)), "exits.stoploss"),
        (ExitTerms(trailing_stop=Trail(distance=at(5))), "exits.trailing_stop"),
        (ExitTerms(trailing_stop=Trail(distance=points(5), step=Decimal("0.07"))), "exits.trailing_stop"),
        (ExitTerms(target=points(5), quantity=7), "exits.quantity"),
    ],
)
def test_terms_that_no_price_can_make_right_are_refused(terms: ExitTerms, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_terms(terms, direction=1, tick=TICK, lot=5)
    assert list(raised.value.errors) == [field]


@pytest.mark.parametrize(
    ("direction", "legs", "field"),
    [
        (1, {"stoploss": at(101)}, "exits.stoploss"),
        (1, {"target": at(99)}, "exits.target"),
        (-1, {"stoploss": at(99)}, "exits.stoploss"),
        (-1, {"target": at(101)}, "exits.target"),
        (1, {"stoploss": points(150)}, "exits.stoploss"),
    ],
)
def test_a_level_that_the_price_has_reached_already_is_refused(
    direction: int, legs: dict, field: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_levels(held(direction, **legs), Decimal(100))
    assert list(raised.value.errors) == [field]
