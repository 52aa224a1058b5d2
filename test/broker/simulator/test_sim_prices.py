"""The one price function: repeatable, consistent, free of arbitrage to tick rounding."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.simulator.prices.fair import RATE
from broker.simulator.prices.path import DAY_VERTICES, MINUTES, STEPS
from broker.simulator.prices.quotes import Prices, vertex_ms, vertex_of
from broker.simulator.specs import Contract, day_date, day_number
from broker.simulator.universe import Universe
from domain import black76
from domain.instruments import Instrument, InstrumentType
from utils.clock import IST, from_epoch

ROOT = Path(__file__).resolve().parents[3]
FIRST = day_number(dt.date(2026, 11, 20))
days = st.integers(0, 9).map(lambda place: FIRST + place * 37)
vertices = st.builds(lambda day, within: day * DAY_VERTICES + within, days, st.integers(0, DAY_VERTICES - 1))
ROOTS = ("NIFTY", "BANKNIFTY", "MIDCPNIFTY", "SENSEX", "RELIANCE", "CRUDEOIL", "USDINR")


@lru_cache(maxsize=10)
def listing(universe: Universe, day: int) -> list[Instrument]:
    """Every 41st instrument of a day."""
    return list(universe.instruments(day_date(day)))[::41]


@lru_cache(maxsize=10)
def options(universe: Universe, day: int) -> dict[str, list[Instrument]]:
    """Options of a few roots on a day."""
    found: dict[str, list[Instrument]] = {root: [] for root in ROOTS}
    for row in universe.instruments(day_date(day)):
        if row.name in found and row.strike is not None:
            found[row.name].append(row)
    return found


def drawn(universe: Universe, vertex: int, place: int) -> Contract:
    """Some instrument that is listed on the vertex's day."""
    rows = listing(universe, vertex // DAY_VERTICES)
    row = rows[place % len(rows)]
    contract = universe.find(row.exchange.value, row.symbol, day_date(vertex // DAY_VERTICES))
    assert contract is not None
    return contract


places = st.integers(0, 10**6)


GOLDEN = {
    "NSE:TATAPOWER": 8233,
    "NSE_INDEX:NIFTY": 489241,
    "BSE:SBIN": 13656,
    "NFO:NIFTY29DEC26FUT": 492388,
    "NFO:NIFTY24NOV2624000CE": 9349,
    "MCX:GOLDM05FEB27FUT": 139717,
    "CDS:USDINR29DEC26FUT": 36341,
}


@pytest.mark.parametrize(("key", "ticks"), GOLDEN.items())
def test_prices_of_seed_one_never_change(
    prices: Prices, found: Callable[[str], Contract], key: str, ticks: int
) -> None:
    contract = found(key)
    instant = dt.datetime(2026, 11, 23, 10, 0, 0, tzinfo=IST)

    assert prices.last(contract, prices.vertex(contract, instant)) == ticks


def test_another_process_computes_the_same_prices(prices: Prices, universe: Universe) -> None:
    script = (
        "import datetime as dt\n"
        "from broker.simulator.prices.quotes import Prices\n"
        "from broker.simulator.universe import Universe\n"
        "p = Prices(1); u = Universe(p); d = dt.date(2026, 11, 23)\n"
        "rows = list(u.instruments(d))[::397]\n"
        "print([p.last(u.find(r.exchange.value, r.symbol, d), 3590000000) for r in rows])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    day = dt.date(2026, 11, 23)
    ours = []
    for row in list(universe.instruments(day))[::397]:
        contract = universe.find(row.exchange.value, row.symbol, day)
        assert contract is not None
        ours.append(prices.last(contract, 3_590_000_000))

    assert done.stdout.strip() == str(ours)


def test_another_seed_gives_other_prices(prices: Prices, found: Callable[[str], Contract]) -> None:
    other = Prices(2)
    contract = found("NSE:SBIN")
    day = day_number(dt.date(2026, 11, 23))

    assert [prices.paths.close(contract.spot, day + n) for n in range(5)] != [
        other.paths.close(contract.spot, day + n) for n in range(5)
    ]


def test_what_was_asked_before_does_not_matter(universe: Universe, found: Callable[[str], Contract]) -> None:
    contract = found("NSE:RELIANCE")
    forward, backward = Prices(5, cached_days=2), Prices(5, cached_days=2)
    points = [day_number(dt.date(2026, 11, 1)) * DAY_VERTICES + n * 77_777 for n in range(40)]

    ahead = [forward.quote(contract, point) for point in points]
    back = [backward.quote(contract, point) for point in reversed(points)]

    assert ahead == back[::-1]


@settings(max_examples=200, deadline=None)
@given(vertices, places)
def test_a_quote_agrees_with_itself(universe: Universe, prices: Prices, vertex: int, place: int) -> None:
    contract = drawn(universe, vertex, place)
    vertex = prices.vertex(contract, from_epoch(vertex_ms(vertex) / 1000))

    seen = prices.day_so_far(contract, vertex)
    circuit = prices.circuit(contract, vertex // DAY_VERTICES)
    quote = prices.quote(contract, vertex)

    assert 1 <= seen.low <= min(seen.open, seen.last) and max(seen.open, seen.last) <= seen.high
    assert seen.last == prices.last(contract, vertex)
    assert circuit.prev_close == prices.prev_close(contract, vertex // DAY_VERTICES)
    tick = contract.instrument.tick_size
    assert all(Decimal(str(price)) % tick == 0 for price in (quote.ltp, quote.open, quote.prev_close))
    if contract.kind is InstrumentType.INDEX:
        assert quote.volume == 0 and quote.bid is None
        return
    assert circuit.lower <= seen.low and seen.high <= circuit.upper
    assert quote.ask is not None and (quote.bid is None or quote.bid < quote.ask)
    assert quote.ask >= quote.ltp and (quote.bid is None or quote.bid <= quote.ltp)
    assert quote.volume is not None and quote.volume >= 0 and quote.volume % contract.lot == 0
    assert quote.oi is not None and quote.oi % contract.lot == 0


@settings(max_examples=80, deadline=None)
@given(vertices, places, st.sampled_from([5, 20, 30, 50]))
def test_a_book_is_ordered_on_the_grid_and_in_lots(
    universe: Universe, prices: Prices, vertex: int, place: int, levels: int
) -> None:
    contract = drawn(universe, vertex, place)
    book = prices.book(contract, vertex, levels)
    if contract.kind is InstrumentType.INDEX:
        assert book.bids == [] and book.asks == []
        return

    bids, asks = [level.ticks for level in book.bids], [level.ticks for level in book.asks]
    assert bids == sorted(set(bids), reverse=True) and asks == sorted(set(asks))
    assert all(
        level.quantity > 0 and level.quantity % contract.lot == 0 for level in (*book.bids, *book.asks)
    )
    assert all(tick >= 1 for tick in bids)
    shallow = prices.book(contract, vertex, 3)
    assert shallow.bids == book.bids[: len(shallow.bids)] and shallow.asks == book.asks[: len(shallow.asks)]


def test_a_book_deeper_than_fifty_is_refused(prices: Prices, found: Callable[[str], Contract]) -> None:
    with pytest.raises(ValueError, match="50"):
        prices.book(found("NSE:SBIN"), 3_590_000_000, 51)


@settings(max_examples=60, deadline=None)
@given(days, st.integers(0, MINUTES - 1), places)
def test_a_minute_starts_and_ends_where_it_should_and_touches_its_extremes(
    universe: Universe, prices: Prices, day: int, minute: int, place: int
) -> None:
    contract = drawn(universe, day * DAY_VERTICES, place)
    path = prices.paths.day(contract.spot, day)
    values = prices.paths.minute(contract.spot, day, minute).values

    assert len(values) == STEPS
    assert values[0] == path.minute_open(minute) and values[-1] == path.closes[minute]
    assert max(values) == path.highs[minute] and min(values) == path.lows[minute]


@settings(max_examples=60, deadline=None)
@given(days, places)
def test_a_day_starts_and_ends_where_it_should_and_touches_its_extremes(
    universe: Universe, prices: Prices, day: int, place: int
) -> None:
    contract = drawn(universe, day * DAY_VERTICES, place)
    path = prices.paths.day(contract.spot, day)

    assert path.closes[-1] == path.bar.close == prices.paths.close(contract.spot, day)
    assert max(path.highs) == path.bar.high and min(path.lows) == path.bar.low
    assert path.highest[-1] == path.bar.high and path.lowest[-1] == path.bar.low


@settings(max_examples=40, deadline=None)
@given(vertices, st.sampled_from(ROOTS))
def test_calls_and_puts_keep_parity_to_tick_rounding(
    universe: Universe, prices: Prices, vertex: int, root: str
) -> None:
    day = vertex // DAY_VERTICES
    calls = [row for row in options(universe, day)[root] if row.instrument_type is InstrumentType.CE]
    for row in calls[:: max(1, len(calls) // 25)]:
        call = universe.find(row.exchange.value, row.symbol, day_date(day))
        put = universe.find(row.exchange.value, row.symbol[:-2] + "PE", day_date(day))
        assert (
            call is not None and put is not None and call.strike is not None and call.expiry_day is not None
        )
        if call.expiry_vertex is not None and vertex > call.expiry_vertex:
            continue
        c, p = prices.last(call, vertex), prices.last(put, vertex)
        spot = call.spot.tick.price(prices.paths.value(call.spot, day, vertex % DAY_VERTICES))
        carry = math.exp(RATE * (call.expiry_day - day) / 365)
        parity = (spot * carry - call.strike) / carry
        tick = float(row.tick_size)
        assert abs((c - p) * tick - parity) <= 1.01 * tick + (tick if 1 in (c, p) else 0)


@settings(max_examples=25, deadline=None)
@given(vertices)
def test_dearer_strikes_make_cheaper_calls_and_dearer_puts(
    universe: Universe, prices: Prices, vertex: int
) -> None:
    day = vertex // DAY_VERTICES
    rows = options(universe, day)["NIFTY"]
    expiries = sorted({row.expiry for row in rows if row.expiry})
    for kind, sign in (("CE", -1), ("PE", 1)):
        chain = [row for row in rows if row.expiry == expiries[1] and row.instrument_type == kind]
        ticks = []
        for row in sorted(chain, key=lambda row: row.strike or 0):
            contract = universe.find("NFO", row.symbol, day_date(day))
            assert contract is not None
            ticks.append(prices.last(contract, vertex) * sign)
        assert ticks == sorted(ticks)


def test_an_option_is_black76_on_the_future(
    prices: Prices, at_the_money: Callable[..., Contract], found: Callable[[str], Contract]
) -> None:
    day = day_number(dt.date(2026, 11, 23))
    vertex = day * DAY_VERTICES + 10 * 60 * STEPS  # 10:00, the start of a block
    call = at_the_money("NIFTY", "CE", steps=3)
    assert call.strike is not None and call.expiry_vertex is not None
    spot = call.spot.tick.price(prices.paths.value(call.spot, day, vertex % DAY_VERTICES))
    years = (call.expiry_vertex + 1 - vertex) / (DAY_VERTICES * 365)
    carry = math.exp(RATE * 1 / 365)
    value = black76.price(spot * carry, call.strike, prices.fair.volatility(call, day), years, 0.0, call=True)

    assert prices.last(call, vertex) == pytest.approx(value / carry * 20, abs=0.51)


def test_a_future_meets_its_spot_on_expiry_day(prices: Prices, found: Callable[[str], Contract]) -> None:
    future, index = found("NFO:NIFTY24NOV26FUT"), found("NSE_INDEX:NIFTY")
    vertex = day_number(dt.date(2026, 11, 24)) * DAY_VERTICES + 1_000

    assert prices.last(future, vertex) == prices.last(index, vertex)
    assert prices.last(future, vertex - DAY_VERTICES) > prices.last(index, vertex - DAY_VERTICES)


def test_an_expired_contract_stands_still(prices: Prices, found: Callable[[str], Contract]) -> None:
    contract = found("NFO:NIFTY24NOV26FUT")
    closing = dt.datetime(2026, 11, 24, 15, 30, tzinfo=IST)

    last = prices.vertex(contract, closing - dt.timedelta(milliseconds=500))
    assert prices.vertex(contract, closing) == last == prices.vertex(contract, closing + dt.timedelta(days=9))


def test_vertices_are_half_seconds_of_the_indian_day() -> None:
    midnight = dt.datetime(2026, 11, 23, tzinfo=IST)

    assert vertex_of(midnight) == day_number(midnight.date()) * DAY_VERTICES
    assert vertex_of(midnight - dt.timedelta(microseconds=1)) == vertex_of(midnight) - 1
    assert vertex_of(midnight + dt.timedelta(milliseconds=999)) == vertex_of(midnight) + 1


def test_prices_stay_near_their_level_and_move_as_volatile_as_they_should(
    universe: Universe, prices: Prices, found: Callable[[str], Contract]
) -> None:
    day = day_number(dt.date(2026, 11, 23))
    for key in ("NSE:SBIN", "NSE_INDEX:NIFTY", "NSE:IDEA"):
        spot = found(key).spot
        closes = [prices.paths.close(spot, day + n) for n in range(1500)]
        moves = [math.log(b / a) for a, b in itertools.pairwise(closes)]
        deviation = math.sqrt(sum(move * move for move in moves) / len(moves))
        assert deviation == pytest.approx(spot.daily_volatility, rel=0.12)
        levels = [abs(math.log(spot.tick.price(close) / spot.level)) for close in closes]
        assert max(levels) < 40 * spot.daily_volatility
