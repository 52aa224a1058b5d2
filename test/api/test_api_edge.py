"""Limits, the API description, its page, order events and logs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from restx_api.edge import META
from restx_api.swagger_examples import examples
from services import events
from test.api import conftest as harness
from test.support.waiting import wait_for

HERE = Path(__file__).resolve().parent


def test_the_eleventh_order_of_a_second_is_a_429_with_a_true_wait(tmp_path, contracts) -> None:
    limits = {"ORDER_RATE_LIMIT": "10 per second", "API_RATE_LIMIT": "5 per minute"}
    app, services = harness.start_app(tmp_path, contracts, **limits)
    try:
        key = services.api_keys.rotate(1)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: app.test_client().post("/api/v1/cancelorder", json={
                "apikey": key, "orderid": "404"}), range(30)))  # fmt: skip
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert all(answer.status_code in (404, 429) for answer in answers)
        body = refused[0].get_json()
        assert body["message"] == "Rate limit exceeded. Please slow down your requests."
        assert body["retry_after"] >= 1 and refused[0].headers["Retry-After"] == str(body["retry_after"])
        # The classes are apart: the api class has calls left until its own fifth.
        codes = [app.test_client().post("/api/v1/ping", json={"apikey": key}).status_code for _ in range(6)]
        assert codes == [200] * 5 + [429]
    finally:
        services.close()


def test_a_wrong_key_spends_nobodys_limit(api) -> None:
    calls = [api.client.post("/api/v1/ping", json={"apikey": "f" * 64}).status_code for _ in range(60)]
    assert set(calls) == {403}


def test_the_description_names_every_route_once_and_tags_it(api) -> None:
    description = api.client.get("/api/v1/swagger.json").get_json()
    assert description["swagger"] == "2.0"
    assert all(path.startswith("/api/v1/") for path in description["paths"])
    tags = {
        operation["tags"][0] for methods in description["paths"].values() for operation in methods.values()
    }
    assert tags == {"orders", "options", "data", "account", "utility"}
    ids = [
        operation["operationId"]
        for methods in description["paths"].values()
        for operation in methods.values()
    ]
    assert len(ids) == len(set(ids)) >= 30
    text = str(description["definitions"])
    assert "anyOf" not in text and "$defs" not in text
    referred = {ref.split("/")[-1] for ref in _references(description)}
    assert referred <= set(description["definitions"])


def _references(node):
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def test_the_docs_page_is_behind_sign_in_and_has_no_inline_script(api) -> None:
    away = api.client.get("/api/docs")
    assert (away.status_code, away.headers["Location"]) == (302, "/login?next=/api/docs")
    page = (HERE.parents[1] / "blueprints/docs_page/index.html").read_text()
    assert "<script>" not in page and " on" not in page.split("<body>")[0]
    assert api.client.get("/api/docs/page.js", buffered=True).content_type.startswith("text/javascript")


@pytest.fixture
def heard(api):
    """Order changes published while the test runs."""
    found: list[events.OrderChanged] = []
    api.services.events.subscribe(events.OrderChanged, found.append, name="test-heard")
    return found


def test_an_order_is_told_as_it_moves_on_in_sequence_and_never_twice(api, order, heard) -> None:
    order_id = api.post("placeorder", order(symbol="SBIN", quantity=5)).get_json()["orderid"]
    wait_for(
        lambda: any(event.row.order_id == order_id and event.row.status == "complete" for event in heard)
    )
    api.post("orderbook")
    mine = [event for event in heard if event.row.order_id == order_id]
    states = [(event.row.status, event.row.filled_quantity) for event in mine]
    assert len(states) == len(set(states))
    assert {event.strategy for event in mine} == {"orb-15"}
    seqs = [event.seq for event in heard]
    assert seqs == sorted(set(seqs))


def test_order_calls_are_logged_without_their_key(api, order) -> None:
    from sqlalchemy import text

    tag = "logged-once"
    api.post("placeorder", order(strategy=tag))

    def rows():
        with api.services.stores.logs.reading() as unit:
            query = text("SELECT request_data, response_data FROM order_logs WHERE request_data LIKE :tag")
            return unit.session.execute(query, {"tag": f"%{tag}%"}).all()

    (row,) = wait_for(rows)
    assert api.key not in row[0] and "orderid" in row[1]


def test_the_kill_switch_survives_a_restart(tmp_path, contracts) -> None:
    _, services = harness.start_app(tmp_path, contracts)
    services.trading.journal.set_kill_switch("account:1", True, "enough")
    services.close()
    _, services = harness.open_app(tmp_path, contracts)
    try:
        assert services.trading.journal.kill_switches() == {"account:1": "enough"}
    finally:
        services.close()


def described(api) -> dict[str, Any]:
    return api.client.get("/api/v1/swagger.json").get_json()


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        path.removeprefix("/api/v1/"): operation
        for path, methods in description["paths"].items()
        for operation in methods.values()
    }


def schemas(api) -> dict[str, Any]:
    found = {}
    for view in api.client.application.view_functions.values():
        for method in ("get", "post"):
            meta = getattr(getattr(getattr(view, "view_class", None), method, None), META, None)
            if meta is not None and not meta.in_query:
                found[meta.schema.__name__] = meta.schema
    return found


def test_every_body_has_an_example_that_its_own_schema_accepts(api) -> None:
    today = api.services.clock.now().date()
    bodies = examples(today)
    assert bodies.keys() == schemas(api).keys()
    for name, schema in schemas(api).items():
        schema.model_validate(bodies[name])


def test_an_example_is_answered_when_it_is_sent(api) -> None:
    description = described(api)
    for route in ("quotes", "history", "optionchain", "expiry", "margin", "search", "optionsymbol"):
        schema = operations(description)[route]["parameters"][0]["schema"]["$ref"].rsplit("/", 1)[-1]
        answer = api.post(route, description["definitions"][schema]["example"])
        assert answer.status_code == 200, (route, answer.get_json())


def test_required_values_of_paths_and_queries_have_an_example(api) -> None:
    rows = [row for operation in operations(described(api)).values() for row in operation["parameters"]]
    asked = [row for row in rows if row["in"] != "body" and row["required"]]
    assert asked and all("x-example" in row for row in asked)


def test_what_a_call_changes_is_said_of_every_route(api) -> None:
    effects = {route: operation["x-effect"] for route, operation in operations(described(api)).items()}
    assert {route for route, effect in effects.items() if effect == "mode"} == {"analyzer/toggle"}
    assert {route for route, effect in effects.items() if effect == "orders"} == {
        "placeorder", "placesmartorder", "modifyorder", "cancelorder", "cancelallorder", "closeposition",
        "basketorder", "splitorder", "optionsorder", "optionsmultiorder", "placegttorder", "modifygttorder",
        "cancelgttorder", "placepositionexit", "modifypositionexit", "cancelpositionexit",
    }  # fmt: skip


def test_words_of_a_query_are_listed_where_they_are_few(api) -> None:
    rows = {row["name"]: row for row in operations(described(api))["instruments"]["parameters"]}
    assert "NFO" in rows["exchange"]["enum"]
    assert not any("$ref" in row for row in rows.values())
