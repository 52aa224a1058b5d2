import datetime as dt
import importlib.util
import random
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.instruments import Exchange
from services.market.index import InstrumentIndex
from services.market.search import Search

TODAY = dt.date(2026, 11, 23)
ORDER = list(Exchange)


def plain_search(rows, text, exchange=None, limit=500):
    """The rule of the contract, word by word."""
    words = text.upper().split()
    whole = " ".join(dict.fromkeys(words))
    found = []
    for row in rows:
        if exchange not in (None, row.exchange) or (row.expiry is not None and row.expiry < TODAY):
            continue
        if words and all(_matches(row, word) for word in words):
            found.append(
                (_score(row, whole, words), len(row.symbol), row.symbol, ORDER.index(row.exchange), row)
            )
    found.sort(key=lambda hit: hit[:4])
    return [hit[4] for hit in found[:limit]]


def _matches(row, word):
    if any(word in text.upper() for text in (row.symbol, row.broker_symbol, row.name, row.token)):
        return True
    try:
        return row.strike is not None and word.replace(".", "", 1).isdigit() and Decimal(word) == row.strike
    except InvalidOperation:
        return False


def _score(row, whole, words):
    if row.symbol == whole:
        return 0
    if row.symbol.startswith(whole):
        return 1
    return 2 if all(word in row.symbol for word in words) else 3


def _universe():
    """The measuring universe, thinned out; loaded by path because test files are not importable."""
    path = Path(__file__).parents[2] / "perf" / "universe.py"
    spec = importlib.util.spec_from_file_location("market_universe", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build(40_000)[::7]


ROWS = _universe()
SEARCH = Search(InstrumentIndex(ROWS), TODAY)


@pytest.mark.parametrize(
    "query",
    [
        "nifty", "NIFTY", "ce", "a", "5", "0", "nifty 26500 ce dec", "banknifty fut", "limited", "zzzq", "26500.0",
        "ce pe", "9 8 7 6 1 2", "00ce", "tata limited", "% _", "é", "a b c d e f g h i j k l m n o p q", "29DEC26",
        "1000", "pe 1 26 dec", "gold fut 27", "é 5", "x" * 400, "limited 1", "1 limited ce",
    ],
)  # fmt: skip
@pytest.mark.parametrize("exchange", [None, Exchange.NFO, Exchange.BSE, Exchange.CDS])
def test_search_answers_what_the_rule_says(query, exchange):
    if len(query.split()) > 12 or len(query) > 128:
        assert SEARCH.find(query, exchange) is not None
    else:
        assert SEARCH.find(query, exchange) == plain_search(ROWS, query, exchange)


fragments = st.one_of(
    st.sampled_from(
        ["NIFTY", "ce", "PE", "dec", "26", "5", "00", "A", "LIMITED", "fut", "29DEC", "1", "9", "0"]
    ),
    st.integers(0, 99999).map(str),
    st.text("ABCDEFGHIJ0123456789.", min_size=1, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(fragments, min_size=1, max_size=4), st.sampled_from([None, Exchange.NFO]))
def test_any_words_agree_with_the_rule(words, exchange):
    text = " ".join(words)
    assert SEARCH.find(text, exchange) == plain_search(ROWS, text, exchange)


def test_prefixes_of_real_symbols_agree_with_the_rule():
    chance = random.Random(5)
    for row in chance.sample(ROWS, 60):
        text = row.symbol[: chance.randint(1, len(row.symbol))]
        assert SEARCH.find(text) == plain_search(ROWS, text)


@pytest.mark.parametrize("query", ["", "   ", "\t\n"])
def test_a_blank_query_finds_nothing(query):
    assert SEARCH.find(query) == []


def test_the_best_rank_comes_first(universe):
    search = Search(InstrumentIndex(universe), TODAY)
    assert [row.symbol for row in search.find("tatapower")] == ["TATAPOWER", "TATAPOWER"]
    assert [row.exchange for row in search.find("tatapower")] == [Exchange.NSE, Exchange.BSE]
    assert search.find("nifty 26500 ce dec")[0].symbol == "NIFTY29DEC2626500CE"
    assert search.find("nifty")[0].symbol == "NIFTYBEES"
    assert search.find("nippon")[0].symbol == "NIFTYBEES"
    assert search.find("412.50")[0].symbol == "VEDL29DEC26412.5CE"


def test_expired_contracts_are_hidden(universe):
    late = Search(InstrumentIndex(universe), dt.date(2026, 12, 30))
    assert [row.symbol for row in late.find("nifty fut")] == ["NIFTY26JAN27FUT"]
    assert late.find("26500 ce") == []


def test_the_limit_cuts_the_worst(universe):
    search = Search(InstrumentIndex(universe), TODAY)
    everything = search.find("ce")
    assert search.find("ce", limit=7) == everything[:7]


@pytest.mark.parametrize(
    ("exchange", "symbol", "expected"),
    [
        (Exchange.NSE, "TATAPOWR", "TATAPOWER"),
        (Exchange.NSE, "tatapower", "TATAPOWER"),
        (Exchange.NSE, "RELIANCE-EQ", "RELIANCE"),
        (Exchange.NFO, "NIFTY29DEC2626510CE", "NIFTY29DEC2626500CE"),
        (Exchange.NSE, "M & M", "M&M"),
    ],
)
def test_near_symbols_are_offered(universe, exchange, symbol, expected):
    found = Search(InstrumentIndex(universe), TODAY).near(exchange, symbol)
    assert expected in found
    assert len(found) <= 5


@pytest.mark.parametrize("symbol", ["", "ZZZZZZZZ", "\n", "é" * 300])
def test_nonsense_has_no_near_symbols(universe, symbol):
    assert Search(InstrumentIndex(universe), TODAY).near(Exchange.NSE, symbol) == ()


@pytest.mark.parametrize("query", ["3m", "2go", "9x", "t9", "india 2go", "3m 9x", "m3", "3m 2go abc", "3m 5"])
def test_terms_of_letters_and_digits_are_found_in_names_and_tokens(universe, query):
    first = universe[0]
    rows = [
        *universe,
        replace(first, symbol="ABC", broker_symbol="ABC", token="T9X5", name="3M INDIA 2GO"),
        replace(first, symbol="3MINDIA", broker_symbol="3MINDIA", token="77", name="M3 LIMITED"),
    ]
    assert Search(InstrumentIndex(rows), TODAY).find(query) == plain_search(rows, query)
