"""Rules of an account before an entry, and counts that hold when many orders come at once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import InvalidInput
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from services.trading import risk
from utils.clock import ManualClock
from utils.concurrency import run_all

# 10:00 IST
NOW = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)
OFF = {"orders_per_second": None}


@pytest.fixture
def weighed(terms):
    """The breaches of an order under limits, given facts."""

    def weigh(order=None, facts=None, **limits):
        exposure = risk.Exposure(
            **{
                "terms": terms(**(order or {})),
                "now": NOW,
                "ltp": Decimal(400),
                "ltp_age": 1.0,
                **(facts or {}),
            }
        )
        return risk.weigh(risk.Limits(**{**OFF, **limits}), exposure)

    return weigh


LIMIT_400 = {"price_type": PriceType.LIMIT, "price": Decimal(400), "quantity": 3000}
MARKET = {"price_type": PriceType.MARKET, "price": None, "quantity": 3000}


def test_a_refusal_names_rule_limit_and_value(weighed) -> None:
    (breach,) = weighed(LIMIT_400, max_order_value=Decimal(1_000_000))

    assert breach.message == "max_order_value: 12,00,000 exceeds 10,00,000"
    assert (breach.rule, breach.limit, breach.value) == ("max_order_value", "1000000", "1200000")
    assert risk.RiskRefused((breach,)).code == "RISK_MAX_ORDER_VALUE"


def test_the_defaults_hinder_nobody_but_a_burst(terms) -> None:
    calm = risk.Exposure(terms=terms(), now=NOW)
    burst = risk.Exposure(terms=terms(), now=NOW, sent_within_second=10)

    assert risk.weigh(risk.Limits(), calm) == ()
    assert [item.rule for item in risk.weigh(risk.Limits(), burst)] == ["orders_per_second"]


@pytest.mark.parametrize(
    ("limits", "order", "facts", "broken"),
    [
        ({"max_quantity": 3000}, LIMIT_400, {}, False),
        ({"max_quantity": 2999}, LIMIT_400, {}, True),
        ({"max_order_value": Decimal(1_200_000)}, LIMIT_400, {}, False),
        ({"max_order_value": Decimal(1_200_000)}, LIMIT_400, {"multiplier": 2}, True),
        ({"max_order_value": Decimal(1_200_000)}, MARKET, {"ltp": Decimal("400.05")}, True),
        ({"max_order_value": Decimal(1_200_000)}, {**LIMIT_400, "side": Side.SELL}, {"ltp": Decimal(500)}, True),
        ({"price_band_percent": Decimal(5)}, {**LIMIT_400, "price": Decimal(420)}, {}, False),
        ({"price_band_percent": Decimal(5)}, {**LIMIT_400, "price": Decimal("420.05")}, {}, True),
        ({"price_band_percent": Decimal(5)}, {**LIMIT_400, "price": Decimal("379.95")}, {}, True),
        ({"price_band_percent": Decimal(5)}, MARKET, {}, False),
        ({"max_open_orders": 5}, {}, {"open_orders": 5}, False),
        ({"max_open_orders": 5}, {}, {"open_orders": 6}, True),
        ({"max_positions": 5}, {}, {"positions": 6}, True),
        ({"max_daily_loss": Decimal(5000)}, {}, {"day_result": Decimal("-4999.99")}, False),
        ({"max_daily_loss": Decimal(5000)}, {}, {"day_result": Decimal(-5000)}, True),
        ({"max_daily_loss": Decimal(5000)}, {}, {"day_result": Decimal(9000)}, False),
        ({"orders_per_second": 9}, {}, {"sent_this_second": 9}, False),
        ({"orders_per_second": 9}, {}, {"sent_this_second": 10}, True),
        ({"duplicate_seconds": 5}, {}, {"same_terms_age": 4.9}, True),
        ({"duplicate_seconds": 5}, {}, {"same_terms_age": 5.0}, False),
        ({"products": frozenset({Product.CNC})}, {"product": Product.MIS}, {}, True),
        ({"exchanges": frozenset({Exchange.NFO})}, {"exchange": Exchange.NSE}, {}, True),
        ({"hours": (risk.Hours(dt.time(9, 15), dt.time(10, 0)),)}, {}, {}, True),
        ({"hours": (risk.Hours(dt.time(10, 0), dt.time(15, 30)),)}, {}, {}, False),
        ({"allowed_symbols": frozenset({"SBIN"})}, {}, {}, True),
        ({"allowed_symbols": frozenset({"TATAPOWER"})}, {}, {}, False),
        ({"denied_symbols": frozenset({"TATAPOWER"})}, {}, {}, True),
    ],
)  # fmt: skip
def test_each_rule_at_its_edge(weighed, limits, order, facts, broken) -> None:
    assert bool(weighed(order, facts, **limits)) is broken


@pytest.mark.parametrize(
    ("limits", "order", "facts"),
    [
        ({"max_order_value": Decimal(10**9)}, MARKET, {"ltp": None, "ltp_age": None}),
        ({"max_order_value": Decimal(10**9)}, MARKET, {"ltp_age": 30.1}),
        ({"price_band_percent": Decimal(50)}, LIMIT_400, {"ltp": None}),
        ({"max_open_orders": 10**6}, {}, {"open_orders": None}),
        ({"max_positions": 10**6}, {}, {"positions": None}),
        ({"max_daily_loss": Decimal(10**9)}, {}, {"day_result": None}),
    ],
)
def test_what_is_not_known_never_passes(weighed, limits, order, facts) -> None:
    (breach,) = weighed(order, facts, **limits)

    assert breach.value == "unknown"


def test_the_strictest_of_all_scopes_binds() -> None:
    day = risk.Hours(dt.time(9, 15), dt.time(15, 30))
    account = risk.Limits(
        max_quantity=100, exchanges=frozenset({Exchange.NSE, Exchange.NFO}), hours=(day,), duplicate_seconds=2,
        denied_symbols=frozenset({"SBIN"}),
    )  # fmt: skip
    key = risk.Limits(
        max_quantity=500, max_positions=3, exchanges=frozenset({Exchange.NFO}), orders_per_second=2,
        hours=(risk.Hours(dt.time(9, 0), dt.time(12, 0)),), duplicate_seconds=9,
        denied_symbols=frozenset({"INFY"}),
    )  # fmt: skip

    bound = risk.strictest([account, key])

    assert (bound.max_quantity, bound.max_positions, bound.orders_per_second) == (100, 3, 2)
    assert bound.exchanges == {Exchange.NFO}
    assert bound.hours == (risk.Hours(dt.time(9, 15), dt.time(12, 0)),)
    assert (bound.duplicate_seconds, bound.denied_symbols) == (9, {"SBIN", "INFY"})


@pytest.mark.parametrize(
    "limits",
    [
        {"max_quantity": 0}, {"max_daily_loss": Decimal(-1)}, {"max_order_value": Decimal("NaN")},
        {"duplicate_seconds": 301}, {"hours": (risk.Hours(dt.time(15), dt.time(9)),)},
    ],
)  # fmt: skip
def test_senseless_limits_are_refused(limits) -> None:
    with pytest.raises(InvalidInput):
        risk.checked(risk.Limits(**limits))


def _storm(reservations, orders, book, limits) -> int:
    def attempt(order):
        def job() -> int:
            try:
                reservations.reserve(7, "live", order, book, limits)
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

    sent = _storm(risk.Reservations(ManualClock(NOW)), orders, book, risk.Limits(**{**OFF, **limits}))

    assert sent == admitted


def test_of_32_equal_orders_one_is_sent(terms) -> None:
    limits = risk.Limits(**OFF, duplicate_seconds=5)

    assert _storm(risk.Reservations(ManualClock(NOW)), [terms()] * 32, risk.Book(), limits) == 1


def test_an_order_counts_once_between_its_answer_and_its_row(terms) -> None:
    reservations, limits = risk.Reservations(ManualClock(NOW)), risk.Limits(**OFF, max_open_orders=2)
    first = reservations.reserve(7, "live", terms(), risk.Book(working=0), limits)
    reservations.close(first, "A1")

    reservations.reserve(7, "live", terms(), risk.Book(working=1, seen=frozenset({"A1"})), limits)
    with pytest.raises(risk.RiskRefused):
        reservations.reserve(7, "live", terms(), risk.Book(working=0), limits)


def test_a_refused_order_gives_its_place_back_but_not_its_send(terms) -> None:
    reservations = risk.Reservations(ManualClock(NOW))
    limits = risk.Limits(max_open_orders=1, orders_per_second=1, duplicate_seconds=5)
    first = reservations.reserve(7, "live", terms(), risk.Book(working=0), limits)
    reservations.release(7, "live", first)

    with pytest.raises(risk.RiskRefused) as caught:
        reservations.reserve(7, "live", terms(), risk.Book(working=0), limits)

    assert [item.rule for item in caught.value.breaches] == ["orders_per_second"]


def test_both_the_calendar_second_and_the_rolling_second_are_kept(terms) -> None:
    clock = ManualClock(NOW + dt.timedelta(milliseconds=900))
    reservations, limits = risk.Reservations(clock), risk.Limits(orders_per_second=2)
    reservations.record_exit(7, "live")
    reservations.reserve(7, "live", terms(), risk.Book(), limits)
    clock.advance(0.5)

    with pytest.raises(risk.RiskRefused):
        reservations.reserve(7, "live", terms(), risk.Book(), limits)
    clock.advance(0.5)
    reservations.reserve(7, "live", terms(), risk.Book(), limits)


def test_paper_orders_do_not_use_up_live_counts(terms) -> None:
    reservations, limits = risk.Reservations(ManualClock(NOW)), risk.Limits(orders_per_second=1)
    reservations.reserve(7, "analyze", terms(), risk.Book(), limits)

    reservations.reserve(7, "live", terms(), risk.Book(), limits)
