"""Preferences and watch lists over the browser API."""

from __future__ import annotations

from typing import Any

DOCUMENTS = "/ui/api/preferences/documents"


def group(*symbols: str, at: str = "top") -> dict[str, Any]:
    return {"id": at, "name": "", "symbols": [{"symbol": symbol, "exchange": "NSE"} for symbol in symbols]}


def a_list(name: str, *groups: dict[str, Any]) -> dict[str, Any]:
    return {"id": name.lower(), "name": name, "groups": list(groups)}


def test_a_document_is_kept_read_and_dropped(signed_in: Any) -> None:
    put = signed_in.write("PUT", f"{DOCUMENTS}/theme", {"value": "light", "version": 0})
    assert (put.status_code, put.get_json()["data"]["version"]) == (200, 1)
    assert signed_in.get(f"{DOCUMENTS}/theme").get_json()["data"]["value"] == "light"
    assert list(signed_in.get(DOCUMENTS).get_json()["data"]) == ["theme"]
    assert signed_in.write("DELETE", f"{DOCUMENTS}/theme").get_json()["data"]["value"] is None


def test_a_stale_version_is_a_409_with_the_current_document(signed_in: Any) -> None:
    signed_in.write("PUT", f"{DOCUMENTS}/theme", {"value": "light"})
    late = signed_in.write("PUT", f"{DOCUMENTS}/theme", {"value": "dark", "version": 0})
    body = late.get_json()
    assert (late.status_code, body["code"]) == (409, "PREFERENCE_CHANGED")
    assert body["current"] == {"version": 1, "value": "light"}


def test_unknown_documents_and_wrong_values_are_4xx(signed_in: Any) -> None:
    assert signed_in.get(f"{DOCUMENTS}/colour").status_code == 404
    for body, status in (({"value": "pink"}, 400), ({}, 400), ({"value": "dark", "version": -1}, 400)):
        assert signed_in.write("PUT", f"{DOCUMENTS}/theme", body).status_code == status
    assert (
        signed_in.write("PUT", f"{DOCUMENTS}/colour", {"value": 1}).get_json()["code"] == "UNKNOWN_PREFERENCE"
    )


def test_values_of_the_chart_page_are_json_text(signed_in: Any) -> None:
    kept = signed_in.write("PUT", "/ui/api/preferences/chart", {"value": '{"interval":"5m"}'})
    assert kept.get_json()["data"] == {"chart": '{"interval":"5m"}'}
    assert signed_in.get("/ui/api/preferences").get_json()["data"] == {"chart": '{"interval":"5m"}'}
    assert signed_in.write("PUT", "/ui/api/preferences/chart", {"value": "{"}).status_code == 400


def test_lists_are_read_with_their_limits_and_replaced_as_a_whole(signed_in: Any) -> None:
    first = signed_in.get("/ui/api/watchlists").get_json()["data"]
    assert (first["version"], first["limits"]) == (0, {"lists": 20, "groups": 20, "symbols": 250})
    lists = [a_list("Banks", group("SBIN", "ICICIBANK")), a_list("Empty")]
    put = signed_in.write("PUT", "/ui/api/watchlists", {"version": 0, "lists": lists})
    saved = put.get_json()["data"]
    assert (put.status_code, saved["version"]) == (200, 1)
    row = saved["lists"][0]["groups"][0]["symbols"][0]
    assert (row["symbol"], row["state"], row["lotsize"]) == ("SBIN", "unchecked", None)
    assert signed_in.get("/ui/api/watchlists").get_json()["data"] == saved


def test_a_stale_order_is_a_409_with_the_lists_as_they_are(signed_in: Any) -> None:
    signed_in.write("PUT", "/ui/api/watchlists", {"version": 0, "lists": [a_list("Banks", group("SBIN"))]})
    late = signed_in.write("PUT", "/ui/api/watchlists", {"version": 0, "lists": [a_list("Mine")]})
    body = late.get_json()
    assert (late.status_code, body["code"]) == (409, "WATCHLISTS_CHANGED")
    assert body["current"] == signed_in.get("/ui/api/watchlists").get_json()["data"]


def test_bad_lists_are_a_400_that_names_the_place(signed_in: Any) -> None:
    bad = [
        ({"version": 0, "lists": []}, "lists"),
        ({"version": 0, "lists": [a_list("")]}, "lists.0.id"),
        ({"version": 0, "lists": [{"id": "a b", "name": "x", "groups": []}]}, "lists.0.id"),
        ({"version": 0, "lists": [{"id": "a", "name": "x\n y", "groups": []}]}, "lists.0.name"),
        ({"version": 0, "lists": [a_list("X", group("SBIN", "SBIN"))]}, "lists.0.groups"),
        ({"version": "0", "lists": [a_list("X")]}, "version"),
        ({"lists": [a_list("X")]}, "version"),
    ]
    for body, field in bad:
        answer = signed_in.write("PUT", "/ui/api/watchlists", body)
        assert answer.status_code == 400 and field in answer.get_json()["errors"], (field, answer.get_json())


def test_the_old_single_list_is_gone(signed_in: Any) -> None:
    assert signed_in.get("/ui/api/watchlist").status_code == 404
