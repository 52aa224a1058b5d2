"""A plug-in on a scripted transport, the operations of the cases, and values as cases write them."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from broker.core.budget import Budgets
from broker.core.http import Request, Response
from broker.core.manifest import RateClass
from broker.core.registry import ContextParts
from broker.core.roles import Gtt, Plugin, Session
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
from test.broker.kit.data import REGISTRY, Case, fill, instruments_of, sample, session_of
from utils.clock import SystemClock, ist
from utils.ids import SeededIds

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

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self.fill(instruments)

    def fill(self, instruments: Sequence[Instrument]) -> None:
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
    """Answers requests from a list; an exception is raised."""

    def __init__(self, answers: list[Response | Exception]) -> None:
        self.answers = answers
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        index = len(self.requests)
        self.requests.append(request)
        assert index < len(self.answers), f"unexpected request {request.method} {request.url}"
        return told(self.answers[index])

    def close(self) -> None:
        return None


class RepeatingTransport:
    """Answers every request as often as it comes: as the case's exchange for it does, or always with `answer`."""

    def __init__(self, case: Case, answer: Response | Exception | None = None) -> None:
        exchanges = zip(case.exchanges, case.responses(), strict=True)
        self.known = [(exchange["request"], response) for exchange, response in exchanges]
        self.answer = answer
        self.instead: dict[int, Response] = {}
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return told(self.answer if self.answer is not None else self._known(request))

    def _known(self, request: Request) -> Response | Exception:
        facts = request_facts(request)
        for fits in (lambda known: {**known, **facts} == known, lambda known: known["url"] == request.url):
            for index, (known, response) in enumerate(self.known):
                if fits({key: item for key, item in known.items() if key != "headers"}):
                    return self.instead.get(index, response)
        return self.known[0][1]

    def close(self) -> None:
        return None


def told(answer: Response | Exception) -> Response:
    if isinstance(answer, Exception):
        raise answer
    return answer


class Bench:
    """A plug-in on a scripted transport, with a session and what rang the alarm."""

    def __init__(
        self,
        plugin_id: str,
        transport: Any,
        tmp_path: Path,
        now: str | None = None,
        settings: dict[str, str] | None = None,
        instruments: Sequence[Instrument] | None = None,
        budgets: Callable[[Mapping[str, RateClass]], Budgets] | None = None,
        clock: Any = None,
    ) -> None:
        self.alarms: list[str] = []
        self.transport = transport
        self.lookup = Lookup(instruments_of(plugin_id) if instruments is None else instruments)
        self.known = session_of(plugin_id)
        self.clock = clock or CaseClock(now)
        # Most tests are not about budgets: there only the names of the rate classes count.
        rates = REGISTRY.manifests()[plugin_id].limits.rates
        free = Budgets(dict.fromkeys(rates, RateClass(per_second=10_000)), self.clock)
        parts = ContextParts(
            transport=transport,
            instruments=self.lookup,
            clock=self.clock,
            ids=SeededIds(1),
            data_dir=tmp_path,
            settings=settings or {},
            budgets=budgets(rates) if budgets else free,
            alarm=lambda what, detail: self.alarms.append(f"{what}: {detail}"),
        )
        self.plugin: Plugin = REGISTRY.build(plugin_id, parts)
        self.session = Session(
            account_id=1, broker=plugin_id, broker_user_id=self.known["user"], issued_at=self.clock.now(),
            expires_at=None, credentials=self.known["credentials"], tokens=self.known["tokens"],
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
    "begin": lambda bench, call: bench.plugin.auth.begin(
        bench.known["credentials"], call["redirect_url"], call["state"]
    ),
    "complete": lambda bench, call: bench.plugin.auth.complete(
        1, bench.known["credentials"], call["answers"]
    ),
    "check": lambda bench, call: bench.plugin.auth.check(bench.session),
    "logout": lambda bench, call: bench.plugin.auth.logout(bench.session),
    "postback": _postback,
}


def request_facts(request: Request) -> dict[str, Any]:
    """A request as a case writes it; only what is there."""
    facts: dict[str, Any] = {"method": request.method, "url": request.url}
    if request.params:
        facts["params"] = [list(pair) for pair in request.params]
    if request.body is not None and request.body.startswith(b"jData="):
        # Noren's kind of body; the key behind it is proved by test/broker/_family_noren.
        facts["jData"] = json.loads(request.body[6:].partition(b"&")[0])
    elif request.body is not None:
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
