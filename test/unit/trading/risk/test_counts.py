"""Counts that hold when many orders come at once, and what becomes of a place once its order has ended."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from domain.orders import PriceType
from services.trading import risk
from utils.clock import ManualClock
from utils.concurrency import run_all

# 10:00 IST
NOW = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)


def _storm(reservations, orders, book, limits) -> int:
    def attempt(order):
        def job() -> int:
            try:
                reservations.reserve(7, "live", order, book, risk.Ruleset(limits))
            except risk.RiskRefused:
                return 0
            return 1

        return job

    return sum(run_all([attempt(order) for order in orders], 32, "storm"))


@pytest.mark.parametrize(
    ("limits", "admitted"),
    [
        ({"max_open_orders": 7}, 5),
        ({"max_positions": 4}, 3),
        ({"orders_per_second": 9}, 9),
    ],
)
def test_counts_hold_when_32_orders_come_at_once(terms, limits, admitted) -> None:
    book = risk.Book(working=2, positions=frozenset({("NSE", "HELD", "MIS")}))
    orders = [terms(symbol=f"S{number}") for number in range(32)]

    sent = _storm(risk.Reservations(ManualClock(NOW)), orders, book, risk.Limits(**limits))

    assert sent == admitted


def test_of_32_equal_orders_one_is_sent(terms) -> None:
    limits = risk.Limits(duplicate_seconds=5)

    assert _storm(risk.Reservations(ManualClock(NOW)), [terms()] * 32, risk.Book(), limits) == 1


def test_an_order_counts_once_between_its_answer_and_its_row(terms) -> None:
    reservations, limits = risk.Reservations(ManualClock(NOW)), risk.Limits(max_open_orders=2)
    first = reservations.reserve(7, "live", terms(), risk.Book(working=0), risk.Ruleset(limits))
    reservations.close(first, "A1")

    reservations.reserve(
        7, "live", terms(), risk.Book(working=1, seen=frozenset({"A1"})), risk.Ruleset(limits)
    )
    with pytest.raises(risk.RiskRefused):
        reservations.reserve(7, "live", terms(), risk.Book(working=0), risk.Ruleset(limits))


def test_a_refused_order_gives_its_place_back_but_not_its_send(terms) -> None:
    reservations = risk.Reservations(ManualClock(NOW))
    limits = risk.Limits(max_open_orders=1, orders_per_second=1, duplicate_seconds=5)
    first = reservations.reserve(7, "live", terms(), risk.Book(working=0), risk.Ruleset(limits))
    reservations.release(first)

    with pytest.raises(risk.RiskRefused) as caught:
        reservations.reserve(7, "live", terms(), risk.Book(working=0), risk.Ruleset(limits))

    assert [item.rule for item in caught.value.breaches] == ["orders_per_second"]


def test_both_the_calendar_second_and_the_rolling_second_are_kept(terms) -> None:
    clock = ManualClock(NOW + dt.timedelta(milliseconds=900))
    reservations, limits = risk.Reservations(clock), risk.Limits(orders_per_second=2)
    reservations.record_exit(7, "live")
    reservations.reserve(7, "live", terms(), risk.Book(), risk.Ruleset(limits))
    clock.advance(0.5)

    with pytest.raises(risk.RiskRefused):
        reservations.reserve(7, "live", terms(), risk.Book(), risk.Ruleset(limits))
    clock.advance(0.5)
    reservations.reserve(7, "live", terms(), risk.Book(), risk.Ruleset(limits))


def test_paper_orders_do_not_use_up_live_counts(terms) -> None:
    reservations, limits = risk.Reservations(ManualClock(NOW)), risk.Limits(orders_per_second=1)
    reservations.reserve(7, "analyze", terms(), risk.Book(), risk.Ruleset(limits))

    reservations.reserve(7, "live", terms(), risk.Book(), risk.Ruleset(limits))


@pytest.mark.parametrize(
    ("limits", "book", "admitted"),
    [
        ({"max_open_orders": 40}, risk.Book(working=0), 40),
        ({"max_symbol_orders": 40}, risk.Book(working=0, symbol_working=3), 37),
        ({"max_net_quantity": 400}, risk.Book(held_units=50, resting_units=50), 30),
        ({"max_daily_orders": 45}, risk.Book(sent_before=5), 40),
        ({"max_gross_exposure": Decimal(100_000)}, risk.Book(resting_values={}, held_value=Decimal(60_000)), 10),
        ({"max_daily_turnover": Decimal(100_000)}, risk.Book(resting_values={}, traded=Decimal(60_000)), 10),
        ({"orders_per_minute": 25}, risk.Book(), 25),
    ],
)  # fmt: skip
def test_exactly_as_many_of_300_simultaneous_orders_pass_as_fit(terms, limits, book, admitted) -> None:
    orders = [terms(price=Decimal(400))] * 300

    assert _storm(risk.Reservations(ManualClock(NOW)), orders, book, risk.Limits(**limits)) == admitted


def test_an_order_with_an_unknown_outcome_counts_once_while_it_may_be_live(terms) -> None:
    clock = ManualClock(NOW)
    reservations, rules = risk.Reservations(clock), risk.Ruleset(risk.Limits(max_open_orders=2))
    lost = reservations.reserve(7, "live", terms(), risk.Book(working=0), rules)
    reservations.close(lost, None, "OA1")
    unknown = risk.Book(working=0, uncertain=(("OA1", terms()),))

    reservations.reserve(7, "live", terms(), unknown, rules)
    with pytest.raises(risk.RiskRefused, match="max_open_orders: 3 exceeds 2"):
        reservations.reserve(7, "live", terms(), unknown, rules)
    clock.advance(11)
    with pytest.raises(risk.RiskRefused, match="max_open_orders: 3 exceeds 2"):
        reservations.reserve(7, "live", terms(), unknown, rules)  # the second still has no answer


def test_what_rests_without_a_price_is_worth_what_it_was_when_it_left(terms) -> None:
    reservations = risk.Reservations(ManualClock(NOW))
    rules = risk.Ruleset(risk.Limits(max_gross_exposure=Decimal(8_000)))
    market = terms(price_type=PriceType.MARKET, price=None)
    book = risk.Book(held_value=Decimal(0), resting_values={}, ltp=Decimal(400), ltp_age=0.0)
    reservations.close(reservations.reserve(7, "live", market, book, rules), "A1")
    shown = risk.Book(
        seen=frozenset({"A1"}),
        held_value=Decimal(0),
        resting_values={"A1": None},
        ltp=Decimal(400),
        ltp_age=0.0,
    )

    reservations.reserve(7, "live", market, shown, rules)
    stranger = risk.Book(held_value=Decimal(0), resting_values={"X": None}, ltp=Decimal(400), ltp_age=0.0)
    with pytest.raises(risk.RiskRefused, match="not known"):
        reservations.reserve(7, "live", market, stranger, rules)


def test_the_orders_of_a_day_begin_anew_at_indian_midnight(terms) -> None:
    clock = ManualClock(dt.datetime(2026, 11, 20, 18, 29, 30, tzinfo=dt.UTC))
    reservations, rules = risk.Reservations(clock), risk.Ruleset(risk.Limits(max_daily_orders=1))
    reservations.record_exit(7, "live")
    with pytest.raises(risk.RiskRefused, match="max_daily_orders: 2 exceeds 1"):
        reservations.reserve(7, "live", terms(), risk.Book(sent_before=0), rules)
    clock.advance(30)
    reservations.reserve(7, "live", terms(), risk.Book(sent_before=0), rules)


def test_more_units_of_a_working_order_are_weighed_as_what_they_add(terms) -> None:
    reservations = risk.Reservations(ManualClock(NOW))
    rules = risk.Ruleset(risk.Limits(max_net_quantity=15, max_open_orders=1), changes=True)
    book = risk.Book(working=1, held_units=0, resting_units=10)
    fits, more = (risk.Change(order_id="A", added=added, left=10 + added) for added in (5, 6))

    assert reservations.attempt(7, "live", terms(quantity=15), book, rules, change=fits).refused is None
    refused = reservations.attempt(7, "live", terms(quantity=16), book, rules, change=more).refused
    assert refused is not None and [item.rule for item in refused.breaches] == ["max_net_quantity"]


def test_an_order_of_a_plan_steps_back_while_a_single_order_waits(terms) -> None:
    reservations, rules = risk.Reservations(ManualClock(NOW)), risk.Ruleset(risk.Limits(orders_per_second=9))
    with reservations.waiting(7, "live"):
        leg = reservations.attempt(7, "live", terms(), risk.Book(), rules, yields=True)
        assert leg.reservation is None and leg.wait
        assert reservations.attempt(7, "live", terms(), risk.Book(), rules).reservation
    assert reservations.attempt(7, "live", terms(), risk.Book(), rules, yields=True).reservation
