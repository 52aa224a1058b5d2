"""Tools of the contract suite: plug-ins as found, their cases as data, a scripted transport, canonical values.

A case file `test/broker/<id>/cases/*.json` is a list of cases:
    name, call {operation, …}, exchanges [{request, response}], and expect (a value) or raises {error, message?, …}.
`{"$sample": "orders.json", "path": ["data"]}` anywhere in a response stands for that sample (or a part of it).
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from broker.core.budget import Budgets
from broker.core.http import Request, Response
from broker.core.manifest import Manifest, RateClass
from broker.core.registry import ContextParts, Registry, load_plugins
from broker.core.roles import Gtt, Plugin, Session
from domain import errors
from domain.gtt import DeleteGtt, GttRow, GttTerms, ModifyGtt, PlaceGtt
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Interval
from domain.money import plain
from domain.orders import (
    CancelOrder,
    ModifyOrder,
    OrderRow,
    OrderStatus,
    OrderTerms,
    PlaceOrder,
    PriceType,
    Product,
    Side,
)
from utils.clock import SystemClock, ist
from utils.ids import SeededIds

HERE = Path(__file__).parent
REGISTRY = load_plugins()
SECRETS = {"api_key": "KEY", "api_secret": "SECRETVALUE", "access_token": "TOKENVALUE"}
WRITES = ("place", "modify", "cancel", "place_gtt", "modify_gtt", "delete_gtt")


class CaseClock:
    """A wall clock that stands at the case's instant, and real durations."""

    def __init__(self, instant: str | None) -> None:
        self._now = dt.datetime.fromisoformat(instant or "2026-03-02T10:00:00+05:30").astimezone(dt.UTC)
        self.monotonic = SystemClock().monotonic

    def now(self) -> dt.datetime:
        return self._now


class Lookup:
    """The contract master of a test: whatever was put in."""

    def __init__(self, instruments: list[Instrument]) -> None:
        self.fill(instruments)

    def fill(self, instruments: list[Instrument]) -> None:
        self.keys = {item.key: item for item in instruments}
        self.tokens = {(item.broker_exchange, item.token): item for item in instruments}
        self.symbols = {(item.broker_exchange, item.broker_symbol): item for item in instruments}

    def by_key(self, key: InstrumentKey) -> Instrument | None:
        return self.keys.get(key)

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self.tokens.get((broker_exchange, token))

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self.symbols.get((broker_exchange, broker_symbol))


class ScriptedTransport:
    """Answers requests from a list, or with `by_url` each URL always alike; an exception is raised."""

    def __init__(
        self, answers: list[Response | Exception], by_url: dict[str, Response | Exception] | None = None
    ) -> None:
        self.answers = answers
        self.by_url = by_url
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        index = len(self.requests)
        self.requests.append(request)
        if self.by_url is not None:
            answer = self.by_url[request.url]
        else:
            assert index < len(self.answers), f"unexpected request {request.method} {request.url}"
            answer = self.answers[index]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        return None


class Case:
    """One case of one plug-in."""

    def __init__(self, plugin_id: str, file: str, data: dict[str, Any]) -> None:
        self.plugin_id = plugin_id
        self.id = f"{plugin_id}-{file}-{data['name'].replace(' ', '_')}"
        self.call: dict[str, Any] = data["call"]
        self.operation: str = self.call["operation"]
        self.exchanges: list[dict[str, Any]] = data.get("exchanges", [])
        self.data = data

    @property
    def succeeds(self) -> bool:
        return "expect" in self.data

    def responses(self) -> list[Response | Exception]:
        return [response_of(self.plugin_id, exchange["response"]) for exchange in self.exchanges]


class Bench:
    """A plug-in on a scripted transport, with a session and what rang the alarm."""

    def __init__(
        self,
        plugin_id: str,
        transport: Any,
        tmp_path: Path,
        now: str | None = None,
        settings: dict[str, str] | None = None,
        instruments: list[Instrument] | None = None,
    ) -> None:
        self.alarms: list[str] = []
        self.transport = transport
        self.lookup = Lookup(instruments_of(plugin_id) if instruments is None else instruments)
        self.clock = CaseClock(now)
        # Budgets are proved elsewhere; here only the names of the rate classes count.
        rates = dict.fromkeys(REGISTRY.manifests()[plugin_id].limits.rates, RateClass(per_second=10_000))
        parts = ContextParts(
            transport=transport,
            instruments=self.lookup,
            clock=self.clock,
            ids=SeededIds(1),
            data_dir=tmp_path,
            settings=settings or {},
            budgets=Budgets(rates, self.clock),
            alarm=lambda what, detail: self.alarms.append(f"{what}: {detail}"),
        )
        self.plugin: Plugin = REGISTRY.build(plugin_id, parts)
        self.session = Session(
            account_id=1, broker=plugin_id, broker_user_id="AB1234", credentials=SECRETS, tokens=SECRETS,
            issued_at=self.clock.now(), expires_at=None,
        )  # fmt: skip

    def instrument(self, key: str) -> Instrument:
        exchange, _, symbol = key.partition(":")
        found = next((item for item in self.lookup.keys.values() if str(item.key) == key), None)
        assert found is not None, f"no instrument {exchange}:{symbol} in instruments.json"
        return found

    def run(self, call: dict[str, Any]) -> Any:
        return OPERATIONS[call["operation"]](self, call)

    def order(self, call: dict[str, Any]) -> tuple[OrderTerms, Instrument]:
        terms = msgspec.convert(call["terms"], OrderTerms, strict=False)
        return terms, self.instrument(f"{terms.exchange.value}:{terms.symbol}")


def row_of(data: dict[str, Any]) -> OrderRow:
    words = {
        "exchange": Exchange,
        "side": Side,
        "price_type": PriceType,
        "product": Product,
        "status": OrderStatus,
    }
    return OrderRow(**{name: words[name](value) if name in words else value for name, value in data.items()})


def _place(bench: Bench, call: dict[str, Any]) -> Any:
    terms, instrument = bench.order(call)
    command = PlaceOrder(terms=terms, instrument=instrument, tag=call.get("tag", ""))
    return bench.plugin.orders.place(bench.session, command)


def _modify(bench: Bench, call: dict[str, Any]) -> Any:
    terms, instrument = bench.order(call)
    row = row_of(call["row"])
    command = ModifyOrder(order_id=row.order_id, terms=terms, instrument=instrument, row=row)
    return bench.plugin.orders.modify(bench.session, command)


def _cancel(bench: Bench, call: dict[str, Any]) -> Any:
    row = row_of(call["row"])
    return bench.plugin.orders.cancel(bench.session, CancelOrder(order_id=row.order_id, row=row))


def _gtt_role(bench: Bench) -> Gtt:
    assert bench.plugin.gtt is not None
    return bench.plugin.gtt


def _place_gtt(bench: Bench, call: dict[str, Any]) -> Any:
    terms, last_price = msgspec.convert(call["terms"], GttTerms), Decimal(call["last_price"])
    instrument = bench.instrument(f"{terms.exchange.value}:{terms.symbol}")
    command = PlaceGtt(terms=terms, instrument=instrument, last_price=last_price)
    return _gtt_role(bench).place(bench.session, command)


def _modify_gtt(bench: Bench, call: dict[str, Any]) -> Any:
    terms, row = msgspec.convert(call["terms"], GttTerms), msgspec.convert(call["row"], GttRow)
    command = ModifyGtt(
        trigger_id=row.trigger_id, terms=terms, last_price=Decimal(call["last_price"]), row=row,
        instrument=bench.instrument(f"{terms.exchange.value}:{terms.symbol}"),
    )  # fmt: skip
    return _gtt_role(bench).modify(bench.session, command)


def _delete_gtt(bench: Bench, call: dict[str, Any]) -> Any:
    row = msgspec.convert(call["row"], GttRow)
    return _gtt_role(bench).delete(bench.session, DeleteGtt(trigger_id=row.trigger_id, row=row))


def _margin(bench: Bench, call: dict[str, Any]) -> Any:
    assert bench.plugin.margin is not None
    legs = [bench.order({"terms": terms}) for terms in call["legs"]]
    return bench.plugin.margin.estimate(bench.session, [(instrument, terms) for terms, instrument in legs])


def _history(bench: Bench, call: dict[str, Any]) -> Any:
    start, end = (dt.datetime.fromisoformat(call[name]) for name in ("start", "end"))
    instrument = bench.instrument(call["instrument"])
    return bench.plugin.market.history(bench.session, instrument, Interval(call["interval"]), start, end)


def _contracts(bench: Bench, call: dict[str, Any]) -> Any:
    content = call["text"].encode() if "text" in call else sample(bench.plugin.manifest.id, call["sample"])
    found = list(bench.plugin.contracts.parse(content[at : at + 7] for at in range(0, len(content), 7)))
    return [row for row in found if row.symbol in call["only"]] if "only" in call else found


def _postback(bench: Bench, call: dict[str, Any]) -> Any:
    assert bench.plugin.postback is not None
    return bench.plugin.postback(
        bench.session, json.dumps(fill(bench.plugin.manifest.id, call["body"])).encode()
    )


OPERATIONS: dict[str, Callable[[Bench, dict[str, Any]], Any]] = {
    "place": _place,
    "modify": _modify,
    "cancel": _cancel,
    "order_book": lambda bench, call: bench.plugin.orders.order_book(bench.session),
    "trade_book": lambda bench, call: bench.plugin.orders.trade_book(bench.session),
    "place_gtt": _place_gtt,
    "modify_gtt": _modify_gtt,
    "delete_gtt": _delete_gtt,
    "gtt_book": lambda bench, call: _gtt_role(bench).book(bench.session),
    "positions": lambda bench, call: bench.plugin.portfolio.positions(bench.session),
    "holdings": lambda bench, call: bench.plugin.portfolio.holdings(bench.session),
    "funds": lambda bench, call: bench.plugin.portfolio.funds(bench.session),
    "margin": _margin,
    "quotes": lambda bench, call: bench.plugin.market.quotes(
        bench.session, [bench.instrument(key) for key in call["instruments"]]
    ),
    "depth": lambda bench, call: bench.plugin.market.depth(
        bench.session, bench.instrument(call["instrument"])
    ),
    "history": _history,
    "contracts": _contracts,
    "fetch": lambda bench, call: hashlib.sha256(
        b"".join(bench.plugin.contracts.fetch(bench.session))
    ).hexdigest(),
    "begin": lambda bench, call: bench.plugin.auth.begin(SECRETS, call["redirect_url"], call["state"]),
    "complete": lambda bench, call: bench.plugin.auth.complete(1, SECRETS, call["answers"]),
    "check": lambda bench, call: bench.plugin.auth.check(bench.session),
    "logout": lambda bench, call: bench.plugin.auth.logout(bench.session),
    "postback": _postback,
}


def sample(plugin_id: str, name: str) -> bytes:
    return (HERE / plugin_id / "samples" / name).read_bytes()


def fill(plugin_id: str, value: Any) -> Any:
    """`value` with every `$sample` reference replaced."""
    if isinstance(value, dict) and "$sample" in value:
        found = json.loads(sample(plugin_id, value["$sample"]))
        for step in value.get("path", []):
            found = found[step]
        return {**found, **value["but"]} if "but" in value else found
    if isinstance(value, dict):
        return {key: fill(plugin_id, item) for key, item in value.items()}
    return [fill(plugin_id, item) for item in value] if isinstance(value, list) else value


def response_of(plugin_id: str, spec: dict[str, Any]) -> Response | Exception:
    if "failure" in spec:
        failure: Exception = getattr(errors, spec["failure"])("scripted")
        return failure
    if "text" in spec:
        body = spec["text"].encode()
    elif "file" in spec:
        body = sample(plugin_id, spec["file"])
    else:
        body = json.dumps(fill(plugin_id, spec["json"])).encode()
    return Response(spec.get("status", 200), spec.get("headers", {}), body)


def request_facts(request: Request) -> dict[str, Any]:
    """A request as a case writes it; only what is there."""
    facts: dict[str, Any] = {"method": request.method, "url": request.url}
    if request.params:
        facts["params"] = [list(pair) for pair in request.params]
    if request.body is not None:
        is_form = "form" in request.headers.get("Content-Type", "")
        facts["form" if is_form else "json"] = (
            dict(parse_qsl(request.body.decode(), keep_blank_values=True)) if is_form else json.loads(request.body)
        )  # fmt: skip
    return facts


def canonical(value: Any) -> Any:
    """A value as a case writes it: structs as objects without their empty fields, decimals as plain text."""
    if isinstance(value, enum.Enum):
        return canonical(value.value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dt.datetime):
        return ist(value).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, msgspec.Struct):
        if isinstance(value, InstrumentKey):
            return str(value)
        fields = {name: canonical(getattr(value, name)) for name in value.__struct_fields__}
        return {
            "type": type(value).__name__,
            **{k: v for k, v in fields.items() if v not in (None, "", [], {})},
        }
    if isinstance(value, dict):
        return {canonical(key): canonical(item) for key, item in value.items()}
    return [canonical(item) for item in value] if isinstance(value, (list, tuple)) else value


def instruments_of(plugin_id: str) -> list[Instrument]:
    path = HERE / plugin_id / "instruments.json"
    return msgspec.json.decode(path.read_bytes(), type=list[Instrument]) if path.is_file() else []


def cases_of(plugin_id: str) -> Iterator[Case]:
    for path in sorted((HERE / plugin_id / "cases").glob("*.json")):
        for data in json.loads(path.read_text()):
            yield Case(plugin_id, path.stem, data)


def frames_of(plugin_id: str) -> Iterator[Case]:
    for path in sorted((HERE / plugin_id / "frames").glob("*.json")):
        for data in json.loads(path.read_text()):
            yield Case(plugin_id, path.stem, {"call": {"operation": "stream"}, **data})


def all_cases() -> list[Case]:
    return [case for plugin_id in REGISTRY.manifests() for case in cases_of(plugin_id)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`plugin_id`: every plug-in. `case`, `happy_case`, `frame_case`: every case of every plug-in."""
    if "plugin_id" in metafunc.fixturenames:
        metafunc.parametrize("plugin_id", list(REGISTRY.manifests()))
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", all_cases(), ids=lambda case: case.id)
    if "happy_case" in metafunc.fixturenames:
        found = [case for case in all_cases() if case.succeeds and case.exchanges]
        metafunc.parametrize("happy_case", found, ids=lambda case: case.id)
    if "frame_case" in metafunc.fixturenames:
        found = [case for plugin_id in REGISTRY.manifests() for case in frames_of(plugin_id)]
        metafunc.parametrize("frame_case", found, ids=lambda case: case.id)


class Kit:
    """The tools above, for tests that cannot import this file."""

    HERE = HERE
    SECRETS = SECRETS
    WRITES = WRITES
    Bench = Bench
    Lookup = Lookup
    ScriptedTransport = ScriptedTransport
    registry: Registry = REGISTRY
    sample = staticmethod(sample)
    fill = staticmethod(fill)
    canonical = staticmethod(canonical)
    request_facts = staticmethod(request_facts)
    response_of = staticmethod(response_of)
    cases_of = staticmethod(cases_of)
    frames_of = staticmethod(frames_of)

    def manifest(self, plugin_id: str) -> Manifest:
        return REGISTRY.manifests()[plugin_id]


@pytest.fixture
def kit() -> Kit:
    return Kit()
