"""Bars of all intervals agree with each other, with the quotes and with every tick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.simulator.prices.candles import Candles
from broker.simulator.prices.path import DAY_VERTICES, MINUTES, STEPS
from broker.simulator.prices.quotes import Prices, vertex_ms
from broker.simulator.specs import Contract, day_number
from broker.simulator.universe import Universe
from domain.market import Candle, Interval
from utils.clock import IST, UTC, from_epoch

DAY = dt.date(2026, 11, 20)
MIDNIGHT = dt.datetime(2026, 11, 20, tzinfo=IST)
LATER = MIDNIGHT + dt.timedelta(days=2)
KEYS = (
    "NSE:SBIN", "BSE:IDEA", "NSE_INDEX:NIFTY", "NFO:NIFTY29DEC26FUT", "NFO:NIFTY24NOV2624500CE",
    "NFO:NIFTY24NOV2624500PE", "NFO:BANKNIFTY29DEC2659000PE", "MCX:CRUDEOIL18DEC26FUT", "CDS:USDINR29DEC26FUT",
)  # fmt: skip
INTRADAY = [interval for interval in Interval if interval.seconds]
keys = st.sampled_from(KEYS)
within_a_day = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def candles(prices: Prices) -> Candles:
    return Candles(prices)


@pytest.fixture(scope="module")
def contracts(universe: Universe) -> dict[str, Contract]:
    found = {}
    for key in KEYS:
        exchange, _, symbol = key.partition(":")
        contract = universe.find(exchange, symbol, DAY)
        assert contract is not None, key
        found[key] = contract
    return found


def joined(bars: list[Candle], seconds: int) -> list[tuple[float, ...]]:
    """The bars gathered into lengths aligned to midnight IST."""
    groups: dict[int, list[Candle]] = {}
    for bar in bars:
        groups.setdefault((bar.timestamp + 19_800) // seconds * seconds - 19_800, []).append(bar)
    return [
        (start, of[0].open, max(b.high for b in of), min(b.low for b in of), of[-1].close,
         sum(b.volume for b in of), of[-1].oi)
        for start, of in groups.items()
    ]  # fmt: skip


def plain(bars: list[Candle]) -> list[tuple[float, ...]]:
    return [(b.timestamp, b.open, b.high, b.low, b.close, b.volume, b.oi) for b in bars]


@within_a_day
@given(keys, st.integers(0, MINUTES - 1))
def test_a_minute_bar_is_its_ticks(
    prices: Prices, candles: Candles, contracts: dict[str, Contract], key: str, minute: int
) -> None:
    contract = contracts[key]
    start = MIDNIGHT + dt.timedelta(minutes=minute)
    first = day_number(DAY) * DAY_VERTICES + minute * STEPS
    ticks = [contract.tick.price(prices.last(contract, vertex)) for vertex in range(first, first + STEPS)]

    [bar] = candles.bars(contract, Interval.M1, start, start, LATER)

    assert (bar.open, bar.high, bar.low, bar.close) == (ticks[0], max(ticks), min(ticks), ticks[-1])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("interval", [i for i in INTRADAY if (i.seconds or 0) > 60])
def test_longer_bars_are_joined_minutes(
    candles: Candles, contracts: dict[str, Contract], key: str, interval: Interval
) -> None:
    end = MIDNIGHT + dt.timedelta(days=1, seconds=-1)
    minutes = candles.bars(contracts[key], Interval.M1, MIDNIGHT, end, LATER)
    assert len(minutes) == MINUTES and interval.seconds is not None

    assert plain(candles.bars(contracts[key], interval, MIDNIGHT, end, LATER)) == joined(
        minutes, interval.seconds
    )


@within_a_day
@given(keys, st.sampled_from([i for i in INTRADAY if 1 < (i.seconds or 0) < 60]), st.integers(0, 23))
def test_second_bars_are_joined_single_seconds(
    candles: Candles, contracts: dict[str, Contract], key: str, interval: Interval, hour: int
) -> None:
    start = MIDNIGHT + dt.timedelta(hours=hour)
    end = start + dt.timedelta(minutes=9, seconds=-1)
    singles = candles.bars(contracts[key], Interval.S1, start, end, LATER)
    assert len(singles) == 540 and interval.seconds is not None

    assert plain(candles.bars(contracts[key], interval, start, end, LATER)) == joined(
        singles, interval.seconds
    )
    minutes = candles.bars(contracts[key], Interval.M1, start, end, LATER)
    assert plain(minutes) == joined(singles, 60)


@pytest.mark.parametrize("key", KEYS)
def test_the_day_bar_is_its_minutes(candles: Candles, contracts: dict[str, Contract], key: str) -> None:
    for now in (LATER, MIDNIGHT + dt.timedelta(hours=13, minutes=7, seconds=31)):
        end = MIDNIGHT + dt.timedelta(hours=23, minutes=59)
        minutes = candles.bars(contracts[key], Interval.M1, MIDNIGHT, end, now)
        [day] = candles.bars(contracts[key], Interval.D, MIDNIGHT, end, now)

        assert day.timestamp == int(dt.datetime(2026, 11, 20, tzinfo=UTC).timestamp())
        assert plain([day])[0][1:] == joined(minutes, 86_400)[0][1:]


@pytest.mark.parametrize("interval", [Interval.W, Interval.M, Interval.Q, Interval.Y])
@pytest.mark.parametrize("key", KEYS)
def test_weeks_and_longer_are_joined_days(
    candles: Candles, contracts: dict[str, Contract], key: str, interval: Interval
) -> None:
    start = dt.datetime(2025, 1, 1, tzinfo=IST)
    days = candles.bars(contracts[key], Interval.D, start, LATER, LATER)
    bars = candles.bars(contracts[key], interval, start, LATER, LATER)

    assert bars and bars[-1].close == days[-1].close
    for bar, following in zip(bars, [*bars[1:], None], strict=True):
        inside = [
            d
            for d in days
            if bar.timestamp <= d.timestamp and not (following and d.timestamp >= following.timestamp)
        ]
        first = from_epoch(bar.timestamp).date()
        assert first.weekday() == 0 if interval is Interval.W else first.day == 1
        assert bar.open == inside[0].open and bar.close == inside[-1].close
        assert bar.high == max(d.high for d in inside) and bar.low == min(d.low for d in inside)
        assert bar.volume == sum(d.volume for d in inside)


@within_a_day
@given(keys, st.integers(0, DAY_VERTICES - 1))
def test_the_bar_in_progress_ends_at_the_last_price_and_knows_no_future(
    prices: Prices, candles: Candles, contracts: dict[str, Contract], key: str, within: int
) -> None:
    contract = contracts[key]
    vertex = day_number(DAY) * DAY_VERTICES + within
    now = from_epoch(vertex_ms(vertex) / 1000)
    quote = prices.quote(contract, vertex)
    for interval in Interval:
        bars = candles.bars(contract, interval, now - dt.timedelta(days=40 if not interval.seconds else 0,
                            seconds=interval.seconds or 0), LATER, now)  # fmt: skip
        if interval in (Interval.Q, Interval.Y, Interval.M) and not bars:
            continue  # the period began before the range
        assert bars[-1].close == quote.ltp
        assert bars[-1].low <= quote.ltp <= bars[-1].high
        if interval is Interval.D:
            assert (bars[-1].open, bars[-1].high, bars[-1].low) == (quote.open, quote.high, quote.low)
            assert bars[-1].volume == quote.volume and bars[-1].oi == quote.oi
    seconds = candles.bars(contract, Interval.S1, now - dt.timedelta(seconds=30), LATER, now)
    minute = candles.bars(contract, Interval.M1, now - dt.timedelta(seconds=60), LATER, now)[-1]
    since = [bar for bar in seconds if bar.timestamp >= minute.timestamp]
    assert minute.high >= max(bar.high for bar in since) and minute.low <= min(bar.low for bar in since)


@within_a_day
@given(keys, st.integers(1, DAY_VERTICES - 1))
def test_volume_never_falls_and_bars_add_up_to_it(
    prices: Prices, candles: Candles, contracts: dict[str, Contract], key: str, within: int
) -> None:
    contract = contracts[key]
    vertex = day_number(DAY) * DAY_VERTICES + within
    now = from_epoch(vertex_ms(vertex) / 1000)
    bars = candles.bars(contract, Interval.M1, MIDNIGHT, LATER, now)

    before, after = prices.quote(contract, vertex - 1), prices.quote(contract, vertex)
    assert before.volume is not None and after.volume is not None and before.volume <= after.volume
    assert sum(bar.volume for bar in bars) == after.volume
    assert all(bar.volume >= 0 and bar.volume % contract.lot == 0 for bar in bars)


def test_ranges_hold_the_bars_that_start_inside_them(
    candles: Candles, contracts: dict[str, Contract]
) -> None:
    contract = contracts["NSE:SBIN"]
    at = MIDNIGHT + dt.timedelta(hours=9, minutes=15)
    minute = dt.timedelta(minutes=1)

    bars = candles.bars(contract, Interval.M1, at, at + 2 * minute, LATER)
    assert [bar.timestamp for bar in bars] == [int((at + n * minute).timestamp()) for n in range(3)]
    late = candles.bars(contract, Interval.M1, at + dt.timedelta(microseconds=1), at + minute, LATER)
    assert [bar.timestamp for bar in late] == [int((at + minute).timestamp())]
    assert candles.bars(contract, Interval.M5, at + minute, at + 4 * minute, LATER) == []
    assert candles.bars(contract, Interval.H1, LATER, LATER + dt.timedelta(days=1), LATER - minute) == []
    assert candles.bars(contract, Interval.D, LATER, MIDNIGHT, LATER) == []


def test_bars_of_a_range_do_not_depend_on_where_it_is_cut(
    candles: Candles, contracts: dict[str, Contract]
) -> None:
    contract = contracts["NFO:NIFTY24NOV2624500CE"]
    for interval in (Interval.S45, Interval.M1, Interval.M20, Interval.H4, Interval.D):
        middle = MIDNIGHT + dt.timedelta(hours=25, seconds=7)
        span = dt.timedelta(hours=30 if interval.seconds else 100)
        whole = candles.bars(contract, interval, MIDNIGHT, MIDNIGHT + span, LATER)
        left = candles.bars(contract, interval, MIDNIGHT, middle - dt.timedelta(microseconds=1), LATER)
        right = candles.bars(contract, interval, middle, MIDNIGHT + span, LATER)
        if interval is Interval.D:  # days compare dates, so the middle day is in both
            right = [bar for bar in right if bar.timestamp > left[-1].timestamp]
        assert left + right == whole


def test_a_derivative_has_bars_from_its_listing_to_its_expiry_only(
    candles: Candles, universe: Universe, clock: object
) -> None:
    contract = universe.resolve("NFO", "NIFTY24NOV26FUT")
    assert contract is not None and contract.expiry_day is not None
    long_ago, far = dt.datetime(2025, 1, 1, tzinfo=IST), dt.datetime(2027, 6, 1, tzinfo=IST)

    days = candles.bars(contract, Interval.D, long_ago, far, far)
    minutes = candles.bars(contract, Interval.M1, far - dt.timedelta(days=200), far, far)

    assert (
        days[0].timestamp == contract.listed_day * 86_400
        and days[-1].timestamp == contract.expiry_day * 86_400
    )
    assert from_epoch(minutes[-1].timestamp).astimezone(IST) == dt.datetime(2026, 11, 24, 15, 29, tzinfo=IST)


def test_indices_trade_no_volume(candles: Candles, found: Callable[[str], Contract]) -> None:
    bars = candles.bars(
        found("NSE_INDEX:BANKNIFTY"), Interval.D, MIDNIGHT - dt.timedelta(days=9), MIDNIGHT, LATER
    )

    assert len(bars) == 10 and all(bar.volume == 0 and bar.oi == 0 for bar in bars)
