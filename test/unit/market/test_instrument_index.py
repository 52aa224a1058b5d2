import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from services.market.index import InstrumentIndex

DECEMBER = dt.date(2026, 12, 29)


def test_every_row_is_found_by_each_of_its_three_names(universe):
    index = InstrumentIndex(universe)
    assert index.total == len(universe)
    for row in universe:
        assert index.by_key(row.key) == row
        assert index.by_token(row.broker_exchange, row.token) == row
        assert index.by_broker_symbol(row.broker_exchange, row.broker_symbol) == row


def test_the_same_token_on_two_exchanges_is_two_instruments(universe):
    index = InstrumentIndex(universe)
    assert index.by_token("NFO", "100").symbol == "NIFTY29DEC26FUT"
    assert index.by_token("BFO", "100").symbol == "SENSEX31DEC26FUT"


@pytest.mark.parametrize("text", ["", "TATAPOWE", "TATAPOWERX", "tatapower", "\n", "ü", "~" * 500])
def test_absent_names_answer_none(universe, text):
    index = InstrumentIndex(universe)
    assert index.by_key(InstrumentKey(Exchange.NSE, text)) is None
    assert index.by_token("NSE", text) is None
    assert index.by_broker_symbol("NSE", text) is None
    assert index.by_key(InstrumentKey(Exchange.MCX, "TATAPOWER")) is None


def test_an_ambiguous_vendor_symbol_is_nobodys(universe):
    first = universe[0]
    twin = Instrument(
        "TATAPOWERBE",
        Exchange.NSE,
        first.broker_symbol,
        "NSE",
        "999",
        "TATA",
        InstrumentType.EQ,
        1,
        Decimal("0.05"),
    )
    index = InstrumentIndex([*universe, twin])
    assert index.by_broker_symbol("NSE", "TATAPOWER") is None
    assert index.by_token("NSE", "999") == twin


def test_a_line_feed_inside_a_name_is_refused(universe):
    first = universe[0]
    bad = Instrument("A\nB", first.exchange, "A", "NSE", "9", "A", InstrumentType.EQ, 1, Decimal(1))
    with pytest.raises(ValueError, match="line feed"):
        InstrumentIndex([bad])


def test_chains_ascend_by_strike(universe):
    segment = InstrumentIndex(universe).segments[Exchange.NFO]
    rows = segment.chain("NIFTY", DECEMBER, InstrumentType.CE)
    strikes = [segment.strike(row) for row in rows]
    assert strikes == sorted(strikes)
    assert len(strikes) == 20
    assert not segment.chain("NIFTY", dt.date(2030, 1, 1), InstrumentType.CE)
    assert not segment.chain("NOBODY", DECEMBER, InstrumentType.CE)


def test_quantity_freezes_fill_only_what_the_broker_does_not_tell(universe):
    freezes = {(Exchange.NFO, "NIFTY"): 1800}
    index = InstrumentIndex(universe, freezes=freezes)
    assert index.by_key(InstrumentKey(Exchange.NFO, "NIFTY29DEC26FUT")).freeze_qty == 1800
    assert index.by_key(InstrumentKey(Exchange.NFO, "BANKNIFTY29DEC26FUT")).freeze_qty is None
    assert index.by_key(InstrumentKey(Exchange.NSE, "NIFTYBEES")).freeze_qty is None


texts = st.text(
    st.characters(blacklist_characters="\n", blacklist_categories=("Cs",)), min_size=1, max_size=8
)


@given(st.dictionaries(st.tuples(st.sampled_from([Exchange.NSE, Exchange.BSE]), texts), texts, max_size=30))
def test_any_unicode_names_survive_the_columns(names):
    rows = [
        Instrument(
            symbol, exchange, vendor, exchange.value, str(place), vendor, InstrumentType.EQ, 1, Decimal(1)
        )
        for place, ((exchange, symbol), vendor) in enumerate(names.items())
    ]
    index = InstrumentIndex(rows)
    for row in rows:
        assert index.by_key(row.key) == row
        assert index.by_token(row.broker_exchange, row.token) == row
    assert {row.key for row in index.all()} == {row.key for row in rows}
