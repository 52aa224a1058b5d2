"""Bad input on every route: a clear 4xx in the one envelope, never a 5xx, HTML or a redirect."""

from __future__ import annotations

import json

import pytest

SYMBOL = {"symbol": "RELIANCE", "exchange": "NSE"}
ORDER = {
    **SYMBOL, "strategy": "x", "action": "BUY", "quantity": 1, "pricetype": "MARKET", "product": "MIS",
}  # fmt: skip
LEG = {**SYMBOL, "action": "BUY", "quantity": 1, "pricetype": "MARKET", "product": "MIS"}
RANGE = {"interval": "D", "start_date": "2026-11-02", "end_date": "2026-11-06"}
# route -> a good body whose every field is required
ROUTES = {
    "placeorder": {name: ORDER[name] for name in ("strategy", "symbol", "exchange", "action", "quantity")},
    "modifyorder": {**ORDER, "orderid": "1"},
    "cancelorder": {"orderid": "1"},
    "cancelallorder": {"strategy": "x"},
    "closeposition": {"strategy": "x"},
    "orderstatus": {"orderid": "1"},
    "openposition": {**SYMBOL, "product": "MIS"},
    "ordertimeline": {"orderid": "1"},
    "margin": {"positions": [LEG]},
    "orderbook": {},
    "tradebook": {},
    "positionbook": {},
    "holdings": {},
    "funds": {},
    "quotes": SYMBOL,
    "multiquotes": {"symbols": [SYMBOL]},
    "depth": SYMBOL,
    "history": {**SYMBOL, **RANGE},
    "intervals": {},
    "symbol": SYMBOL,
    "search": {"query": "x"},
    "expiry": {"symbol": "NIFTY", "exchange": "NFO", "instrumenttype": "futures"},
    "optionsymbol": {"underlying": "NIFTY", "exchange": "NSE_INDEX", "offset": "ATM", "option_type": "CE"},
    "optionchain": {"underlying": "NIFTY", "exchange": "NSE_INDEX"},
    "syntheticfuture": {"underlying": "NIFTY", "exchange": "NSE_INDEX"},
    "optiongreeks": {"symbol": "NIFTY29DEC2626500CE", "exchange": "NFO"},
    "multioptiongreeks": {"symbols": [{"symbol": "NIFTY29DEC2626500CE", "exchange": "NFO"}]},
    "ping": {},
    "chart": {"theme": "dark"},
    "analyzer": {},
    "analyzer/toggle": {"mode": False},
    "market/holidays": {},
    "market/timings": {"date": "2026-03-02"},
}
# Whose fields are the caller's own, and which is read by GET, too.
FREE = {"chart"}
NAMED = [route for route, body in ROUTES.items() if body and route not in FREE]
QUERIES = {
    "instruments": {"exchange": "NSE"},
    "ticker/NSE:RELIANCE": {"from": "2026-11-02", "to": "2026-11-06"},
}
WRONG_TYPES = [
    None,
    True,
    [],
    ["x"],
    {},
    {"a": 1},
    1.5,
    -1,
    10**400,
    "x" * 100_000,
    "",
    "\x00",
    "\ud83d",
    "NaN",
]


def envelope(answer, *statuses: int) -> dict:
    assert answer.status_code in statuses, (answer.status_code, answer.data[:300])
    assert answer.content_type == "application/json"
    body = json.loads(answer.data)
    assert body["status"] == "error"
    assert isinstance(body["message"], str) and body["message"]
    assert "Traceback" not in body["message"] and "sqlite" not in body["message"].lower()
    return body


def post(api, route: str, data: bytes, **options):
    return api.client.post(f"/api/v1/{route}", data=data, **options)


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_key_the_field_is_named(api, route) -> None:
    body = envelope(api.client.post(f"/api/v1/{route}", json=ROUTES[route]), 400)
    assert body["errors"]["apikey"] == ["is required"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", ["f" * 64, "x", "x" * 256, "\ud800", "ключ"])
def test_a_wrong_key_is_a_403_with_the_known_text(api, route, key) -> None:
    raw = json.dumps({**ROUTES[route], "apikey": key}).encode()
    body = envelope(post(api, route, raw), 403, *((400,) if "\ud800" in key else ()))
    assert body["message"] in ("Invalid openalgo apikey", "Invalid JSON body")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", [1, True, [], {}, "x" * 257])
def test_a_key_of_the_wrong_shape_is_a_400(api, route, key) -> None:
    body = envelope(api.client.post(f"/api/v1/{route}", json={**ROUTES[route], "apikey": key}), 400)
    assert "apikey" in body["errors"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b'{"quantity": NaN}', b'{"quantity": Infinity}',
     b"apikey=x&symbol=y", b"[" * 100_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000],
)  # fmt: skip
def test_what_is_no_json_object_is_a_400(api, route, raw) -> None:
    envelope(post(api, route, raw), 400)


@pytest.mark.parametrize("route", NAMED)
def test_each_missing_field_is_named(api, route) -> None:
    for field in ROUTES[route]:
        short = {name: value for name, value in ROUTES[route].items() if name != field}
        body = envelope(api.post(route, short), 400)
        assert body["errors"] == {field: ["is required"]}


@pytest.mark.parametrize("route", NAMED)
def test_each_field_of_a_wrong_type_is_a_4xx(api, route) -> None:
    for field in ROUTES[route]:
        for wrong in WRONG_TYPES:
            answer = post(api, route, json.dumps({**ROUTES[route], field: wrong, "apikey": api.key}).encode())
            assert answer.content_type == "application/json"
            assert answer.status_code in (200, 400, 404), (
                field,
                wrong if len(str(wrong)) < 50 else "",
                answer.data,
            )
            if answer.status_code == 200:
                assert field in ("strategy", "query", "orderid", "symbol", "quantity", "mode"), (field, wrong)
    api.services.installation.set_analyze_mode(False)  # `true` is a value of the switch


@pytest.mark.parametrize("route", ROUTES)
def test_the_content_type_does_not_matter(api, route) -> None:
    raw = json.dumps({"apikey": "f" * 64, **ROUTES[route]}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "text/html"):
        envelope(post(api, route, raw, content_type=kind), 403)


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_is_too_large_is_a_413(api, route) -> None:
    envelope(post(api, route, b" " * (17 * 1024 * 1024)), 413)


@pytest.mark.parametrize("route", ROUTES)
def test_a_wrong_method_is_a_405_that_names_the_right_one(api, route) -> None:
    for method in ("PUT", "DELETE", "PATCH") if route in FREE else ("GET", "PUT", "DELETE", "PATCH"):
        for slash in ("", "/"):
            answer = api.client.open(f"/api/v1/{route}{slash}", method=method)
            envelope(answer, 405)
            assert "POST" in answer.headers["Allow"]
    assert api.client.head(f"/api/v1/{route}").status_code == (400 if route in FREE else 405)
    options = api.client.options(f"/api/v1/{route}")
    assert options.status_code in (200, 204) and "POST" in options.headers["Allow"]


@pytest.mark.parametrize("route", QUERIES)
def test_reads_by_get_refuse_other_methods_and_bad_queries(api, route) -> None:
    envelope(api.client.post(f"/api/v1/{route}", json={"apikey": api.key}), 405)
    envelope(api.client.get(f"/api/v1/{route}", query_string=QUERIES[route]), 400)
    envelope(api.client.get(f"/api/v1/{route}", query_string={**QUERIES[route], "apikey": "x"}), 403)
    for field in QUERIES[route]:
        for wrong in ("\x00", "x" * 10_000, "'; DROP TABLE users; --", "99999999999999999999"):
            envelope(api.get(route, **{**QUERIES[route], field: wrong}), 400)
    assert api.client.head(f"/api/v1/{route}").status_code == 400


@pytest.mark.parametrize("route", ROUTES)
def test_a_trailing_slash_is_answered_directly(api, route) -> None:
    envelope(api.client.post(f"/api/v1/{route}/", json={}), 400)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/placeorder/x", "//placeorder", "/PlaceOrder", "/%00", "/../x"]
)
def test_an_unknown_path_is_a_404_in_the_envelope(api, path) -> None:
    for method in ("GET", "POST", "DELETE"):
        body = envelope(api.client.open(f"/api/v1{path}", method=method, json={}), 404)
        assert body["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "symbol", ["NOSUCH", "'; DROP TABLE users; --", "../../etc/passwd", "%s%s", "😀", "A" * 80]
)
@pytest.mark.parametrize("route", ["placeorder", "quotes", "depth", "history", "symbol"])
def test_an_unknown_symbol_is_a_4xx_that_repeats_it_as_data(api, route, symbol) -> None:
    body = envelope(api.post(route, {**ROUTES[route], "symbol": symbol}), 400, 404)
    assert symbol.upper() in body["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"start_date": "2026-11-07"},
        {"start_date": "2026-02-30"},
        {"end_date": "tomorrow"},
        {"start_date": "0001-01-01", "end_date": "9999-12-31"},
        {"interval": "1M"},
        {"interval": "7m"},
        {"source": "file"},
    ],
)
def test_a_bad_range_of_bars_is_a_400(api, changes) -> None:
    envelope(api.post("history", {**ROUTES["history"], **changes}), 400)
