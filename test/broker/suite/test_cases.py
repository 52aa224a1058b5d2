"""Every case of every plug-in: the exact request, the exact value or error; then the same cases under failure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.core.http import Response
from domain import errors
from domain.errors import (
    BadVendorData,
    NotSent,
    OpenAlgoError,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unavailable,
    UnmappedValue,
)

# Rows of a list after these repeat what the first ones proved.
ROWS_BENT = 2
NOT_ON_THE_WIRE = ("fetch", "begin", "postback", "contracts")
# Calls that change something though the desk does not count them as orders.
SESSION_WRITES = ("complete", "logout")


def bench_of(kit: Any, case: Any, transport: Any, data_dir: Path) -> Any:
    return kit.Bench(case.plugin_id, transport, data_dir, case.data.get("now"), case.data.get("settings"))


def test_a_case_sends_the_exact_requests_and_yields_the_exact_outcome(
    kit: Any, case: Any, data_dir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    no_pause(monkeypatch)
    transport = kit.ScriptedTransport(case.responses())
    bench = bench_of(kit, case, transport, data_dir)
    secrets = kit.secrets_of(case.plugin_id)
    if case.succeeds:
        assert kit.canonical(bench.run(case.call)) == case.data["expect"]
    else:
        raises = case.data["raises"]
        with pytest.raises(getattr(errors, raises["error"])) as caught:
            bench.run(case.call)
        assert type(caught.value).__name__ == raises["error"]
        assert raises.get("message", "") in str(caught.value)
        for name in ("vendor_code", "retry_after"):
            if name in raises:
                assert getattr(caught.value, name) == raises[name]
        assert_no_secret(secrets, repr(caught.value) + str(caught.value))
    assert len(transport.requests) == len(case.exchanges)
    for sent, exchange in zip(transport.requests, case.exchanges, strict=True):
        expected = dict(exchange["request"])
        headers = expected.pop("headers", {})
        assert kit.request_facts(sent) == expected
        assert {name: sent.headers.get(name) for name in headers} == headers
        assert_no_secret(secrets, repr(sent))
    assert bench.alarms == case.data.get("alarms", [])
    assert_no_secret(secrets, caplog.text)


def assert_no_secret(secrets: set[str], text: str) -> None:
    assert not any(secret in text for secret in secrets)


FAILURES: dict[str, tuple[Response | Exception, type[OpenAlgoError], type[OpenAlgoError]]] = {
    "nothing left": (NotSent("x"), NotSent, Unavailable),
    "no answer": (OutcomeUnknown("x"), OutcomeUnknown, Unavailable),
    "rate limit": (Response(429, {"retry-after": "3"}, b"slow down"), Throttled, Throttled),
    "gateway page": (Response(502, {}, b"<html>Bad Gateway</html>"), OutcomeUnknown, Unavailable),
    "empty failure": (Response(500, {}, b""), OutcomeUnknown, Unavailable),
    "redirect": (Response(302, {"location": "https://x.invalid/"}, b""), OutcomeUnknown, Unavailable),
    "client time-out": (Response(408, {}, b""), OutcomeUnknown, Unavailable),
    "firewall page": (Response(403, {}, b"<html>Forbidden</html>"), Refused, Refused),
    "success that is no JSON": (Response(200, {}, b"<html>"), OutcomeUnknown, BadVendorData),
    "success that is NaN": (Response(200, {}, b"NaN"), OutcomeUnknown, BadVendorData),
    "success of another shape": (Response(200, {}, b"[1,2]"), OutcomeUnknown, BadVendorData),
    "success without a body": (Response(200, {}, b""), OutcomeUnknown, BadVendorData),
}


def test_a_failing_vendor_is_reported_on_the_right_trunk_and_writes_go_out_once(
    kit: Any, happy_case: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if happy_case.operation in NOT_ON_THE_WIRE:
        pytest.skip("not a JSON call")
    is_write = happy_case.operation in kit.WRITES
    no_pause(monkeypatch)
    for failure, (answer, on_write, on_read) in FAILURES.items():
        transport = kit.RepeatingTransport(happy_case, answer)
        bench = bench_of(kit, happy_case, transport, data_dir)
        with pytest.raises(OpenAlgoError) as caught:
            bench.run(happy_case.call)
        if happy_case.operation in SESSION_WRITES:
            assert isinstance(caught.value, (on_write, on_read)), failure
        else:
            assert is_kind(caught.value, on_write if is_write else on_read), failure
        assert len(transport.requests) <= (1 if is_write else 3), failure
        if isinstance(caught.value, Throttled):
            assert caught.value.retry_after == 3, failure


def is_kind(error: OpenAlgoError, kind: type[OpenAlgoError]) -> bool:
    """The very class, or for a plain refusal also a dead session: some vendors tell that by the status alone."""
    return type(error) is kind or (kind is Refused and type(error) is errors.SessionDead)


def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries without their pauses: the number of attempts is what is tested."""
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    else:
        items = enumerate(value[:ROWS_BENT] if isinstance(value, list) else ())
    for key, item in items:
        yield from leaves(item, (*path, key))


def mutants(document: Any) -> Iterator[Any]:
    """The document with one part missing, of another type or absurd, for every part; it is whole again at the next."""
    for path in list(leaves(document)):
        place = document
        for step in path[:-1]:
            place = place[step]
        key = path[-1]
        known = place[key]
        if isinstance(place, dict):
            rest = dict(place)
            del place[key]
            yield document
            place.clear()
            place.update(rest)
        for change in (
            "\u0000odd",
            -1.5,
            [],
            {"x": 1},
            True,
            10**30,
            *([] if isinstance(place, dict) else [None]),
        ):
            place[key] = change
            yield document
        place[key] = known


def test_a_mutilated_answer_never_escapes_the_error_tree(
    kit: Any, happy_case: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads answer or raise a deliberate error; a write's mutilated success is never called a refusal."""
    if happy_case.operation in NOT_ON_THE_WIRE:
        pytest.skip("not a JSON call")
    transport = kit.RepeatingTransport(happy_case)
    bench = bench_of(kit, happy_case, transport, data_dir)
    no_pause(monkeypatch)
    is_write = happy_case.operation in kit.WRITES
    for index, response in enumerate(happy_case.responses()):
        if not isinstance(response, Response) or response.status >= 300:
            continue
        for mutant in mutants(json.loads(response.body)):
            transport.instead = {index: Response(200, {}, json.dumps(mutant).encode())}
            try:
                bench.run(happy_case.call)
            except (BadVendorData, UnmappedValue, Unavailable, Refused):
                assert not is_write, mutant
            except OutcomeUnknown:
                assert is_write or happy_case.operation in SESSION_WRITES, mutant
