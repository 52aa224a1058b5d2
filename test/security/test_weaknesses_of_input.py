"""Weaknesses 10 to 18 and 33 of docs/security/weaknesses.md: what comes in, and what its words may do."""

from __future__ import annotations

import ast
import re
from typing import Any

import pydantic
import pytest

from restx_api.edge import META
from test.security.house import Home
from test.security.sources import trees
from utils.route_policy import policy_of

WHERE_SECRETS_ARE_COMPARED = (
    "services/accounts", "services/automation", "blueprints", "restx_api", "websocket_proxy/proxy",
)  # fmt: skip
NO_SECRETS = {
    "services/automation/duplicates.py": "digests of contents, which their sender knows",
    "services/automation/inbox.py": "two states of one stored row",
    "websocket_proxy/proxy/session.py": "what one client said against what it said before",
}
BOUNDED_ELSEWHERE = {
    "value": "a document of the desk: its size and depth are the use case's rule",
    "expires_at": "digits are seconds and become one date, however many they are",
}
SECRET_NAME = re.compile(r"(?:^|_)(secret|token|digest|signature|checksum|password|api_key|nonce|hash)$")


@pytest.mark.parametrize(
    "path",
    ["/..%2f.env", "/../../.env", "/assets/../../../.env", "/%2e%2e/%2e%2e/.env", "/assets/..%5c..%5c.env",
     "//etc/passwd",     "/assets/%00", "/.env", "/db/openalgo.db", "/api/docs/../../.env"],
)  # fmt: skip
def test_11_no_path_leads_out_of_the_built_desk(home: Home, path: str) -> None:
    answer = home.app.test_client().get(path, buffered=True)
    text = answer.get_data()
    assert answer.status_code in (404, 503) or b"<!doctype html>" in text.lower()
    assert b"PEPPER" not in text and b"root:" not in text and b"SQLite" not in text


def test_11_names_of_files_are_never_made_of_what_a_caller_says(home: Home) -> None:
    """Downloads are made in memory and named from an enumeration."""
    client = home.app.test_client()
    for value in ("NSE/../../x", "..%2fNSE", "NSE;rm", "NSE%0d%0aX-Evil: 1", "' OR 1=1 --"):
        answer = client.get(f"/api/v1/instruments?apikey={home.key}&format=csv&exchange={value}")
        assert answer.status_code == 400 and "Content-Disposition" not in answer.headers


def test_12_the_exchanges_are_listed_once() -> None:
    lists = [
        f"{path}:{node.name}"
        for path, tree in trees("NFO").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and {"NSE", "BSE", "NFO"}
        <= {part.id for item in node.body if isinstance(item, ast.Assign) for part in item.targets
            if isinstance(part, ast.Name)}
    ]  # fmt: skip
    assert lists == ["domain/instruments.py:Exchange"]


@pytest.mark.parametrize("exchange", ["XNSE", "NSE ' OR 1=1", "", "nse\x00", 5, ["NSE"], {"a": 1}])
def test_12_an_exchange_that_is_none_is_refused(home: Home, exchange: Any) -> None:
    assert home.order(exchange=exchange).status_code == 400


def test_13_wildcards_of_a_search_are_letters_like_others(home: Home) -> None:
    for text in ("%", "_", "%%", "S%N", "S_IN", "*", ".*"):
        found = home.call("search", {"query": text, "exchange": "NSE"})
        assert found.status_code in (200, 404), found.get_json()
        assert not found.get_json().get("data")
    likes = [
        path
        for path, tree in trees("like(").items()
        if "migrations" not in path and _calls(tree, ("like", "ilike"))
    ]
    assert likes == []


def test_14_a_defect_shows_an_id_and_nothing_of_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = home.browser()

    def explode(*_: Any, **__: Any) -> Any:
        raise ValueError("SELECT secret FROM /home/trader/db")

    monkeypatch.setattr(home.services.portfolio, "funds", explode)
    monkeypatch.setattr(home.services.accounts, "list", explode)
    for answer in (home.call("funds"), browser.get("/ui/api/accounts")):
        text = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert not any(word in text for word in ("SELECT", "/home", "ValueError", "Traceback", "File "))


def test_15_every_text_and_list_that_a_route_takes_has_a_longest_length(home: Home) -> None:
    models = {
        f"{model.__module__}.{model.__name__}": model
        for model in [*_forms(pydantic.BaseModel), *_bodies(home)]
    }
    unbounded = [f"{name}.{field}" for name, model in models.items() for field in _unbounded(model)]
    assert len(models) > 60
    assert unbounded == []


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("multiquotes", {"symbols": [{"symbol": "SBIN", "exchange": "NSE"}] * 5_000}),
        ("basketorder", {"strategy": "s", "orders": [{"symbol": "SBIN"}] * 5_000}),
        ("placeorder", {"strategy": "s" * 5_000, "symbol": "S" * 5_000, "exchange": "NSE"}),
        ("search", {"query": "x" * 100_000, "exchange": "NSE"}),
        ("placeorder", {"apikey": "k" * 5_000}),
    ],
)
def test_15_what_is_too_long_is_a_400(home: Home, route: str, body: dict[str, Any]) -> None:
    assert home.call(route, body).status_code == 400


def test_16_secrets_are_compared_in_constant_time() -> None:
    """No == or != stands between two texts of which one is named like a secret; queries compare digests."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees(under=WHERE_SECRETS_ARE_COMPARED).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        and all(_text_like(part) for part in (node.left, node.comparators[0]))
        and any(SECRET_NAME.search(_name(part)) for part in (node.left, node.comparators[0]))
    ]  # fmt: skip
    assert {place.split(":")[0] for place in found} <= set(NO_SECRETS)


def test_17_nothing_is_uploaded_and_temporary_files_have_names_of_their_own() -> None:
    for path, tree in trees("files", "mktemp", "gettempdir").items():
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if path.startswith(("blueprints", "restx_api")):
            assert not {"request.files", "flask.request.files"} & set(_dotted(tree)), path
        assert not attributes & {"mktemp", "gettempdir"}, path


def test_18_names_of_downloads_and_request_ids_take_no_line_breaks(home: Home) -> None:
    client = home.app.test_client()
    answer = client.get("/health/status", headers={"X-Request-ID": "abc defgh; Set-Cookie"})
    assert re.fullmatch(r"[A-Za-z0-9-]{8,40}", answer.headers["X-Request-ID"])
    assert "Set-Cookie" not in answer.headers
    csv = client.get(f"/api/v1/instruments?apikey={home.key}&format=csv&exchange=MCX")
    assert csv.headers["Content-Disposition"] == "attachment; filename=instruments_MCX.csv"


def test_33_no_read_of_a_signed_in_user_changes_a_store(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = home.browser()
    written: list[str] = []
    store = home.services.stores.main
    real = store.unit

    def noting(**options: Any) -> Any:
        import traceback

        written.append("".join(traceback.format_stack(limit=8)))
        return real(**options)

    browser.get("/ui/api/bootstrap")
    monkeypatch.setattr(store, "unit", noting)
    rules = [rule for rule in home.app.url_map.iter_rules() if "GET" in rule.methods]
    for rule in rules:
        if policy_of(home.app.view_functions[rule.endpoint], "GET").auth in ("session", "admin", "public"):
            if rule.rule == "/<broker>/callback":
                continue  # a vendor's redirect with a one-time state of ours ends a login that was begun by a POST
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            home.app.extensions["openalgo_limits"]._limiter.reset()
            assert browser.get(path).status_code not in (401, 429, 500), path
    of_requests = [stack for stack in written if "endpoint(" in stack or "blueprints/" in stack]
    assert of_requests == [], of_requests[:1]


def _dotted(tree: ast.Module) -> list[str]:
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "files"
    ]


def _calls(tree: ast.Module, names: tuple[str, ...]) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
        for node in ast.walk(tree)
    )


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text_like(node: ast.expr) -> bool:
    """A variable or attribute; a column of a table (tables.X.y) is a query, and an enumeration's word no secret."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute | ast.Name):
        owner = _name(node.value)
        return not owner[:1].isupper() and owner != "table"
    return isinstance(node, ast.Name) and not node.id.isupper()


def _forms(base: type[Any]) -> list[type[pydantic.BaseModel]]:
    """Every model of a body or query that belongs to the browser API."""
    found = []
    for model in base.__subclasses__():
        if model.__module__.startswith("blueprints."):
            found.append(model)
        found += _forms(model)
    return found


def _bodies(home: Home) -> list[type[pydantic.BaseModel]]:
    """Every model that a REST route parses."""
    found = []
    for view in home.app.view_functions.values():
        for method in ("get", "post"):
            handler = getattr(getattr(view, "view_class", None), method, None)
            if handler is not None and hasattr(handler, META):
                found.append(getattr(handler, META).schema)
    return found


def _unbounded(model: type[pydantic.BaseModel]) -> list[str]:
    """Fields that take a text of 100,000 letters or digits, or a list of as many."""
    taken = []
    for name, field in {field.alias or name: field for name, field in model.model_fields.items()}.items():
        if name in BOUNDED_ELSEWHERE or any(hasattr(item, "max_length") for item in field.metadata):
            continue
        for value in ("x" * 100_001, "1" * 100_001, ["x"] * 100_001):
            try:
                model.model_validate({name: value})
            except pydantic.ValidationError as error:
                if any(item["loc"][0] == name for item in error.errors()):
                    continue
            taken.append(name)
            break
    return taken
