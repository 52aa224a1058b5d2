"""Forwards, chains and Greeks over hand-made quotes."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import msgspec
import pytest

from domain import black76
from domain.errors import InvalidInput, NotFound, Unavailable, UnknownInstrument
from domain.instruments import Exchange, InstrumentKey
from domain.market import Quote
from domain.options import Premium, premium
from services.options.board import QuoteBoard
from services.options.chains import OptionChains
from services.options.expiry import expiry_instant, years_left
from services.options.greeks import GreeksAsked, GreeksDesk, NoImpliedVolatility
from services.options.listings import Listings

DECEMBER = dt.date(2026, 12, 29)
JANUARY = dt.date(2027, 1, 26)
VOLATILITY = 0.14


@pytest.fixture
def room(desk):
    """Chains and Greeks over the hand-written master, priced at one volatility on a forward of 26,500."""
    board = QuoteBoard(desk.market, desk.clock)
    listings = Listings(desk.instruments, desk.selection)
    desk.chains = OptionChains(desk.selection, listings, board, desk.calendar, desk.clock)
    desk.greeks = GreeksDesk(desk.instruments, listings, desk.chains, board, desk.calendar, desk.clock)
    reprice(desk, "NIFTY", DECEMBER, 26_500.0)
    desk.market.prices["NIFTY"] = Quote(ltp=26_400.0, prev_close=26_300.0)
    return desk


def reprice(desk, root, expiry, forward, exchange=Exchange.NFO, ticks=True):
    """Quote every option of the expiry at VOLATILITY."""
    for kind in ("CE", "PE"):
        for row in desk.instruments.chain("b", exchange, root, expiry, kind):
            years = years_left(expiry_instant(desk.calendar, row), desk.clock.now())
            value = black76.price(forward, float(row.strike), VOLATILITY, years, 0.0, call=kind == "CE")
            if ticks:
                value = round(round(value / 0.05) * 0.05, 2)
            desk.market.prices[row.symbol] = Quote(ltp=value)


def chain(room, expiry=DECEMBER, underlying="NIFTY", exchange=Exchange.NSE_INDEX, **changes):
    return room.chains.chain(
        room.caller, underlying, exchange, expiry, **({"with_greeks": True, "strike_count": 5} | changes)
    )


def greeks(room, symbol="NIFTY29DEC2626500CE", exchange=Exchange.NFO, **changes):
    return room.greeks.greeks(room.caller, GreeksAsked(key=InstrumentKey(exchange, symbol), **changes))


def test_the_future_of_the_same_expiry_is_the_forward(room) -> None:
    room.market.prices["NIFTY29DEC26FUT"] = Quote(ltp=26_510.0, bid=26_509.0, ask=26_512.0)
    found = chain(room).forward
    assert (found.source, found.price, found.symbol) == ("future", 26_510.5, "NIFTY29DEC26FUT")


def test_without_a_future_parity_at_the_money_is_the_forward(room) -> None:
    found = chain(room).forward
    assert found.source == "synthetic" and found.price == pytest.approx(26_500, abs=0.11)


def test_parity_grows_the_difference_by_the_rate(room) -> None:
    years = chain(room).years
    flat, rated = chain(room).forward.price, chain(room, rate=6.5).forward.price
    assert rated - 26_400 == pytest.approx((flat - 26_400) * math.exp(0.065 * years))


def test_without_either_the_spot_is_carried(room) -> None:
    for symbol in ("NIFTY29DEC2626400CE", "NIFTY29DEC2626400PE"):
        del room.market.prices[symbol]
    found = chain(room, rate=6.5)
    assert found.forward.source == "spot"
    assert found.forward.price == pytest.approx(26_400 * math.exp(0.065 * found.years))


def test_a_commodity_option_is_priced_on_the_future_it_delivers(room) -> None:
    room.market.prices["CRUDEOIL18DEC26FUT"] = Quote(ltp=5_560.0)
    reprice(room, "CRUDEOIL", dt.date(2026, 12, 17), 5_560.0, Exchange.MCX)
    found = chain(room, dt.date(2026, 12, 17), "CRUDEOIL", Exchange.MCX)
    assert (found.forward.source, found.forward.price) == ("future", 5_560.0)
    assert found.rows[0].call.valued.volatility == pytest.approx(VOLATILITY, abs=5e-4)


def test_a_strike_has_one_volatility_in_chain_and_greeks(room) -> None:
    """P16: the spot is never taken for the forward, on whichever page."""
    rows = {row.strike: row for row in chain(room).rows}
    for kind in ("CE", "PE"):
        alone = greeks(room, f"NIFTY29DEC2626500{kind}")
        leg = rows[Decimal(26_500)].call if kind == "CE" else rows[Decimal(26_500)].put
        assert alone.valued == leg.valued
        assert alone.valued.volatility == pytest.approx(VOLATILITY, abs=2e-5)


def test_a_forward_of_the_caller_overrules_and_zero_means_none(room) -> None:
    assert greeks(room, forward_price=26_000.0).forward.source == "given"
    assert greeks(room, forward_price=0.0).forward.source == "synthetic"


def test_an_underlying_of_the_caller_overrules(room) -> None:
    room.market.prices["NIFTY26JAN27FUT"] = Quote(ltp=26_600.0)
    named = greeks(room, underlying="NIFTY26JAN27FUT")
    assert (named.forward.source, named.forward.price) == ("future", 26_600.0)
    spot = greeks(room, underlying="NIFTY", underlying_exchange=Exchange.NSE_INDEX)
    assert spot.forward.source == "synthetic"
    with pytest.raises(UnknownInstrument):
        greeks(room, underlying="NOSUCH")
    with pytest.raises(NotFound):
        greeks(room, underlying="M&M", underlying_exchange=Exchange.NSE)


@pytest.mark.parametrize("name", ["360ONE", "M&M", "BAJAJ-AUTO", "NIFTYNXT50"])
def test_names_with_digits_and_signs_have_greeks(room, name) -> None:
    room.market.prices[name] = Quote(ltp=120.0)
    strikes = room.instruments.strikes("b", Exchange.NFO, name, DECEMBER, "CE")
    forward = float(strikes[4])
    room.market.prices[name] = Quote(ltp=forward)
    reprice(room, name, DECEMBER, forward, ticks=False)
    found = greeks(room, f"{name}29DEC26{strikes[4]}CE")
    assert found.valued.volatility == pytest.approx(VOLATILITY, rel=1e-6)


def test_labels_count_listed_strikes_from_the_money(room) -> None:
    found = chain(room, strike_count=2)
    shown = [(str(row.strike), str(row.call.label), str(row.put.label)) for row in found.rows]
    assert shown == [
        ("26300", "ITM2", "OTM2"), ("26350", "ITM1", "OTM1"), ("26400", "ATM", "ATM"), ("26450", "OTM1", "ITM1"),
        ("26500", "OTM2", "ITM2"),
    ]  # fmt: skip
    assert len(chain(room, strike_count=None).rows) == 61


def test_a_type_that_is_not_listed_is_absent(room) -> None:
    room.market.prices["NIFTY"] = Quote(ltp=29_100.0)
    last = chain(room, JANUARY, strike_count=1).rows[-1]
    assert last.call.instrument.symbol == "NIFTY26JAN2729000CE" and last.put is None


def test_an_embedded_expiry_wins_in_a_chain(room) -> None:
    found = chain(room, JANUARY, "NIFTY29DEC26FUT", Exchange.NFO)
    assert found.listing.expiry == DECEMBER


def test_a_chain_asks_twice_and_then_not_at_all_while_quotes_are_warm(room) -> None:
    chain(room)
    assert len(room.market.asked) == 2
    chain(room), greeks(room)
    assert len(room.market.asked) == 2
    room.clock.advance(0.5)
    assert chain(room).age_ms == 500
    room.clock.advance(0.6)
    chain(room)
    assert len(room.market.asked) == 4


def test_a_missing_quote_is_told_and_not_a_zero(room) -> None:
    del room.market.prices["NIFTY29DEC2626450CE"]
    leg = next(row for row in chain(room).rows if row.strike == 26_450).call
    assert leg.quote is None and leg.valued.volatility is None and leg.valued.delta is None
    assert leg.valued.reason == "the option has no price"
    with pytest.raises(NotFound, match="LTP not available for NIFTY29DEC2626450CE"):
        greeks(room, "NIFTY29DEC2626450CE")


def test_an_underlying_without_a_quote_fails_the_chain(room) -> None:
    del room.market.prices["NIFTY"]
    with pytest.raises(Unavailable):
        chain(room)


def test_deep_itm_without_time_value_is_its_payoff(room) -> None:
    """P16, catalogue 26."""
    room.market.prices["NIFTY29DEC2625000CE"] = Quote(ltp=1_400.0)
    room.market.prices["NIFTY29DEC2628000PE"] = Quote(ltp=1_500.0)
    call, put = greeks(room, "NIFTY29DEC2625000CE"), greeks(room, "NIFTY29DEC2628000PE")
    assert (call.valued.volatility, call.valued.delta, call.valued.vega) == (None, 1.0, 0.0)
    assert (put.valued.delta, put.valued.theta, put.valued.rho) == (-1.0, 0.0, 0.0)
    assert call.valued.is_theoretical and "intrinsic" in call.valued.reason
    assert call.intrinsic == pytest.approx(1_500, abs=0.2)


def test_time_value_below_a_paisa_counts_where_ticks_are_smaller() -> None:
    from services.options.valuation import Leg, value

    asked = 84.0, True, Premium(1.006, "mid"), 85.0, 0.02, 0.0
    coarse, fine = value([Leg(*asked, 0.05), Leg(*asked, 0.0025)])
    assert coarse.is_theoretical and fine.volatility > 0


def test_a_price_above_every_volatility_is_refused_with_its_reason(room) -> None:
    room.market.prices["NIFTY29DEC2626500CE"] = Quote(ltp=26_600.0)
    with pytest.raises(NoImpliedVolatility, match="no volatility"):
        greeks(room)


def test_an_expired_option_says_so(room) -> None:
    room.clock.jump(dt.datetime(2026, 12, 29, 10, 9, 59, tzinfo=dt.UTC))
    reprice(room, "NIFTY", DECEMBER, 26_500.0)
    assert greeks(room).years == 0.0001
    room.clock.jump(dt.datetime(2026, 12, 29, 10, 10, 1, tzinfo=dt.UTC))
    with pytest.raises(InvalidInput, match="expired on 29DEC26"):
        greeks(room)
    with pytest.raises(InvalidInput, match="not an option"):
        greeks(room, "NIFTY29DEC26FUT")


def test_many_options_answer_each_for_itself_in_the_order_asked(room) -> None:
    names = ["NIFTY29DEC2626500CE", "NOSUCH", "NIFTY29DEC26FUT", "NIFTY29DEC2626500PE"]
    asked = [GreeksAsked(key=InstrumentKey(Exchange.NFO, name)) for name in names]
    found = room.greeks.many(room.caller, asked)
    assert [isinstance(each, Exception) for each in found] == [False, True, True, False]
    assert [found[0].instrument.symbol, found[3].instrument.symbol] == [names[0], names[3]]
    assert len(room.market.asked) == 2


def test_a_broker_that_does_not_answer_is_asked_once_for_many(room, monkeypatch) -> None:
    def fail(principal, keys, use=None):
        room.market.asked.append(list(keys))
        raise Unavailable("no answer")

    monkeypatch.setattr(room.market, "quotes", fail)
    asked = [GreeksAsked(key=InstrumentKey(Exchange.NFO, "NIFTY29DEC2626500CE"))] * 3
    assert [each.message for each in room.greeks.many(room.caller, asked)] == ["no answer"] * 3
    assert len(room.market.asked) == 1


def test_a_chain_of_which_a_part_could_not_be_asked_is_no_chain(room, monkeypatch) -> None:
    answer = room.market.quotes

    def half(principal, keys, use=None):
        rows = answer(principal, keys, use)
        lost = msgspec.structs.replace(
            rows[-1], quote=None, error="no answer", failure=Unavailable("no answer")
        )
        return [*rows[:-1], lost] if len(rows) > 4 else rows

    monkeypatch.setattr(room.market, "quotes", half)
    with pytest.raises(Unavailable, match="no answer"):
        chain(room)


def test_a_synthetic_future_is_strike_plus_call_less_put(room) -> None:
    found = room.chains.synthetic(room.caller, "NIFTY", Exchange.NSE_INDEX, DECEMBER)
    prices = room.market.prices
    assert found.strike == 26_400
    assert found.price == 26_400 + prices["NIFTY29DEC2626400CE"].ltp - prices["NIFTY29DEC2626400PE"].ltp
    assert found.basis == pytest.approx(found.price - 26_400)
    del prices["NIFTY29DEC2626400PE"]
    room.clock.advance(2)
    with pytest.raises(Unavailable):
        room.chains.synthetic(room.caller, "NIFTY", Exchange.NSE_INDEX, DECEMBER)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (None, (None, "none")),
        (Quote(ltp=0.0), (None, "none")),
        (Quote(ltp=10.0), (10.0, "ltp")),
        (Quote(ltp=10.0, bid=11.0, ask=12.0), (11.5, "mid")),
        (Quote(ltp=10.0, bid=5.0, ask=12.0), (10.0, "ltp")),
        (Quote(ltp=10.0, bid=0.0, ask=12.0), (10.0, "ltp")),
        (Quote(ltp=10.0, bid=12.0, ask=11.0), (10.0, "ltp")),
        (Quote(ltp=0.0, bid=0.05, ask=0.15), (0.1, "mid")),
    ],
)
def test_an_option_is_worth_the_middle_of_a_narrow_market_else_its_last_price(quote, expected) -> None:
    found = premium(quote, 0.05)
    assert (None if found.price is None else pytest.approx(found.price), found.source) == expected


@pytest.mark.parametrize(
    ("symbol", "exchange", "utc"),
    [
        ("NIFTY29DEC2626500CE", Exchange.NFO, "2026-12-29 10:10"),
        ("SENSEX31DEC2680000CE", Exchange.BFO, "2026-12-31 10:10"),
        ("CRUDEOIL17DEC265500CE", Exchange.MCX, "2026-12-17 18:25"),
        ("BTC25DEC2690000CE", Exchange.CRYPTO, "2026-12-25 10:00"),
    ],
)
def test_options_end_when_the_calendar_says(desk, symbol, exchange, utc) -> None:
    """P14, catalogue 24: the 15:40 close of derivatives and the US clock of metals."""
    row = desk.instruments.resolve("b", exchange, symbol)
    assert f"{expiry_instant(desk.calendar, row):%Y-%m-%d %H:%M}" == utc
    own = expiry_instant(desk.calendar, row, dt.time(17, 0))
    assert f"{own:%H:%M}" == "11:30"


def test_years_count_to_the_second_and_have_a_floor(clock) -> None:
    now = clock.now()
    assert years_left(now + dt.timedelta(days=73), now) == pytest.approx(0.2)
    assert years_left(now + dt.timedelta(seconds=1), now) == 0.0001
    assert years_left(now, now) == 0
