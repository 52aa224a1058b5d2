"""Search within bounds: underlying, expiry, type and strikes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from domain.instruments import Exchange, InstrumentType
from services.market.index import InstrumentIndex
from services.market.narrowing import Bounds, expiries, find
from services.market.search import Search

from .conftest import DECEMBER, JANUARY, equity, future, option

TODAY = dt.date(2026, 12, 1)
CE, PE = frozenset({InstrumentType.CE}), frozenset({InstrumentType.PE})


@pytest.fixture
def search() -> Search:
    rows = [
        equity("SBIN", 1), equity("NIFTYBEES", 2), future("NIFTY", DECEMBER, 10), future("SBIN", DECEMBER, 11),
        future("NIFTY", dt.date(2026, 11, 24), 12),
        *(
            option("NIFTY", expiry, strike, kind, f"{number}{place}{kind}")
            for place, expiry in enumerate((DECEMBER, JANUARY))
            for number, strike in enumerate((24000, 24500, 25000))
            for kind in ("CE", "PE")
        ),
    ]  # fmt: skip
    return Search(InstrumentIndex(rows), TODAY)


def names(found: list[Any]) -> list[str]:
    return [row.symbol for row in found]


def test_without_words_the_contracts_of_an_underlying_stand_by_expiry_and_strike(search: Search) -> None:
    found = names(find(search, Bounds(underlying="NIFTY", expiry=DECEMBER)))
    assert found == [
        "NIFTY29DEC26FUT", "NIFTY29DEC2624000CE", "NIFTY29DEC2624000PE", "NIFTY29DEC2624500CE",
        "NIFTY29DEC2624500PE", "NIFTY29DEC2625000CE", "NIFTY29DEC2625000PE",
    ]  # fmt: skip
    assert names(find(search, Bounds(underlying="SBIN"))) == ["SBIN", "SBIN29DEC26FUT"]


def test_the_range_of_strikes_includes_both_ends_and_nothing_without_a_strike(search: Search) -> None:
    bounds = Bounds(underlying="NIFTY", kinds=PE, low=Decimal(24500), high=Decimal(25000))
    assert names(find(search, bounds)) == [
        "NIFTY29DEC2624500PE", "NIFTY29DEC2625000PE", "NIFTY26JAN2724500PE", "NIFTY26JAN2725000PE",
    ]  # fmt: skip
    assert names(find(search, Bounds(low=Decimal(1)), "SBIN")) == []


def test_words_are_ranked_as_ever_within_the_bounds(search: Search) -> None:
    free = names(search.find("NIFTY 24500"))
    assert names(find(search, Bounds(kinds=CE), "NIFTY 24500")) == [
        name for name in free if name.endswith("CE")
    ]
    assert names(find(search, Bounds(kinds=frozenset({InstrumentType.EQ})), "nifty")) == ["NIFTYBEES"]


def test_what_is_over_and_what_is_elsewhere_is_left_out(search: Search) -> None:
    assert names(find(search, Bounds(underlying="NIFTY"), exchange=Exchange.NSE)) == []
    assert "NIFTY24NOV26FUT" not in names(find(search, Bounds(underlying="NIFTY")))
    assert len(find(search, Bounds(underlying="NIFTY"), limit=3)) == 3
    assert find(search, Bounds(kinds=CE)) == []


def test_expiries_are_those_to_come_of_futures_and_options(search: Search) -> None:
    assert expiries(search, "NIFTY") == [DECEMBER, JANUARY]
    assert expiries(search, "SBIN", Exchange.NFO) == [DECEMBER]
    assert expiries(search, "NOTHING") == []
