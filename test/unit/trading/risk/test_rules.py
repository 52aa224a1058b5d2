"""Every rule by name: it passes at its limit, refuses one step beyond, and refuses when it cannot know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product, Side
from services.trading import risk
from services.wire.errors import describe

# 10:00 IST on a Friday.
NOW = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def weighed(terms):
    """The breaches of an order under limits, given facts."""

    def weigh(order: dict[str, Any], facts: dict[str, Any], **limits: Any) -> tuple[risk.Breach, ...]:
        known = {"terms": terms(**order), "now": NOW, "ltp": Decimal(400), "ltp_age": 1.0, **facts}
        return risk.weigh(risk.Limits(**limits), risk.Exposure(**known))

    return weigh


LIMIT = {"price_type": PriceType.LIMIT, "price": Decimal(400), "quantity": 3000}
MARKET = {"price_type": PriceType.MARKET, "price": None, "quantity": 3000}
SELL = {**LIMIT, "side": Side.SELL}
STOP = {"price_type": PriceType.SL_M, "price": None, "trigger_price": Decimal(420), "quantity": 3000}
CALL = {"instrument_type": InstrumentType.CE}
MILLION = Decimal(1_000_000)

# rule -> cases of (order, facts, limits, whether the order is refused)
CASES: dict[str, list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], bool]]] = {
    "exchanges": [
        ({}, {}, {"exchanges": frozenset({Exchange.NSE})}, False),
        ({"exchange": Exchange.BSE}, {}, {"exchanges": frozenset({Exchange.NSE})}, True),
        ({}, {}, {"exchanges": frozenset()}, True),
    ],
    "products": [
        ({}, {}, {"products": frozenset({Product.MIS})}, False),
        ({}, {}, {"products": frozenset({Product.CNC})}, True),
    ],
    "price_types": [
        (LIMIT, {}, {"price_types": frozenset({PriceType.LIMIT})}, False),
        (MARKET, {}, {"price_types": frozenset({PriceType.LIMIT})}, True),
    ],
    "instrument_types": [
        ({}, CALL, {"instrument_types": frozenset({InstrumentType.CE})}, False),
        ({}, CALL, {"instrument_types": frozenset({InstrumentType.EQ})}, True),
        ({}, {}, {"instrument_types": frozenset({InstrumentType.EQ})}, True),
    ],
    "allowed_symbols": [
        ({}, {}, {"allowed_symbols": frozenset({"TATAPOWER"})}, False),
        ({}, {}, {"allowed_symbols": frozenset({"SBIN"})}, True),
    ],
    "denied_symbols": [
        ({}, {}, {"denied_symbols": frozenset({"SBIN"})}, False),
        ({}, {}, {"denied_symbols": frozenset({"TATAPOWER"})}, True),
    ],
    "no_market_exchanges": [
        (LIMIT, {}, {"no_market_exchanges": frozenset({Exchange.NSE})}, False),
        (MARKET, {}, {"no_market_exchanges": frozenset({Exchange.NFO})}, False),
        (MARKET, {}, {"no_market_exchanges": frozenset({Exchange.NSE})}, True),
        (STOP, {}, {"no_market_exchanges": frozenset({Exchange.NSE})}, True),
    ],
    "no_market_symbols": [
        (LIMIT, {}, {"no_market_symbols": frozenset({"TATAPOWER"})}, False),
        (MARKET, {}, {"no_market_symbols": frozenset({"TATAPOWER"})}, True),
    ],
    "no_option_selling": [
        ({**LIMIT, "side": Side.BUY}, CALL, {"no_option_selling": True}, False),
        (SELL, {"instrument_type": InstrumentType.FUT}, {"no_option_selling": True}, False),
        (SELL, CALL, {"no_option_selling": True}, True),
    ],
    "no_short_selling": [
        (LIMIT, {}, {"no_short_selling": True}, False),
        ({**SELL, "product": Product.CNC}, {}, {"no_short_selling": True}, False),
        (SELL, {}, {"no_short_selling": True}, True),
    ],
    "hours": [
        ({}, {}, {"hours": (risk.Hours(dt.time(10, 0), dt.time(15, 30)),)}, False),
        ({}, {}, {"hours": (risk.Hours(dt.time(9, 15), dt.time(10, 0)),)}, True),
        ({}, {}, {"hours": ()}, True),
    ],
    "last_entry_time": [
        ({}, {}, {"last_entry_time": dt.time(10, 0, 1)}, False),
        ({}, {}, {"last_entry_time": dt.time(10, 0)}, True),
    ],
    "min_days_to_expiry": [
        ({}, {**CALL, "expiry": TODAY + dt.timedelta(days=2)}, {"min_days_to_expiry": 2}, False),
        ({}, {**CALL, "expiry": TODAY + dt.timedelta(days=1)}, {"min_days_to_expiry": 2}, True),
        ({}, {**CALL, "expiry": TODAY}, {"min_days_to_expiry": 1}, True),
        ({}, {"instrument_type": InstrumentType.EQ}, {"min_days_to_expiry": 5}, False),
        ({}, {**CALL, "expiry": None}, {"min_days_to_expiry": 5}, True),
    ],
    "min_price": [
        (LIMIT, {}, {"min_price": Decimal(400)}, False),
        (LIMIT, {}, {"min_price": Decimal("400.05")}, True),
        (MARKET, {}, {"min_price": Decimal("400.05")}, True),
    ],
    "max_quantity": [
        (LIMIT, {}, {"max_quantity": 3000}, False),
        (LIMIT, {}, {"max_quantity": 2999}, True),
    ],
    "max_lots": [
        (LIMIT, {"lot_size": 75}, {"max_lots": 40}, False),
        (LIMIT, {"lot_size": 75}, {"max_lots": 39}, True),
    ],
    "max_symbol_quantity": [
        (LIMIT, {}, {"max_symbol_quantities": {"TATAPOWER": 3000}}, False),
        (LIMIT, {}, {"max_symbol_quantities": {"SBIN": 1}}, False),
        (LIMIT, {}, {"max_symbol_quantities": {"TATAPOWER": 2999}}, True),
    ],
    "max_order_value": [
        (LIMIT, {}, {"max_order_value": Decimal(1_200_000)}, False),
        (LIMIT, {"multiplier": 2}, {"max_order_value": Decimal(1_200_000)}, True),
        (MARKET, {"ltp": Decimal("400.05")}, {"max_order_value": Decimal(1_200_000)}, True),
        (SELL, {"ltp": Decimal(500)}, {"max_order_value": Decimal(1_200_000)}, True),
        (STOP, {}, {"max_order_value": Decimal(1_260_000)}, False),
        (STOP, {}, {"max_order_value": Decimal(1_259_999)}, True),
    ],
    "price_band": [
        ({**LIMIT, "price": Decimal(420)}, {}, {"price_band_percent": Decimal(5)}, False),
        ({**LIMIT, "price": Decimal("420.05")}, {}, {"price_band_percent": Decimal(5)}, True),
        ({**LIMIT, "price": Decimal("379.95")}, {}, {"price_band_percent": Decimal(5)}, True),
        (MARKET, {}, {"price_band_percent": Decimal(5)}, False),
    ],
    "max_daily_loss": [
        ({}, {"day_result": Decimal("-4999.99")}, {"max_daily_loss": Decimal(5000)}, False),
        ({}, {"day_result": Decimal(9000)}, {"max_daily_loss": Decimal(5000)}, False),
        ({}, {"day_result": Decimal(-5000)}, {"max_daily_loss": Decimal(5000)}, True),
    ],
    "daily_profit_target": [
        ({}, {"day_result": Decimal("4999.99")}, {"daily_profit_target": Decimal(5000)}, False),
        ({}, {"day_result": Decimal(5000)}, {"daily_profit_target": Decimal(5000)}, True),
    ],
    "max_strategy_loss": [
        ({}, {"strategy_result": Decimal("-99.95")}, {"max_strategy_loss": Decimal(100)}, False),
        ({}, {"strategy_result": Decimal(-100)}, {"max_strategy_loss": Decimal(100)}, True),
    ],
    "min_available_funds": [
        ({}, {"funds": MILLION}, {"min_available_funds": MILLION}, False),
        ({}, {"funds": MILLION - 1}, {"min_available_funds": MILLION}, True),
    ],
    "max_positions": [
        ({}, {"positions": 5}, {"max_positions": 5}, False),
        ({}, {"positions": 6}, {"max_positions": 5}, True),
    ],
    "max_net_quantity": [
        ({}, {"net_quantity": 500}, {"max_net_quantity": 500}, False),
        ({}, {"net_quantity": 501}, {"max_net_quantity": 500}, True),
        ({}, {"net_quantity": -501}, {"max_net_quantity": 500}, True),
    ],
    "max_gross_exposure": [
        ({}, {"gross": MILLION}, {"max_gross_exposure": MILLION}, False),
        ({}, {"gross": MILLION + 1}, {"max_gross_exposure": MILLION}, True),
    ],
    "max_daily_turnover": [
        ({}, {"turnover": MILLION}, {"max_daily_turnover": MILLION}, False),
        ({}, {"turnover": MILLION + 1}, {"max_daily_turnover": MILLION}, True),
    ],
    "max_daily_orders": [
        ({}, {"sent_today": 50}, {"max_daily_orders": 50}, False),
        ({}, {"sent_today": 51}, {"max_daily_orders": 50}, True),
    ],
    "max_open_orders": [
        ({}, {"open_orders": 5}, {"max_open_orders": 5}, False),
        ({}, {"open_orders": 6}, {"max_open_orders": 5}, True),
    ],
    "max_symbol_orders": [
        ({}, {"symbol_orders": 2}, {"max_symbol_orders": 2}, False),
        ({}, {"symbol_orders": 3}, {"max_symbol_orders": 2}, True),
    ],
    "duplicate": [
        ({}, {"same_terms_age": 5.0}, {"duplicate_seconds": 5}, False),
        ({}, {"same_terms_age": 4.9}, {"duplicate_seconds": 5}, True),
    ],
    "orders_per_second": [
        ({}, {"sent_this_second": 9, "sent_within_second": 9}, {"orders_per_second": 9}, False),
        ({}, {"sent_this_second": 10}, {"orders_per_second": 9}, True),
        ({}, {"sent_within_second": 10}, {"orders_per_second": 9}, True),
    ],
    "orders_per_minute": [
        ({}, {"sent_within_minute": 60}, {"orders_per_minute": 60}, False),
        ({}, {"sent_within_minute": 61}, {"orders_per_minute": 60}, True),
    ],
}  # fmt: skip


def test_the_table_above_holds_every_rule() -> None:
    assert set(CASES) == set(risk.ENTRY_RULES)
    assert len(CASES) >= 24


@pytest.mark.parametrize(
    ("rule", "order", "facts", "limits", "refused"),
    [(rule, *case) for rule, cases in CASES.items() for case in cases],
)
def test_each_rule_at_its_edge(weighed, rule, order, facts, limits, refused) -> None:
    found = weighed(order, facts, **limits)

    assert [item.rule for item in found] == ([rule] if refused else [])
    for item in found:
        assert item.message.startswith(f"{rule}: ")
        assert item.limit and item.value


@pytest.mark.parametrize(
    ("order", "facts", "limits"),
    [
        (MARKET, {"ltp": None, "ltp_age": None}, {"max_order_value": Decimal(10**9)}),
        (MARKET, {"ltp_age": 30.1}, {"max_order_value": Decimal(10**9)}),
        (MARKET, {"ltp": None}, {"min_price": Decimal(1)}),
        (LIMIT, {"ltp": None}, {"price_band_percent": Decimal(50)}),
        ({}, {}, {"max_open_orders": 10**6}),
        ({}, {}, {"max_symbol_orders": 10**6}),
        ({}, {}, {"max_positions": 10**6}),
        ({}, {}, {"max_net_quantity": 10**6}),
        ({}, {}, {"max_gross_exposure": Decimal(10**9)}),
        ({}, {}, {"max_daily_turnover": Decimal(10**9)}),
        ({}, {}, {"max_daily_orders": 10**6}),
        ({}, {}, {"max_daily_loss": Decimal(10**9)}),
        ({}, {}, {"daily_profit_target": Decimal(10**9)}),
        ({}, {}, {"max_strategy_loss": Decimal(10**9)}),
        ({}, {}, {"min_available_funds": Decimal(1)}),
    ],
)
def test_what_is_not_known_never_passes(weighed, order, facts, limits) -> None:
    (breach,) = weighed(order, facts, **limits)

    assert breach.value == "unknown"
    assert risk.RiskRefused((breach,)).is_passing


def test_a_refusal_names_rule_limit_and_value(weighed) -> None:
    (breach,) = weighed(LIMIT, {}, max_order_value=MILLION)
    problem = describe(risk.RiskRefused((breach,)))

    assert breach.message == "max_order_value: 12,00,000 exceeds 10,00,000"
    assert (problem.status, problem.members["code"]) == (403, "RISK_MAX_ORDER_VALUE")
    assert [problem.members[name] for name in ("rule", "limit", "value")] == [
        "max_order_value", "1000000", "1200000",
    ]  # fmt: skip


def test_every_broken_rule_is_named(weighed) -> None:
    found = weighed(LIMIT, {}, max_quantity=1, max_order_value=Decimal(1), orders_per_second=9)

    assert [item["rule"] for item in risk.RiskRefused(found).details["breaches"]] == [
        "max_quantity", "max_order_value",
    ]  # fmt: skip


def test_a_full_second_is_answered_as_too_many_requests(weighed) -> None:
    found = weighed({}, {"sent_within_second": 10}, orders_per_second=9)
    problem = describe(risk.RiskRefused(found, retry_after=0.4))

    assert (problem.status, problem.headers) == (429, {"Retry-After": "1"})


def test_the_defaults_hinder_nobody_but_a_burst(terms) -> None:
    calm = risk.Exposure(terms=terms(), now=NOW)
    burst = risk.Exposure(terms=terms(), now=NOW, sent_within_second=10)
    house = risk.Limits(orders_per_second=risk.ORDERS_PER_SECOND)

    assert risk.weigh(house, calm) == ()
    assert [item.rule for item in risk.weigh(house, burst)] == ["orders_per_second"]
    assert risk.Ruleset(house).needs == frozenset()


def test_the_strictest_of_all_scopes_binds() -> None:
    day = risk.Hours(dt.time(9, 15), dt.time(15, 30))
    account = risk.Limits(
        max_quantity=100, exchanges=frozenset({Exchange.NSE, Exchange.NFO}), hours=(day,), duplicate_seconds=2,
        denied_symbols=frozenset({"SBIN"}), min_price=Decimal(5), no_option_selling=True,
        max_symbol_quantities={"INFY": 10, "TCS": 5}, last_entry_time=dt.time(15, 0), orders_per_second=9,
    )  # fmt: skip
    key = risk.Limits(
        max_quantity=500, max_positions=3, exchanges=frozenset({Exchange.NFO}), orders_per_second=2,
        hours=(risk.Hours(dt.time(9, 0), dt.time(12, 0)),), duplicate_seconds=9, min_price=Decimal(10),
        denied_symbols=frozenset({"INFY"}), max_symbol_quantities={"INFY": 20, "SBIN": 1},
        last_entry_time=dt.time(14, 0), min_days_to_expiry=1,
    )  # fmt: skip

    bound = risk.strictest([account, key])

    assert (bound.max_quantity, bound.max_positions, bound.orders_per_second) == (100, 3, 2)
    assert bound.exchanges == {Exchange.NFO}
    assert bound.hours == (risk.Hours(dt.time(9, 15), dt.time(12, 0)),)
    assert (bound.duplicate_seconds, bound.denied_symbols) == (9, {"SBIN", "INFY"})
    assert (bound.min_price, bound.no_option_selling, bound.no_short_selling) == (Decimal(10), True, False)
    assert bound.max_symbol_quantities == {"INFY": 10, "TCS": 5, "SBIN": 1}
    assert (bound.last_entry_time, bound.min_days_to_expiry) == (dt.time(14, 0), 1)


@pytest.mark.parametrize(
    "limits",
    [
        {"max_quantity": 0}, {"max_daily_loss": Decimal(-1)}, {"max_order_value": Decimal("NaN")},
        {"duplicate_seconds": 301}, {"hours": (risk.Hours(dt.time(15), dt.time(9)),)},
        {"max_symbol_quantities": {"SBIN": 0}}, {"allowed_symbols": frozenset({"sbin"})},
        {"denied_symbols": frozenset({" "})}, {"max_lots": 10**13},
    ],
)  # fmt: skip
def test_senseless_limits_are_refused(limits) -> None:
    with pytest.raises(InvalidInput):
        risk.checked(risk.Limits(**limits))
