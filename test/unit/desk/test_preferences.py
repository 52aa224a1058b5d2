"""Preferences: documents with a version and a known shape, and values of the chart page."""

from __future__ import annotations

from typing import Any

import pytest

from database.desk.preferences import ChartPreferences as StoredChart
from domain.errors import InvalidInput, NotFound
from services.desk.documents import SHAPES
from services.desk.preferences import PreferenceConflict
from services.events import PreferenceChanged
from test.unit.desk.conftest import MORNING, DeskHouse


def test_a_document_that_was_never_kept_has_no_value_and_version_zero(house: DeskHouse) -> None:
    found = house.documents.get(1, "theme")
    assert (found.version, found.value) == (0, None)
    assert house.documents.all(1) == []


def test_the_version_grows_with_every_change_and_dropping_is_one(house: DeskHouse) -> None:
    assert house.documents.put(1, "theme", "light", 0).version == 1
    assert house.documents.put(1, "theme", "light", 1).version == 1
    dropped = house.documents.drop(1, "theme")
    assert (dropped.version, dropped.value) == (2, None)
    assert house.documents.put(1, "theme", "dark", None).version == 3
    changed = [PreferenceChanged(user_id=1, area="documents", key="theme", version=n) for n in (1, 2, 3)]
    assert house.close() == changed


def test_who_saw_an_older_version_is_told_the_current_one(house: DeskHouse) -> None:
    house.documents.put(1, "columns.orders", {"hidden": ["time"]}, 0)
    with pytest.raises(PreferenceConflict) as refused:
        house.documents.put(1, "columns.orders", {"hidden": []}, 0)
    current = refused.value.details["current"]
    assert (current["version"], current["value"]["hidden"]) == (1, ["time"])
    assert house.documents.put(1, "columns.orders", {"hidden": []}, None).version == 2


def test_an_unknown_key_is_not_found(house: DeskHouse) -> None:
    for ask in (
        lambda: house.documents.get(1, "colour"),
        lambda: house.documents.put(1, "colour", "red", None),
        lambda: house.documents.drop(1, "colour"),
    ):
        with pytest.raises(NotFound):
            ask()


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"x": value}
    return value


GOOD = {
    "theme": "system",
    "density": "compact",
    "accent": "teal",
    "motion": "reduced",
    "trading": {
        "equity_product": "CNC", "derivative_product": None, "lots": 2, "confirm": "always", "sounds": True,
        "notifications": False,
    },
    "language": "hi",
    "number_style": "western",
    "watchlist": {"list": "it", "sort": "change_desc"},
    "layouts": nested(16),
    "option_chain": {"strikes": 20},
    "ticket": {},
    "columns.orders": {
        "order": ["symbol", "time"], "hidden": ["tag"], "pinned": ["symbol"], "widths": {"symbol": 180},
        "sort": [{"column": "time", "descending": True}],
    },
}  # fmt: skip
WRONG = [
    ("theme", "pink"), ("accent", "pink"), ("motion", "fast"), ("trading", {"lots": 0}),
    ("trading", {"equity_product": "NRML"}), ("trading", {"margin": 5}),
    ("theme", None), ("theme", 1), ("language", "xx"), ("watchlist", {"sort": "best"}),
    ("watchlist", {"colour": 1}), ("layouts", []), ("layouts", nested(17)), ("layouts", {"x": "y" * 131_073}),
    ("columns.orders", {"widths": {"symbol": 5}}), ("columns.orders", {"hidden": ["x"] * 101}),
    ("columns.orders", {"hidden": [""]}), ("columns.orders", {"sort": [{}]}), ("columns.orders", {"wide": True}),
    ("option_chain", "text"), ("ticket", {"x": "y" * 40_000}),
]  # fmt: skip


@pytest.mark.parametrize("key", SHAPES)
def test_every_document_takes_what_fits_it(house: DeskHouse, key: str) -> None:
    value = GOOD["columns.orders" if key.startswith("columns.") else key]
    house.documents.put(1, key, value, 0)
    kept = house.documents.get(1, key).value
    if isinstance(value, dict):
        assert {name: kept[name] for name in value} == value
    else:
        assert kept == value


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_what_does_not_fit_is_refused_by_name(house: DeskHouse, key: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        house.documents.put(1, key, value, None)
    assert list(refused.value.errors) == ["value"]
    assert house.documents.get(1, key).version == 0


def test_documents_of_users_do_not_meet(house: DeskHouse) -> None:
    house.documents.put(1, "theme", "light", None)
    assert house.documents.get(2, "theme").value is None


def test_chart_values_are_one_store_for_text_and_for_json(house: DeskHouse) -> None:
    house.chart.put_text(1, "chart", '{"interval":"5m"}')
    house.chart.put(1, {"theme": "dark", "chart": {"interval": "D"}})
    assert house.chart.values(1) == {"chart": {"interval": "D"}, "theme": "dark"}
    assert house.chart.texts(1)["chart"] == '{"interval":"D"}'
    told = [event.key for event in house.close() if isinstance(event, PreferenceChanged)]
    assert told == ["chart", "theme", "chart"]


def test_text_of_earlier_versions_that_is_no_json_is_shown_as_it_is(house: DeskHouse, stores: Any) -> None:
    with stores.main.unit() as unit:
        StoredChart(unit).put(1, "chart", "plain words", MORNING)
    assert house.chart.values(1) == {"chart": "plain words"}


@pytest.mark.parametrize(
    "values",
    [
        {}, {"": 1}, {"k" * 51: 1}, {"a\nb": 1}, {"a": "x" * 1_048_575},
        {f"k{number}": 1 for number in range(51)},
    ],
)  # fmt: skip
def test_chart_values_beyond_the_limits_are_refused_whole(house: DeskHouse, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        house.chart.put(1, {**values, "fits": 1} if values and len(values) < 50 else values)
    assert house.chart.values(1) == {}


def test_the_longest_chart_value_fits_and_five_of_them_do_not(house: DeskHouse) -> None:
    longest = "x" * (1_048_576 - 2)
    house.chart.put(1, {f"k{number}": longest for number in range(4)})
    with pytest.raises(InvalidInput, match="too long together"):
        house.chart.put(1, {"k5": longest})


def test_at_most_a_hundred_chart_values_are_kept(house: DeskHouse) -> None:
    for start in (0, 50):
        house.chart.put(1, {f"k{number}": 1 for number in range(start, start + 50)})
    with pytest.raises(InvalidInput, match="At most 100"):
        house.chart.put(1, {"one more": 1})
    house.chart.put(1, {"k7": 2})


def test_what_is_no_json_text_is_refused(house: DeskHouse) -> None:
    with pytest.raises(InvalidInput, match="must be JSON"):
        house.chart.put_text(1, "chart", "{")
