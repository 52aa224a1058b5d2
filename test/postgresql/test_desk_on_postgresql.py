"""What users arrange on the desk is kept on PostgreSQL as on SQLite: the same tests, and two hands at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from database.stores import Stores
from domain.desk.watchlists import Group, Watchlist, Watchlists
from services.desk.preferences import PreferenceConflict
from services.desk.watchlists import WatchlistConflict
from test.unit.desk.conftest import DeskHouse
from test.unit.desk.test_preferences import (
    test_chart_values_are_one_store_for_text_and_for_json,
    test_the_version_grows_with_every_change_and_dropping_is_one,
)
from test.unit.desk.test_watchlists import (
    saved,
    test_of_two_hands_on_one_version_the_second_is_told_what_stands,
    test_the_order_of_lists_groups_and_symbols_is_kept,
    test_what_stood_on_a_list_may_come_back_though_it_is_gone,
)

__all__ = [
    "saved",
    "test_chart_values_are_one_store_for_text_and_for_json",
    "test_of_two_hands_on_one_version_the_second_is_told_what_stands",
    "test_the_order_of_lists_groups_and_symbols_is_kept",
    "test_the_version_grows_with_every_change_and_dropping_is_one",
    "test_what_stood_on_a_list_may_come_back_though_it_is_gone",
]


@pytest.fixture
def house(stores: Stores) -> Iterator[DeskHouse]:
    made = DeskHouse(stores)
    yield made
    made.close()


def test_of_eight_first_writes_at_once_one_stands(house: DeskHouse) -> None:
    lists = Watchlists(0, (Watchlist("a", "A", (Group("g", ""),)),))
    ended: list[str] = []

    def write() -> None:
        for job in (
            lambda: house.watchlists.replace(house.caller(), lists),
            lambda: house.documents.put(1, "theme", "light", 0),
        ):
            try:
                job()
                ended.append("kept")
            except (WatchlistConflict, PreferenceConflict):
                ended.append("refused")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ended) == ["kept"] * 2 + ["refused"] * 14
