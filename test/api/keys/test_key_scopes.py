"""What a key opens at the REST API: every endpoint with every scope, addresses, the end of a key, and its limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.errors import NotAllowed
from domain.feed import MarketData
from restx_api.edge import META, Endpoint
from restx_api.swagger_examples import examples, query_examples
from services.accounts.keys.access import GRANTS, Need
from services.accounts.keys.desk import KeyTerms
from services.trading import risk
from services.trading.commands import Cancel
from test.api import conftest as harness
from test.support.waiting import wait_for
from utils.clock import epoch_ms, ist

SCOPES = ("trade", "paper", "read", "data")
# What each route takes, said once more and by hand: a route that is declared too low shows here.
WRITES = {
    "placeorder", "modifyorder", "cancelorder", "cancelallorder", "closeposition", "placesmartorder", "basketorder",
    "splitorder", "optionsorder", "optionsmultiorder", "placegttorder", "modifygttorder", "cancelgttorder",
    "placepositionexit", "modifypositionexit", "cancelpositionexit", "POST chart",
}  # fmt: skip
READS = {
    "orderstatus", "ordertimeline", "driftreport", "openposition", "orderbook", "tradebook", "positionbook",
    "pnl/symbols", "holdings", "funds", "margin", "gttorderbook", "positionexits", "analyzer", "GET chart",
}  # fmt: skip
SWITCHES = {"analyzer/toggle"}
REFUSALS = {"KEY_SCOPE", "KEY_PAPER_ONLY"}


@pytest.fixture(scope="module")
def make_key(api) -> Callable[..., str]:
    """The text of a new key of the user."""
    numbers = iter(range(10_000))

    def make(scope: str = "trade", **terms: Any) -> str:
        desk = api.services.key_desk
        if len(desk.list(1)) > 15:
            for view in desk.list(1)[2:]:
                desk.revoke(1, view.id, harness.DEVICE)
        named = KeyTerms(name=f"key {next(numbers)}", scope=scope, **terms)
        return desk.create(1, named, harness.DEVICE)[1]

    return make


def key_id(api, key: str) -> int:
    found: int = api.services.api_keys.verify(key).key_id
    return found


def endpoints(api) -> list[tuple[str, str, Endpoint]]:
    """(method, path, declaration) of every route of the API, each spelling once."""
    app = api.client.application
    found = []
    for rule in app.url_map.iter_rules():
        view_class = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            meta = getattr(getattr(view_class, method.lower(), None), META, None)
            if isinstance(meta, Endpoint) and not rule.rule.endswith("/"):
                found.append((method, rule.rule, meta))
    return sorted(found, key=lambda item: item[1])


def call(api, key: str, method: str, path: str, meta: Endpoint) -> Any:
    """One call that its route accepts, as far as a schema can say."""
    today = ist(api.services.clock.now()).date()
    if meta.in_query:
        values = dict(query_examples(today).get(path.replace("<string:name>", "{name}"), {}))
        path = path.replace("<string:name>", values.pop("name", ""))
        return api.client.get(path, query_string={"apikey": key, **values})
    return api.client.open(path, method=method, json={**examples(today)[meta.schema.__name__], "apikey": key})


def need_of(method: str, path: str) -> Need:
    name = path.removeprefix("/api/v1/")
    names = {name, f"{method} {name}"}
    table = ((SWITCHES, Need.SWITCH), (WRITES, Need.TRADE), (READS, Need.READ))
    return next((need for group, need in table if names & group), Need.DATA)


@pytest.mark.parametrize("mode", ["live", "analyze"])
@pytest.mark.parametrize("scope", SCOPES)
def test_every_endpoint_opens_to_the_scopes_that_grant_it_and_to_no_other(api, make_key, scope, mode) -> None:
    key, installation = make_key(scope), api.services.installation
    walked = 0
    for method, path, meta in endpoints(api):
        installation.set_analyze_mode(mode == "analyze")
        need = need_of(method, path)
        assert meta.needs is need, path
        live_paper = scope == "paper" and mode == "live" and need is not Need.DATA
        allowed = need in GRANTS[scope] and not live_paper
        answer = call(api, key, method, path, meta)
        code = (answer.get_json(silent=True) or {}).get("code")
        walked += 1
        if allowed:
            assert code not in REFUSALS and answer.status_code < 500, (path, answer.data[:300])
        else:
            assert answer.status_code == 403 and code in REFUSALS, (path, answer.data[:300])
            assert answer.get_json()["message"].startswith("This API key"), path
    installation.set_analyze_mode(False)
    assert walked > 15


def test_a_key_that_may_not_trade_leaves_nothing_at_the_broker(api, make_key, order) -> None:
    before = len(api.services.trading.books.orders(api.services.callers.principal(1, "ui")).rows)
    for scope in ("read", "data", "paper"):
        answer = harness.Api(api.client, api.services, make_key(scope)).post("placeorder", order())
        assert answer.status_code == 403
    after = len(api.services.trading.books.orders(api.services.callers.principal(1, "ui")).rows)
    assert after == before


def test_the_router_itself_refuses_what_an_edge_would_let_through(api, make_key) -> None:
    for scope, code in (("read", "KEY_SCOPE"), ("data", "KEY_SCOPE"), ("paper", "KEY_PAPER_ONLY")):
        principal = api.services.api_keys.verify(make_key(scope))
        with pytest.raises(NotAllowed) as caught:
            api.services.trading.router.submit(Cancel(order_id="1"), principal)
        assert caught.value.code == code


def test_a_key_is_taken_from_its_addresses_only(api, make_key) -> None:
    own = make_key(addresses=("203.0.113.0/24", "2001:db8::1"))
    body = {"apikey": own}

    def from_address(address: str) -> Any:
        return api.client.post("/api/v1/ping", json=body, environ_overrides={"REMOTE_ADDR": address})

    for address in ("203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1"):
        assert from_address(address).status_code == 200, address
    for address in ("198.51.100.1", "127.0.0.1", "2001:db8::2", ""):
        answer = from_address(address)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "KEY_ADDRESS"), address
        assert answer.get_json()["message"] == "This API key may not be used from this address"


@pytest.fixture
def bind(api) -> Iterator[Callable[..., None]]:
    """Set the limits of a key."""

    def put(key: str, **limits: Any) -> None:
        policy, scope = api.services.trading.risk, f"key:{key_id(api, key)}"
        me = api.services.callers.principal(1, "ui")
        policy.put(scope, risk.Limits(**limits), policy.show(scope).version, "test", me)

    yield put
    api.post("closeposition", {"strategy": "tidy"})


def test_limits_of_a_key_bind_its_entries_and_nobody_elses(api, make_key, bind, order) -> None:
    key = make_key()
    bound = harness.Api(api.client, api.services, key)
    now = ist(api.services.clock.now())
    other_hours = (
        [risk.Hours(dt.time(0, 0), dt.time(0, 1))] if now.hour else [risk.Hours(dt.time(2), dt.time(3))]
    )
    for limits, code in (
        ({"max_quantity": 5}, "RISK_MAX_QUANTITY"),
        ({"max_order_value": 100}, "RISK_MAX_ORDER_VALUE"),
        ({"allowed_symbols": frozenset({"INFY"})}, "RISK_ALLOWED_SYMBOLS"),
        ({"exchanges": frozenset({"BSE"})}, "RISK_EXCHANGES"),
        ({"hours": tuple(other_hours)}, "RISK_HOURS"),
    ):
        bind(key, **limits)
        answer = bound.post("placeorder", order(strategy="bound"))
        assert (answer.status_code, answer.get_json()["code"]) == (403, code), answer.data
        assert api.post("placeorder", order(strategy="free")).status_code == 200
    rows = api.post("orderbook").get_json()["data"]["orders"]
    assert [row for row in rows if row["strategy"] == "bound"] == []


def test_an_exit_that_only_reduces_passes_every_limit_of_its_key(api, make_key, bind, order) -> None:
    key = make_key()
    bound = harness.Api(api.client, api.services, key)
    assert api.post("placeorder", order(quantity="10")).status_code == 200
    wait_for(lambda: held(api) == 10)
    bind(key, max_quantity=1, max_order_value=1, allowed_symbols=frozenset({"INFY"}), max_daily_orders=1)
    assert (
        bound.post("placeorder", order(action="SELL", quantity="11")).get_json()["code"].startswith("RISK_")
    )
    assert bound.post("placeorder", order(action="SELL", quantity="10")).status_code == 200
    wait_for(lambda: held(api) == 0)


def held(api) -> int:
    body = {"strategy": "s", "exchange": "NSE", "symbol": "RELIANCE", "product": "MIS"}
    return int(api.post("openposition", body).get_json()["quantity"])


def test_a_gtt_is_bound_by_the_key_that_set_it_up(api, make_key, bind) -> None:
    key = make_key()
    bound = harness.Api(api.client, api.services, key)
    ltp = api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]
    high = round(ltp * 1.1, 1)
    body = {
        "strategy": "late", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY",
        "product": "CNC", "quantity": "3", "pricetype": "LIMIT", "price": high, "triggerprice_tg": high,
    }  # fmt: skip
    bind(key, max_quantity=2)
    name = bound.post("placegttorder", body).get_json()["trigger_id"]
    watcher, at = api.services.trigger_watcher, epoch_ms(api.services.clock.now())
    watcher.on_tick(
        "simulator", MarketData(exchange="NSE", symbol="RELIANCE", mode=1, ltp=high, received_at_ms=at)
    )
    wait_for(lambda: name not in watcher._waiting)
    rows = api.post("gttorderbook", {"status": "all"}).get_json()["data"]
    row = next(row for row in rows if row["trigger_id"] == name)
    assert row["status"] == "rejected"
    assert "max_quantity" in row["reason"] or "exceeds 2" in row["reason"]
