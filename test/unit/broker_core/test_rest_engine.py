"""The REST engine on a made-up vendor: what is sent, under which budget, and what each answer means."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from broker.core.budget import Budgets, Priority, acting_as
from broker.core.endpoint import (
    Dialect,
    Endpoint,
    ErrorRule,
    VendorError,
    always,
    download,
    envelope,
    field,
    get,
    keyed,
    nested,
    write,
)
from broker.core.http import Request, Response
from broker.core.manifest import RateClass
from broker.core.registry import ContextParts, _context, load_plugins
from broker.core.rest import Rest
from domain.errors import (
    BadVendorData,
    InvalidInput,
    NotSent,
    OutcomeUnknown,
    Refused,
    SessionDead,
    Throttled,
    Unavailable,
)
from utils.clock import SystemClock
from utils.ids import SeededIds

UNWRAP = envelope(flag="ok", success=(True,), data="data", code="code", message="why")
ERRORS = (
    ErrorRule(error=SessionDead, contains=("log in",)),
    ErrorRule(error=Refused, statuses=(200,), codes=("E1",)),
    ErrorRule(error=Refused, prefixes=("R-", "S-")),
)
DIALECT = Dialect(
    headers=lambda session: {"X-Signed": "no" if session is None else "yes"}, unwrap=UNWRAP, errors=ERRORS,
    own=(field("client", "client", omit=("",)),),
)  # fmt: skip
SESSION: Any = SimpleNamespace(account_id=7, client="", credentials={}, tokens={})
BUY = write("buy", "POST /orders/{kind}", lambda data: data["id"], "order", keyed("kind", "qty", "note"))


class Wire:
    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[Request] = []

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        return None


def engine(wire: Wire, rate: RateClass | None = None, dialect: Dialect = DIALECT) -> Rest:
    clock = SystemClock()
    manifest = next(iter(load_plugins().manifests().values()))
    parts = ContextParts(
        transport=wire, instruments=SimpleNamespace(), clock=clock, ids=SeededIds(1), data_dir=Path(),  # type: ignore[arg-type]
        hosts={"rest": "https://vendor.example", "files": "https://files.example"},
        budgets=Budgets({"order": rate or RateClass(per_second=50)}, clock),
    )  # fmt: skip
    return Rest(_context(manifest, parts), dialect, pause=lambda _seconds: None)


def said(body: bytes, status: int = 200, **headers: str) -> Response:
    return Response(status, headers, body)


def test_fields_fill_the_path_and_the_body_and_absent_ones_stay_away() -> None:
    wire = Wire(said(b'{"ok":true,"data":{"id":"9"}}'))
    assert engine(wire).call(SESSION, BUY, {"kind": "a/b", "qty": 5, "note": None}) == "9"
    (request,) = wire.sent
    assert (request.method, request.url, request.body) == (
        "POST",
        "https://vendor.example/orders/a%2Fb",
        b"qty=5",
    )
    assert request.headers["X-Signed"] == "yes"


def test_what_the_session_owns_travels_with_every_signed_call() -> None:
    wire = Wire(*[said(b'{"ok":true,"data":{"id":"9"}}')] * 2)
    dealer = SimpleNamespace(account_id=7, client="C1", credentials={}, tokens={})
    engine(wire).call(dealer, BUY, {"kind": "a", "qty": 5, "note": None})  # type: ignore[arg-type]
    engine(wire).call(
        dealer, write("open", "POST /open", bool, "order", keyed("qty"), signed=False), {"qty": 1}
    )  # type: ignore[arg-type]
    assert [request.body for request in wire.sent] == [b"qty=5&client=C1", b"qty=1"]


def test_a_path_without_its_value_is_never_sent() -> None:
    wire = Wire()
    for kind in (None, ""):
        with pytest.raises(InvalidInput):
            engine(wire).call(SESSION, BUY, {"kind": kind, "qty": 5, "note": None})
    assert wire.sent == []


def test_numbers_in_json_stay_numbers() -> None:
    endpoint = Endpoint(
        name="j", method="POST", path="/j", rate=("order",), body="json", answer=bool, signed=False,
        fields=(always("a", 1), field("b", "b"), always("c", True)),
    )  # fmt: skip
    wire = Wire(said(b'{"ok":true,"data":1}'))
    engine(wire).call(None, endpoint, SimpleNamespace(b="x"))
    assert wire.sent[0].body == b'{"a":1,"b":"x","c":true}'
    assert wire.sent[0].headers["X-Signed"] == "no"


def test_a_login_carries_its_key_as_a_header_before_there_is_a_session() -> None:
    login = write(
        "login", "POST /in", bool, "order", keyed("pin"), body="json", signed=False, headers=keyed("X-Key")
    )
    wire = Wire(said(b'{"ok":true,"data":1}'))
    engine(wire).call(None, login, {"pin": "1", "X-Key": "abc"})
    assert (wire.sent[0].headers["X-Key"], wire.sent[0].body) == ("abc", b'{"pin":"1"}')


def test_a_list_inside_a_body_has_one_object_for_each_item() -> None:
    legs = write(
        "l", "POST /l", bool, "order", (nested("legs", keyed("id", "odd"), lambda found: found),), body="json"
    )
    wire = Wire(said(b'{"ok":true,"data":1}'))
    engine(wire).call(SESSION, legs, [{"id": 1, "odd": None}, {"id": 2, "odd": "x"}])
    assert wire.sent[0].body == b'{"legs":[{"id":1},{"id":2,"odd":"x"}]}'


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"Please log in", True),
        (b"<html>Please log in</html>", False),
        (b"Please log in " + b"x" * 200, False),
        (b"Please log in\nsecret=1", False),
        (b"\xff please log in \xff", True),
    ],
)
def test_a_failure_told_in_a_line_of_plain_text_is_the_vendors_word(body: bytes, shown: bool) -> None:
    with pytest.raises(Refused) as caught:
        engine(Wire(said(body, 403))).call(SESSION, BUY, {"kind": "a", "qty": 1, "note": None})
    assert type(caught.value) is (SessionDead if shown else Refused)
    assert ("log in" in caught.value.message) is shown


def test_what_an_account_must_say_may_belong_to_bodies_only() -> None:
    mine = msgspec.structs.replace(DIALECT, own=(field("client", "account_id"),), own_in_queries=False)
    wire = Wire(*[said(b'{"ok":true,"data":{"id":"9"}}')] * 2)
    rest, subject = engine(wire, dialect=mine), {"kind": "a", "qty": 5, "note": None}
    for endpoint in (BUY, msgspec.structs.replace(BUY, body="query")):
        rest.call(SESSION, endpoint, subject)
    assert [(request.body, request.params) for request in wire.sent] == [
        (b"qty=5&client=7", ()), (None, (("qty", "5"),))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "on_write", "on_read"),
    [
        (said(b'{"ok":false,"code":"E1","why":"no"}'), Refused, Refused),
        (said(b'{"ok":false,"code":"E2","why":"no"}'), OutcomeUnknown, Unavailable),
        (said(b'{"ok":false,"code":"S-17","why":"no"}'), Refused, Refused),
        (said(b'{"ok":false,"code":"XR-1","why":"no"}'), OutcomeUnknown, Unavailable),
        (said(b'{"ok":false,"code":"E2","why":"no"}', 400), Refused, Refused),
        (said(b'{"ok":false,"why":"Please LOG IN again"}', 401), SessionDead, SessionDead),
        (said(b'{"ok":true}'), OutcomeUnknown, BadVendorData),
        (said(b'{"ok":true,"data":{}}'), OutcomeUnknown, BadVendorData),
        (said(b"{}"), OutcomeUnknown, BadVendorData),
        (said(b""), OutcomeUnknown, BadVendorData),
        (said(b"", 503), OutcomeUnknown, Unavailable),
        (said(b"", 404), Refused, Refused),
        (NotSent("x"), NotSent, Unavailable),
        (OutcomeUnknown("x"), OutcomeUnknown, Unavailable),
    ],
)
def test_each_answer_means_one_thing_for_writes_and_one_for_reads(
    answer: Any, on_write: type[Exception], on_read: type[Exception]
) -> None:
    read = get("book", "/book", lambda data: data["id"], "order")
    for endpoint, error in ((BUY, on_write), (read, on_read)):
        wire = Wire(*[answer] * 3)
        with pytest.raises(error) as caught:
            engine(wire).call(SESSION, endpoint, {"kind": "a", "qty": 1, "note": None})
        assert type(caught.value) is error
        assert len(wire.sent) == (3 if on_read is Unavailable and endpoint is read else 1)


def test_a_vendor_rate_limit_holds_back_the_next_call() -> None:
    rest = engine(
        wire := Wire(said(b"", 429, **{"retry-after": "9"}), said(b'{"ok":true,"data":{"id":"1"}}'))
    )
    for _ in range(2):
        with pytest.raises(Throttled) as caught:
            rest.call(SESSION, BUY, {"kind": "a", "qty": 1, "note": None})
    assert len(wire.sent) == 1 and caught.value.retry_after > 3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-retry-after-ms": "2500"}, 2.5),
        ({"retry-after": "999"}, 60.0),
        ({"retry-after": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_vendor_says_how_long_its_limit_holds(headers: dict[str, str], seconds: float) -> None:
    with pytest.raises(Throttled) as caught:
        engine(Wire(said(b"", 429, **headers))).call(SESSION, BUY, {"kind": "a", "qty": 1, "note": None})
    assert caught.value.retry_after == seconds


def test_a_payload_may_lie_next_to_its_flag() -> None:
    unwrap = envelope(flag="s", success=("ok",), data=None, code="code", message="message")
    assert unwrap({"s": "ok", "id": "7"}) == {"s": "ok", "id": "7"}
    assert unwrap({"s": "error", "code": -50, "message": "no"}) == VendorError("-50", "no")


def test_a_public_file_is_asked_of_its_own_host_without_the_session() -> None:
    rest = engine(wire := Wire(said(b"a,b")))
    assert rest.call(SESSION, download("file", "/f", "order", host="files", signed=False)) == b"a,b"
    assert (wire.sent[0].url, wire.sent[0].headers["X-Signed"]) == ("https://files.example/f", "no")


def test_a_full_budget_stops_entries_before_the_wire_but_lets_an_exit_through() -> None:
    answers = [said(b'{"ok":true,"data":{"id":"1"}}')] * 3
    rest = engine(wire := Wire(*answers), RateClass(per_minute=2, exit_reserve=1))
    order = {"kind": "a", "qty": 1, "note": None}
    rest.call(SESSION, BUY, order)
    with pytest.raises(Throttled):
        rest.call(SESSION, BUY, order)
    with acting_as(Priority.EXIT):
        assert rest.call(SESSION, BUY, order) == "1"
    assert len(wire.sent) == 2


def test_a_body_of_the_vendors_own_is_packed_with_the_session() -> None:
    wire = Wire(said(b'{"ok":true,"data":1}'), said(b'{"ok":true,"data":1}'))
    rest = engine(wire)
    rest._dialect = msgspec.structs.replace(
        DIALECT, pack=lambda values, session: f"{values}{session is SESSION}".encode()
    )
    call = write("own", "POST /own", int, "order", keyed("qty"), body="vendor")
    rest.call(SESSION, call, {"qty": 5})
    rest.call(SESSION, msgspec.structs.replace(call, signed=False), {"qty": 5})
    assert [request.body for request in wire.sent] == [b"{'qty': 5}True", b"{'qty': 5}False"]
    assert all("Content-Type" not in request.headers for request in wire.sent)


def test_a_dialect_without_packing_sends_no_body_of_its_own() -> None:
    wire = Wire()
    with pytest.raises(TypeError):
        engine(wire).call(SESSION, write("own", "POST /own", int, "order", (), body="vendor"))
    assert wire.sent == []


def test_what_the_vendor_repeats_of_a_secret_is_taken_out() -> None:
    session: Any = SimpleNamespace(
        account_id=7, client="", credentials={"key": "KEYKEY12"}, tokens={"t": "TOKEN123"}
    )
    with pytest.raises(OutcomeUnknown) as caught:
        engine(Wire(said(b'{"ok":false,"code":"X","why":"TOKEN123 of KEYKEY12 is odd"}'))).call(
            session, BUY, {"kind": "a", "qty": 1, "note": None}
        )
    assert (caught.value.message, str(caught.value)) == ("… of … is odd",) * 2
