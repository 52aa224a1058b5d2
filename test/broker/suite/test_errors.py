"""What vendors say when it goes wrong: every rule is hit, a dead session is dead everywhere, no secret gets out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broker.core.endpoint import ErrorRule, VendorError
from broker.core.http import Response
from broker.core.rest import Rest
from domain.errors import OpenAlgoError, SessionDead

Judged = tuple[int, VendorError]
NOT_SENT = ("begin", "contracts", "postback")


def one_case_per_operation(kit: Any, plugin_id: str) -> list[Any]:
    """The first successful case of each operation that sends something."""
    found: dict[str, Any] = {}
    for case in kit.cases_of(plugin_id):
        if case.succeeds and case.exchanges and case.operation not in NOT_SENT:
            found.setdefault(case.operation, case)
    return list(found.values())


def bench_of(kit: Any, case: Any, transport: Any, tmp_path: Path) -> Any:
    return kit.Bench(case.plugin_id, transport, tmp_path, case.data.get("now"), case.data.get("settings"))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Judged], dict[int, ErrorRule]]:
    """What the engine judged as failures meanwhile, and the rules that were there to judge by."""
    seen: list[Judged] = []
    rules: dict[int, ErrorRule] = {}
    kind, start = Rest._kind, Rest.__init__

    def spy(rest: Rest, status: int, failure: VendorError, endpoint: Any) -> Any:
        seen.append((status, failure))
        return kind(rest, status, failure, endpoint)

    def started(rest: Rest, context: Any, dialect: Any, *rest_of: Any, **named: Any) -> None:
        rules.update({id(rule): rule for rule in dialect.errors})
        start(rest, context, dialect, *rest_of, **named)

    monkeypatch.setattr(Rest, "_kind", spy)
    monkeypatch.setattr(Rest, "__init__", started)
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)
    return seen, rules


def unproved(rule: ErrorRule, seen: list[Judged]) -> list[str]:
    """The codes and words of a rule that no case brought to it."""
    hits = [failure for status, failure in seen if rule.fits(status, failure)]
    codes = [code for code in rule.codes if not any(failure.code == code for failure in hits)]
    words = [word for word in rule.contains if not any(word in failure.message.lower() for failure in hits)]
    starts = [start for start in rule.prefixes if not any(hit.code.startswith(start) for hit in hits)]
    return [*codes, *starts, *words] or ([] if hits else [f"HTTP {rule.statuses}"])


def test_every_word_of_every_error_rule_is_hit_by_a_case(
    kit: Any, plugin_id: str, tmp_path: Path, judged: tuple[list[Judged], dict[int, ErrorRule]]
) -> None:
    cases = kit.cases_of(plugin_id)
    if not cases:
        pytest.skip("no cases: not a vendor's wire")
    seen, rules = judged
    for case in cases:
        if case.succeeds and all(
            exchange["response"].get("status", 200) < 300 for exchange in case.exchanges
        ):
            continue
        try:
            bench_of(kit, case, kit.ScriptedTransport(case.responses()), tmp_path).run(case.call)
        except OpenAlgoError:
            continue
    assert rules, "a vendor's errors stand in rules"
    assert [word for rule in rules.values() for word in unproved(rule, seen)] == []


def dead_answers(kit: Any, plugin_id: str) -> dict[str, Response]:
    """Every answer that some case takes for a dead session."""
    found = {}
    for case in kit.cases_of(plugin_id):
        if not case.succeeds and case.data["raises"]["error"] == "SessionDead" and case.exchanges:
            answer = case.responses()[-1]
            if case.operation != "complete" and isinstance(answer, Response):
                found[case.id] = answer
    return found


def test_a_dead_session_is_dead_for_every_read_and_every_write(
    kit: Any, plugin_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kit.cases_of(plugin_id):
        pytest.skip("no cases: not a vendor's wire")
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)
    answers = dead_answers(kit, plugin_id)
    assert answers, "no case tells how the vendor says that a session is dead"
    elsewhere = kit.wire_of(plugin_id).get("lives_on", {})
    most = 1 + len(kit.wire_of(plugin_id).get("renewal", {}))
    for case in one_case_per_operation(kit, plugin_id):
        if case.operation in ("complete", "logout") or case.operation in elsewhere:
            continue
        for name, answer in answers.items():
            transport = kit.RepeatingTransport(case, answer)
            with pytest.raises(SessionDead):
                bench_of(kit, case, transport, tmp_path).run(case.call)
            assert len(transport.requests) <= most, f"{case.operation} went on after {name}"


def secrets_sent(kit: Any, case: Any, tmp_path: Path) -> set[str]:
    """Those secrets of the session that the case's requests carry."""
    transport = kit.RepeatingTransport(case)
    bench_of(kit, case, transport, tmp_path).run(case.call)
    sent = [
        f"{request.url} {request.headers} {request.params} {request.body!r}" for request in transport.requests
    ]
    return {secret for secret in kit.secrets_of(case.plugin_id) if secret in "".join(sent)}


def echoes(kit: Any, plugin_id: str, secrets: set[str]) -> list[Response]:
    """Failures of a careless vendor or proxy that repeats what it was sent, as a page and in the vendor's own words."""
    told = " ".join(sorted(secrets))
    found = [Response(status, {}, f"<html>{told}</html>".encode()) for status in (400, 401, 403, 500, 502)]
    for case in kit.cases_of(plugin_id):
        answer = None if case.succeeds or not case.exchanges else case.responses()[-1]
        if isinstance(answer, Response) and answer.body[:1] in (b"{", b"["):
            body = json.dumps(with_words(json.loads(answer.body), told)).encode()
            found.append(Response(answer.status, answer.headers, body))
    return found[:25]


def with_words(value: Any, told: str) -> Any:
    """The document with the words at the end of every sentence in it."""
    if isinstance(value, dict):
        return {name: with_words(item, told) for name, item in value.items()}
    if isinstance(value, list):
        return [with_words(item, told) for item in value]
    return f"{value} {told}" if isinstance(value, str) and " " in value else value


def test_no_secret_gets_out_when_the_vendor_repeats_it(
    kit: Any,
    plugin_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)
    caplog.set_level("DEBUG")
    secrets = kit.secrets_of(plugin_id)
    for case in one_case_per_operation(kit, plugin_id):
        sent = secrets_sent(kit, case, tmp_path)
        for answer in echoes(kit, plugin_id, sent):
            transport = kit.RepeatingTransport(case, answer)
            bench = bench_of(kit, case, transport, tmp_path)
            try:
                bench.run(case.call)
            except OpenAlgoError as error:
                shown = [repr(error), str(error), error.message, repr(transport.requests), *bench.alarms]
                assert not [secret for secret in sent if secret in "".join(shown)], case.operation
    assert not [secret for secret in secrets if secret in caplog.text]


def test_what_is_printed_by_mistake_holds_no_secret(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    bench = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path)
    printed = [repr(bench.session), str(bench.session), repr(bench.plugin)]
    for role in (bench.plugin.stream, bench.plugin.order_codec):
        if role is not None:
            codec = role()
            printed += [repr(codec), repr(codec.dial(bench.session))]
    assert not [secret for secret in kit.secrets_of(plugin_id) if secret in "".join(printed)]
