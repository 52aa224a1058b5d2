"""GET and POST /chart: what charts remember of the owner of a key."""

from __future__ import annotations

from typing import Any


def test_what_is_posted_is_read_again_and_other_names_stay(api: Any) -> None:
    first = api.post("chart", {"theme": "dark", "panes": [{"symbol": "SBIN", "studies": ["ema", 20]}]})
    assert (first.status_code, first.get_json()) == (
        200, {"status": "success", "message": "Preferences updated successfully"},
    )  # fmt: skip
    assert api.post("chart", {"theme": "light", "zoom": 1.5, "grid": None}).status_code == 200
    assert api.get("chart").get_json()["data"] == {
        "theme": "light", "zoom": 1.5, "panes": [{"symbol": "SBIN", "studies": ["ema", 20]}],
    }  # fmt: skip
    assert api.get("chart/").status_code == 200


def test_a_key_is_demanded_in_the_known_words(api: Any) -> None:
    missing = api.client.get("/api/v1/chart")
    assert missing.status_code == 400
    assert missing.get_json()["message"] == "Missing apikey parameter"
    assert missing.get_json()["errors"] == {"apikey": ["is required"]}
    wrong = api.client.get("/api/v1/chart?apikey=wrong")
    assert (wrong.status_code, wrong.get_json()["message"]) == (403, "Invalid openalgo apikey")
    assert api.client.get("/api/v1/chart", headers={"X-API-KEY": api.key}).status_code == 200


def test_nothing_too_many_and_too_long_are_refused(api: Any) -> None:
    before = api.get("chart").get_json()["data"]
    for body in (
        {},
        {f"k{n}": n for n in range(51)},
        {"k" * 51: 1},
        {"long": "x" * 1_048_576},
        {"a\u0000": 1},
    ):
        answer = api.post("chart", body)
        assert (answer.status_code, answer.get_json()["status"]) == (400, "error"), list(body)[:1]
    assert api.get("chart").get_json()["data"] == before


def test_both_methods_are_described_under_names_of_their_own(api: Any) -> None:
    from restx_api.swagger import describe_api

    with api.client.application.app_context():
        chart = describe_api(api.client.application)["paths"]["/api/v1/chart"]
    assert {method: chart[method]["operationId"] for method in chart} == {"get": "chart_get", "post": "chart"}
