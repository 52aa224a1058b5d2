"""What the practice exchange lists."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.core.contracts import check
from broker.simulator.expiries import live_monthlies, live_weeklies, monthly
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.instruments import Exchange, InstrumentType

TODAY = dt.date(2026, 11, 23)
TUESDAY, THURSDAY = 1, 3
days = st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31))


def options_by_root(universe: Universe, today: dt.date, exchange: Exchange) -> dict[str, set[dt.date]]:
    found: dict[str, set[dt.date]] = defaultdict(set)
    for row in universe.instruments(today):
        if row.exchange is exchange and row.instrument_type.is_option and row.expiry:
            found[row.name].add(row.expiry)
    return found


def test_a_newcomer_finds_more_than_ten_thousand_instruments(universe: Universe) -> None:
    checked = check(universe.instruments(TODAY), None, TODAY)

    assert len(checked.instruments) >= 10_000
    assert checked.counts[Exchange.NSE] >= 200 and checked.counts[Exchange.BSE] >= 200
    assert checked.counts[Exchange.NSE_INDEX] == 57 and checked.counts[Exchange.BSE_INDEX] == 40
    assert all(
        checked.counts[exchange] for exchange in (Exchange.NFO, Exchange.BFO, Exchange.MCX, Exchange.CDS)
    )


@settings(max_examples=4, deadline=None)
@given(days)
def test_every_day_passes_the_contract_gates(universe: Universe, today: dt.date) -> None:
    checked = check(universe.instruments(today), None, today)

    assert len(checked.instruments) >= 10_000
    assert all(row.token.isdecimal() and int(row.token) < 2**24 for row in checked.instruments)


def test_scale_ten_reaches_150_000(prices: Prices) -> None:
    assert sum(1 for _ in Universe(prices, 10).instruments(TODAY)) >= 150_000


@settings(max_examples=3, deadline=None)
@given(days)
def test_names_and_tokens_lead_back_to_the_instrument(universe: Universe, today: dt.date) -> None:
    for row in list(universe.instruments(today))[::71]:
        by_name = universe.find(row.exchange.value, row.symbol, today)
        by_token = universe.by_token(row.broker_exchange, row.token, today)
        assert by_name is not None and by_name.instrument == row
        assert by_token is not None and by_token.instrument == row


@pytest.mark.parametrize(
    "symbol", ["RELIANCE", "TCS", "INFY", "HDFCBANK", "SBIN", "TATAPOWER", "M&M", "BAJAJ-AUTO", "360ONE"]
)
def test_well_known_shares_are_listed_on_both_exchanges(universe: Universe, symbol: str) -> None:
    for exchange in ("NSE", "BSE"):
        contract = universe.find(exchange, symbol, TODAY)
        assert contract is not None
        assert contract.instrument.tick_size in (Decimal("0.01"), Decimal("0.05"))
        assert contract.instrument.instrument_type is InstrumentType.EQ


def test_options_on_names_with_digits_and_signs_are_found(universe: Universe) -> None:
    for name in ("M&M", "BAJAJ-AUTO", "360ONE", "NIFTYNXT50"):
        rows = [row for row in universe.instruments(TODAY) if row.name == name and row.strike]
        assert rows
        assert universe.find(rows[0].exchange.value, rows[0].symbol, TODAY) is not None


@pytest.mark.parametrize(
    ("root", "exchange", "lot", "freeze"),
    [
        ("NIFTY", "NFO", 65, 1800), ("BANKNIFTY", "NFO", 30, 600), ("FINNIFTY", "NFO", 60, 1200),
        ("MIDCPNIFTY", "NFO", 120, 2800), ("SENSEX", "BFO", 20, 1000), ("BANKEX", "BFO", 30, 900),
    ],
)  # fmt: skip
def test_index_lots_and_freeze_quantities(
    universe: Universe, root: str, exchange: str, lot: int, freeze: int
) -> None:
    rows = [row for row in universe.instruments(TODAY) if row.name == root and row.exchange == exchange]

    assert {(row.lot_size, row.freeze_qty) for row in rows} == {(lot, freeze)}
    assert len([row for row in rows if row.instrument_type is InstrumentType.FUT]) == 3


@settings(max_examples=4, deadline=None)
@given(days)
def test_nse_expires_on_tuesdays_and_bse_on_thursdays(universe: Universe, today: dt.date) -> None:
    for exchange, weekday, weekly_root in (
        (Exchange.NFO, TUESDAY, "NIFTY"), (Exchange.BFO, THURSDAY, "SENSEX"),
    ):  # fmt: skip
        found = options_by_root(universe, today, exchange)
        assert {day.weekday() for live in found.values() for day in live} == {weekday}
        week_after = dt.timedelta(days=7)
        for root, live in found.items():
            if root != weekly_root:
                assert all((day + week_after).month != day.month for day in live), root
        soon = sorted(found[weekly_root])[:4]
        assert [(later - sooner).days for sooner, later in itertools.pairwise(soon)] == [7, 7, 7]
        assert 0 <= (soon[0] - today).days < 7


def test_three_months_are_live_on_and_after_an_expiry_day() -> None:
    before = live_monthlies("last TUE", dt.date(2026, 11, 24), 3, ())
    after = live_monthlies("last TUE", dt.date(2026, 11, 25), 3, ())

    assert before == [dt.date(2026, 11, 24), dt.date(2026, 12, 29), dt.date(2027, 1, 26)]
    assert after == [dt.date(2026, 12, 29), dt.date(2027, 1, 26), dt.date(2027, 2, 23)]


def test_an_expiry_on_a_holiday_moves_to_the_trading_day_before() -> None:
    holidays = {dt.date(2026, 12, 29), dt.date(2026, 12, 28)}

    assert monthly("last TUE", 2026, 12, holidays) == dt.date(2026, 12, 25)
    assert live_weeklies("TUE", dt.date(2026, 12, 26), 1, holidays) == [dt.date(2027, 1, 5)]
    assert live_monthlies("last TUE", dt.date(2026, 12, 26), 1, holidays) == [dt.date(2027, 1, 26)]


def test_a_universe_with_holidays_lists_the_moved_expiry(prices: Prices) -> None:
    moved = Universe(prices, holidays={dt.date(2026, 11, 24)})

    assert moved.find("NFO", "NIFTY23NOV26FUT", TODAY) is not None
    assert moved.find("NFO", "NIFTY24NOV26FUT", TODAY) is None


def test_currency_and_commodity_contracts_have_their_terms(universe: Universe) -> None:
    dollar = universe.find("CDS", "USDINR29DEC26FUT", TODAY)
    gold = universe.find("MCX", "GOLDM05FEB27FUT", TODAY)

    assert dollar is not None and dollar.instrument.tick_size == Decimal("0.0025")
    assert dollar.instrument.multiplier == 1000
    assert gold is not None and gold.instrument.multiplier == 10


def test_fifty_strikes_lie_on_either_side_of_the_money(universe: Universe, prices: Prices) -> None:
    for offset in range(0, 400, 40):
        today = TODAY + dt.timedelta(days=offset)
        index = universe.find("NSE_INDEX", "NIFTY", today)
        assert index is not None
        spot = index.tick.price(prices.prev_close(index, (today - dt.date(1970, 1, 1)).days))
        strikes: dict[dt.date, list[float]] = defaultdict(list)
        for row in universe.instruments(today):
            if row.name == "NIFTY" and row.instrument_type is InstrumentType.CE and row.expiry:
                strikes[row.expiry].append(float(row.strike or 0))
        for live in strikes.values():
            assert sum(strike > spot for strike in live) >= 50 and sum(strike < spot for strike in live) >= 50


def test_a_listed_strike_stays_until_it_expires(universe: Universe) -> None:
    held: set[str] = set()
    for offset in range(15):
        today = dt.date(2026, 12, 1) + dt.timedelta(days=offset)
        now = {row.symbol for row in universe.instruments(today) if row.expiry == dt.date(2026, 12, 29)}
        assert held <= now
        held = now


@pytest.mark.parametrize(
    ("exchange", "symbol"),
    [
        ("NSE", "NOSUCH"), ("NFO", "NIFTY24NOV2626001CE"), ("NFO", "NIFTY25NOV26FUT"), ("NFO", "NIFTY99XXX26FUT"),
        ("NFO", "NIFTY24NOV26999950CE"), ("BFO", "NIFTY24NOV26FUT"), ("NFO", "NIFTY24NOV2626000.0CE"), ("NFO", ""),
    ],
)  # fmt: skip
def test_names_that_are_not_listed_are_not_found(universe: Universe, exchange: str, symbol: str) -> None:
    assert universe.find(exchange, symbol, TODAY) is None


@pytest.mark.parametrize("token", ["", "0", "-1", "abc", "99999999999999", "0001"])
def test_tokens_that_nobody_has_are_not_found(universe: Universe, token: str) -> None:
    assert universe.by_token("NFO", token, TODAY) is None
