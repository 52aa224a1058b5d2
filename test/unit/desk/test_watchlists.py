"""Watch lists: several of them, in groups, replaced by whoever saw the last version."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from domain.desk.watchlists import Entry, Group, Watchlist, Watchlists, expiry_in
from domain.errors import InvalidInput, SessionDead, Unavailable, UnknownInstrument
from domain.instruments import Exchange, InstrumentKey
from services.desk.watchlists import FIRST, WatchlistConflict
from services.events import WatchlistsChanged
from test.unit.desk.conftest import DeskHouse, instrument

NOVEMBER = dt.date(2026, 11, 24)
FUTURE = "NIFTY24NOV26FUT"


def a_list(name: str, *symbols: str, named: str = "", exchange: Exchange = Exchange.NSE) -> Watchlist:
    entries = tuple(Entry(exchange, symbol) for symbol in symbols)
    return Watchlist(named or name.lower(), name, (Group("top", "", entries),))


def symbols(lists: Watchlists) -> list[list[str]]:
    return [[entry.symbol for entry in one.entries()] for one in lists.lists]


def put(house: DeskHouse, version: int, *lists: Watchlist, user_id: int = 1) -> Watchlists:
    return house.watchlists.replace(house.caller(user_id), Watchlists(version, lists))


@pytest.fixture
def saved(house: DeskHouse) -> Watchlists:
    house.serve(*map(instrument, ("SBIN", "INFY", "TCS")), instrument(FUTURE, Exchange.NFO, NOVEMBER))
    return put(house, 0, a_list("Banks", "SBIN"), a_list("IT", "INFY", "TCS"))


def test_well_known_names_stand_until_something_is_saved(house: DeskHouse) -> None:
    assert house.watchlists.get(1) == FIRST
    assert put(house, 0, a_list("Empty")).version == 1
    assert symbols(house.watchlists.get(1)) == [[]]
    assert house.watchlists.get(2) == FIRST


def test_the_order_of_lists_groups_and_symbols_is_kept(house: DeskHouse, saved: Watchlists) -> None:
    groups = (
        Group("b", "Later", (Entry(Exchange.NSE, "TCS"),), collapsed=True),
        Group("a", "", (Entry(Exchange.NSE, "SBIN"), Entry(Exchange.NSE, "INFY"))),
    )
    wanted = (Watchlist("it", "IT", groups), a_list("Banks"))
    assert put(house, 1, *wanted).version == 2
    assert house.watchlists.get(1) == Watchlists(2, wanted)


def test_of_two_hands_on_one_version_the_second_is_told_what_stands(
    house: DeskHouse, saved: Watchlists
) -> None:
    put(house, 1, a_list("Mine", "TCS"))
    with pytest.raises(WatchlistConflict) as refused:
        put(house, 1, a_list("Other", "INFY"))
    assert refused.value.current == house.watchlists.get(1)
    assert symbols(refused.value.current) == [["TCS"]]


def test_a_change_is_told_once_and_no_change_is_none(house: DeskHouse, saved: Watchlists) -> None:
    assert put(house, 1, *saved.lists) == saved
    assert house.close() == [WatchlistsChanged(user_id=1, version=1)]


def test_a_new_instrument_must_be_listed(house: DeskHouse, saved: Watchlists) -> None:
    with pytest.raises(UnknownInstrument, match="SBIM"):
        put(house, 1, a_list("Banks", "SBIN", "SBIM"))
    assert house.watchlists.get(1) == saved


def test_new_instruments_need_a_broker_and_loaded_contracts(house: DeskHouse, saved: Watchlists) -> None:
    house.serve(*map(instrument, ("SBIN", "WIPRO")))
    wanted = Watchlists(1, (a_list("IT", "INFY", "WIPRO"),))
    with pytest.raises(SessionDead):
        house.watchlists.replace(house.caller(broker=None), wanted)
    with pytest.raises(Unavailable):
        house.watchlists.replace(house.caller(broker="other"), wanted)
    only_moved = Watchlists(1, (a_list("IT", "TCS", "INFY"),))
    assert symbols(house.watchlists.replace(house.caller(broker=None), only_moved)) == [["TCS", "INFY"]]


def test_what_stood_on_a_list_may_come_back_though_it_is_gone(house: DeskHouse, saved: Watchlists) -> None:
    put(house, 1, a_list("Futures", FUTURE, exchange=Exchange.NFO))
    house.serve(instrument("SBIN"))
    put(house, 2, a_list("Futures"))
    back = put(house, 3, a_list("Futures", FUTURE, exchange=Exchange.NFO))
    assert next(iter(back.lists[0].entries())).expiry == NOVEMBER


def states(house: DeskHouse, broker: str | None = "kite") -> dict[str, str]:
    caller = house.caller(broker=broker)
    return {
        str(key): seen.state for key, seen in house.watchlists.seen(caller, house.watchlists.get(1)).items()
    }


def test_an_expired_contract_is_shown_as_expired(house: DeskHouse, saved: Watchlists) -> None:
    put(house, 1, a_list("Mixed", FUTURE, exchange=Exchange.NFO), a_list("Banks", "SBIN", "INFY"))
    assert states(house) == {f"NFO:{FUTURE}": "listed", "NSE:SBIN": "listed", "NSE:INFY": "listed"}
    house.clock.advance(5 * 86_400)
    house.serve(instrument("SBIN"))
    assert states(house) == {f"NFO:{FUTURE}": "expired", "NSE:SBIN": "listed", "NSE:INFY": "unlisted"}
    assert states(house, None) == {
        f"NFO:{FUTURE}": "expired",
        "NSE:SBIN": "unchecked",
        "NSE:INFY": "unchecked",
    }


@pytest.mark.parametrize(
    ("exchange", "symbol", "expiry"),
    [
        (Exchange.NFO, "NIFTY24NOV26FUT", dt.date(2026, 11, 24)),
        (Exchange.NFO, "VEDL29DEC26412.5CE", dt.date(2026, 12, 29)),
        (Exchange.NSE, "NIFTY24NOV26FUT", None),
        (Exchange.NFO, "NIFTY31NOV26FUT", None),
        (Exchange.CRYPTO, "BTCUSD", None),
    ],
)
def test_an_expiry_is_read_from_names_of_derivatives_only(
    exchange: Exchange, symbol: str, expiry: dt.date | None
) -> None:
    assert expiry_in(InstrumentKey(exchange, symbol)) == expiry


MANY = tuple(f"S{number}" for number in range(251))


@pytest.mark.parametrize(
    ("lists", "complaint"),
    [
        ((), "1 to 20 watch lists"),
        (tuple(a_list(f"L{number}") for number in range(21)), "1 to 20 watch lists"),
        ((a_list("One"), a_list("One", named="two")), "name of a list must not be there twice"),
        ((a_list("One", named="x"), a_list("Two", named="x")), "id of a list must not be there twice"),
        ((a_list("One", *MANY),), "at most 250 symbols"),
        ((a_list("One", "SBIN", "SBIN"),), "an instrument must not be there twice: NSE:SBIN"),
        ((Watchlist("x", "X", (Group("g", "A"), Group("g", "B"))),), "id of a group"),
        ((Watchlist("x", "X", tuple(Group(f"g{n}", "A") for n in range(21))),), "at most 20 groups"),
    ],
)
def test_limits_are_told(house: DeskHouse, lists: tuple[Watchlist, ...], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        put(house, 0, *lists)


def test_a_removed_list_of_full_length_can_be_brought_back(house: DeskHouse) -> None:
    house.serve(*map(instrument, MANY[:250]))
    first = put(house, 0, a_list("Many", *MANY[:250]), a_list("Rest"))
    put(house, 1, first.lists[1])
    house.serve(instrument("SBIN"))
    assert symbols(put(house, 2, *first.lists)) == symbols(first)


def test_lists_of_users_do_not_meet(house: DeskHouse, saved: Watchlists, stores: Any) -> None:
    put(house, 0, a_list("Bobs", "TCS"), user_id=2)
    assert house.watchlists.get(1) == saved
    assert symbols(house.watchlists.get(2)) == [["TCS"]]
