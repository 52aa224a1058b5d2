import datetime as dt

import msgspec
import pytest

from database.contracts import Contracts, LoadStatus
from domain.instruments import Exchange, InstrumentKey
from services.market.instruments import SqlInstrumentLookup

NOW = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)


def publish(stores, rows, broker="kite"):
    with stores.main.unit() as unit:
        contracts = Contracts(unit)
        generation = contracts.begin(broker, "ab", NOW)
        contracts.add(generation, rows)
    status = LoadStatus(
        broker=broker, status="success", message="", updated_at=NOW, total=len(rows), counts={Exchange.NSE: 1},
        downloaded_at=NOW,
    )  # fmt: skip
    with stores.main.unit() as unit:
        Contracts(unit).publish(status, generation)
    return generation


def test_rows_come_back_as_they_went_in(stores, universe):
    generation = publish(stores, universe)
    with stores.main.reading() as unit:
        contracts = Contracts(unit)
        for row in universe:
            assert contracts.by_key(generation, row.key) == row
            assert contracts.by_token(generation, row.broker_exchange, row.token) == row
            assert contracts.by_broker_symbol(generation, row.broker_exchange, row.broker_symbol) == row


def test_an_unfinished_generation_is_not_served(stores, universe):
    first = publish(stores, universe)
    with stores.main.unit() as unit:
        contracts = Contracts(unit)
        contracts.add(contracts.begin("kite", "cd", NOW), universe[:1])
        assert contracts.generation("kite") == first


def test_a_generation_with_missing_rows_cannot_be_published(stores, universe):
    with stores.main.unit() as unit:
        generation = Contracts(unit).begin("kite", "ab", NOW)
        Contracts(unit).add(generation, universe[1:])
    status = LoadStatus(broker="kite", status="success", message="", updated_at=NOW, total=len(universe))
    with pytest.raises(ValueError, match="holds"), stores.main.unit() as unit:
        Contracts(unit).publish(status, generation)
    with stores.main.reading() as unit:
        assert Contracts(unit).generation("kite") is None


def test_only_the_previous_generation_is_kept(stores, universe):
    generations = [publish(stores, universe) for _ in range(4)]
    with stores.main.unit() as unit:
        contracts = Contracts(unit)
        assert contracts.superseded("kite") == generations[:2]
        assert contracts.delete_some(generations[0], 10) == 10
        assert contracts.delete_some(generations[0], 10_000) == len(universe) - 10
        assert contracts.superseded("kite") == [generations[1]]


def test_brokers_do_not_see_each_other(stores, universe):
    publish(stores, universe, "kite")
    publish(stores, universe[:3], "other")
    with stores.main.reading() as unit:
        contracts = Contracts(unit)
        assert [status.total for status in contracts.statuses()] == [len(universe), 3]
        assert contracts.superseded("kite") == []


def test_the_small_lookup_follows_a_new_generation(stores, universe, clock):
    lookup = SqlInstrumentLookup(stores.main, "kite", clock, size=2)
    key = InstrumentKey(Exchange.NSE, "TATAPOWER")
    assert lookup.by_key(key) is None
    publish(stores, universe)
    clock.advance(3)
    assert lookup.by_key(key) == universe[0]
    assert lookup.by_token("BFO", "100").symbol == "SENSEX31DEC26FUT"
    assert lookup.by_broker_symbol("NFO", "NIFTY26JAN27FUT") == universe[9]
    publish(stores, universe[1:])
    assert lookup.by_key(InstrumentKey(Exchange.NSE, "M&M")) is not None
    clock.advance(3)
    assert lookup.by_key(key) is None


def test_what_the_small_lookup_missed_a_moment_ago_is_found_as_soon_as_it_is_loaded(stores, universe, clock):
    lookup = SqlInstrumentLookup(stores.main, "kite", clock)
    key = universe[0].key
    assert lookup.by_keys([key]) == {}
    publish(stores, universe)
    assert lookup.by_keys([key]) == {key: universe[0]}
    other = msgspec.structs.replace(universe[1], symbol="NEWLISTED", token="998", broker_symbol="NEWLISTED")
    publish(stores, [*universe, other])
    assert lookup.by_token("NSE", "998") == other


def test_the_small_lookup_forgets_the_oldest_answers(stores, universe, clock):
    publish(stores, universe)
    lookup = SqlInstrumentLookup(stores.main, "kite", clock, size=3)
    for row in universe[:10]:
        assert lookup.by_key(row.key) == row
    assert len(lookup._known) == 3


def test_an_ambiguous_vendor_symbol_is_nobodys_in_the_store_too(stores, universe, clock):
    twin = msgspec.structs.replace(universe[0], symbol="TATAPOWERBE", token="999")
    publish(stores, [*universe, twin])
    lookup = SqlInstrumentLookup(stores.main, "kite", clock)
    assert lookup.by_broker_symbol("NSE", "TATAPOWER") is None
    assert lookup.by_token("NSE", "999") == twin
