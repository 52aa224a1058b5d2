"""Contract selection: the listed strikes and nothing else decide."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput, Unavailable, UnknownInstrument
from domain.instruments import Exchange, InstrumentType
from domain.market import Quote
from domain.options import ATM, Moneyness, Offset, atm_index, label, parse_offset, strike_at
from services.options.selection import NotListed

CE, PE = InstrumentType.CE, InstrumentType.PE
DECEMBER = dt.date(2026, 12, 29)


def choose(desk, underlying="NIFTY", exchange=Exchange.NSE_INDEX, kind=CE, **changes):
    asked = {"expiry": DECEMBER, "offset": "ATM", "underlying_ltp": 26487.35} | changes
    return desk.selection.resolve_option(
        desk.caller, underlying=underlying, exchange=exchange, option_type=kind, **asked
    )


strikes = st.lists(st.integers(1, 10_000), min_size=1, max_size=60, unique=True).map(
    lambda found: [Decimal(each) / 2 for each in sorted(found)]
)


@given(strikes, st.decimals(0, 6000, places=2))
def test_atm_is_the_nearest_listed_strike_and_the_lower_one_on_a_tie(listed, price) -> None:
    chosen = listed[atm_index(listed, price)]
    assert chosen == min(listed, key=lambda strike: (abs(strike - price), strike))


@given(strikes, st.decimals(0, 6000, places=2), st.sampled_from([CE, PE]))
def test_a_label_leads_back_to_its_strike(listed, price, kind) -> None:
    atm = atm_index(listed, price)
    for place, strike in enumerate(listed):
        assert strike_at(listed, price, label(place, atm, kind), kind) == strike
        if place != atm:
            itm = strike < listed[atm] if kind is CE else strike > listed[atm]
            assert label(place, atm, kind).moneyness is (Moneyness.ITM if itm else Moneyness.OTM)


@pytest.mark.parametrize(
    "text", ["", "AT", "ITM0", "ITM51", "OTM", "OTM-1", "OTM05", "ATM1", "OTM1.5", "ITM٣"]
)
def test_a_malformed_offset_is_refused(text) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_offset(text)
    assert "offset" in caught.value.errors


def test_offsets_are_read_in_any_letter_case() -> None:
    assert parse_offset(" otm50 ") == Offset(Moneyness.OTM, 50) and parse_offset("atm") == ATM


@pytest.mark.parametrize(
    ("kind", "offset", "symbol"),
    [(CE, "ATM", "NIFTY29DEC2626500CE"), (CE, "OTM2", "NIFTY29DEC2626600CE"), (CE, "ITM3", "NIFTY29DEC2626350CE"),
     (PE, "OTM2", "NIFTY29DEC2626400PE"), (PE, "ITM3", "NIFTY29DEC2626650PE")],
)  # fmt: skip
def test_offsets_walk_up_for_otm_calls_and_down_for_otm_puts(desk, kind, offset, symbol) -> None:
    chosen = choose(desk, kind=kind, offset=offset)
    assert chosen.instrument.symbol == symbol
    assert (chosen.instrument.lot_size, chosen.instrument.freeze_qty) == (75, 1800)


def test_steps_are_counted_in_listed_strikes_where_they_are_uneven(desk) -> None:
    found = [
        choose(desk, "360ONE", Exchange.NSE, offset=each, underlying_ltp=121.0).instrument.symbol
        for each in ("ITM1", "ATM", "OTM1", "OTM2", "OTM4")
    ]
    assert found == [f"360ONE29DEC26{strike}CE" for strike in ("115", "120", "130", "140", "292.5")]


@pytest.mark.parametrize("name", ["360ONE", "M&M", "BAJAJ-AUTO", "NIFTYNXT50"])
def test_names_with_digits_and_signs_are_found_as_they_stand(desk, name) -> None:
    exchange = Exchange.NSE_INDEX if name == "NIFTYNXT50" else Exchange.NSE
    chosen = choose(desk, name, exchange, underlying_ltp=121.0)
    assert chosen.instrument.name == chosen.underlying.root == name


@pytest.mark.parametrize("exchange", [Exchange.NSE_INDEX, Exchange.NSE, Exchange.NFO])
def test_an_index_is_quoted_on_its_own_exchange_whatever_was_named(desk, exchange) -> None:
    assert str(choose(desk, exchange=exchange).reference) == "NSE_INDEX:NIFTY"


def test_the_expiry_of_a_named_future_counts_and_an_explicit_one_wins(desk) -> None:
    named = choose(desk, "NIFTY29DEC26FUT", Exchange.NFO, expiry=None)
    assert named.instrument.expiry == DECEMBER and str(named.reference) == "NSE_INDEX:NIFTY"
    both = choose(desk, "NIFTY29DEC26FUT", Exchange.NFO, expiry=dt.date(2027, 1, 26))
    assert both.instrument.symbol == "NIFTY26JAN2726400CE"


@pytest.mark.parametrize(
    ("expiry", "future"),
    [(dt.date(2026, 12, 17), "CRUDEOIL18DEC26FUT"), (dt.date(2027, 1, 15), "CRUDEOIL19JAN27FUT")],
)
def test_a_commodity_option_stands_on_the_future_it_delivers(desk, expiry, future) -> None:
    chosen = choose(desk, "CRUDEOIL", Exchange.MCX, expiry=expiry, underlying_ltp=5560.0)
    assert (chosen.reference.symbol, chosen.instrument.strike) == (future, Decimal(5550))


def test_crypto_stands_on_its_perpetual(desk) -> None:
    for name in ("BTC", "BTCUSDFUT"):
        chosen = choose(desk, name, Exchange.CRYPTO, expiry=dt.date(2026, 12, 25), underlying_ltp=90100.0)
        assert (chosen.reference.symbol, chosen.instrument.symbol) == ("BTCUSDFUT", "BTC25DEC2690000CE")


def test_an_explicit_strike_needs_no_offset_and_old_intervals_still_work(desk) -> None:
    assert choose(desk, offset=None, strike=Decimal(26000)).instrument.symbol == "NIFTY29DEC2626000CE"
    old = choose(desk, strike_int=100, offset="OTM1", underlying_ltp=26549.0)
    assert old.instrument.symbol == "NIFTY29DEC2626600CE"
    with pytest.raises(NotListed, match="26520"):
        choose(desk, strike_int=40, offset="OTM1")


def test_the_broker_is_asked_only_when_no_price_was_given(desk) -> None:
    choose(desk)
    assert desk.market.asked == []
    desk.market.prices["NIFTY"] = Quote(ltp=26010.0)
    assert choose(desk, underlying_ltp=None).instrument.strike == 26000
    desk.market.prices.clear()
    with pytest.raises(Unavailable):
        choose(desk, underlying_ltp=None)


def test_errors_name_what_is_there_instead(desk) -> None:
    with pytest.raises(UnknownInstrument) as unknown:
        choose(desk, "NIFTI")
    assert "NIFTY" in unknown.value.candidates
    with pytest.raises(InvalidInput, match=r"Expiry date required.*29DEC26, 26JAN27"):
        choose(desk, expiry=None)
    with pytest.raises(NotListed, match="No strikes found for NIFTY expiring 30DEC26") as none:
        choose(desk, expiry=dt.date(2026, 12, 30))
    assert none.value.details["candidates"][0] == "29DEC26"
    with pytest.raises(InvalidInput, match="ITM30 to OTM30") as beyond:
        choose(desk, offset="OTM40")
    assert beyond.value.code == "OFFSET_OUT_OF_RANGE"
    with pytest.raises(NotListed, match="no CE of strike 26025") as missing:
        choose(desk, offset=None, strike=Decimal(26025))
    assert missing.value.details["candidates"][0] == "NIFTY29DEC2626000CE"


def test_a_strike_that_lists_only_a_call_has_no_put(desk) -> None:
    asked = {"expiry": dt.date(2027, 1, 26), "offset": None, "strike": Decimal(29000)}
    assert choose(desk, **asked).instrument.strike == 29000
    with pytest.raises(NotListed):
        choose(desk, kind=PE, **asked)


def test_an_expired_day_lists_nothing(desk) -> None:
    desk.clock.jump(dt.datetime(2026, 12, 30, 4, 0, tzinfo=dt.UTC))
    with pytest.raises(NotListed):
        choose(desk)
