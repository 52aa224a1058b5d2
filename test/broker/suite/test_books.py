"""Every book in all its states: full, partly filled in, empty and refused; and enough cases altogether."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from broker.core.http import Response
from broker.core.manifest import OPERATIONS
from domain.errors import OpenAlgoError
from test.broker.kit.data import CAPABILITY, family_folder

# Whether "nothing there" is an answer of its own.
BOOKS = {
    "order_book": True, "trade_book": True, "positions": True, "holdings": True, "gtt_book": True, "funds": False,
    "margin": False, "quotes": False, "depth": False, "history": False,
}  # fmt: skip
ALONE, MEMBER, FAMILY = 60, 25, 60
ROWS_THINNED = 2


def test_every_native_book_is_proved_full_empty_and_refused(kit: Any, plugin_id: str) -> None:
    cases = kit.cases_of(plugin_id)
    if not cases:
        pytest.skip("no cases: not a vendor's wire")
    seen = defaultdict(set)
    for case in cases:
        kind = "refused" if not case.succeeds else "full" if case.data["expect"] else "empty"
        seen[case.operation].add(kind)
    manifest = kit.manifest(plugin_id)
    native = [book for book in BOOKS if manifest.capabilities[CAPABILITY.get(book, book)] == "native"]
    wanted = {book: {"full", "refused"} | ({"empty"} if BOOKS[book] else set()) for book in native}
    missing = {book: kinds - seen[book] for book, kinds in wanted.items() if kinds - seen[book]}
    assert missing == {}


def test_there_are_enough_cases(kit: Any, plugin_id: str) -> None:
    """A stand-alone vendor needs 60, a member of a family 25 of its own beside the family's 60."""
    cases = [*kit.cases_of(plugin_id), *kit.frames_of(plugin_id)]
    if not cases:
        pytest.skip("no cases: not a vendor's wire")
    own = [case for case in cases if not case.shared]
    in_family = family_folder(plugin_id) is not None
    assert len(own) >= (MEMBER if in_family else ALONE)
    assert not in_family or len(cases) - len(own) >= FAMILY
    assert len({case.id for case in cases}) == len(cases), "two cases have one name"


def test_a_plugin_with_cases_proves_every_native_operation(kit: Any, plugin_id: str) -> None:
    proved = {
        CAPABILITY.get(case.operation, case.operation) for case in kit.cases_of(plugin_id) if case.succeeds
    }
    if not proved:
        pytest.skip("no cases: not a vendor's wire")
    manifest = kit.manifest(plugin_id)
    native = {name for name in OPERATIONS if manifest.capabilities[name] == "native"}
    assert native - proved - {"stream", "order_updates"} == set()
    assert not manifest.supports("stream") or kit.frames_of(plugin_id)
    if manifest.capabilities["gtt"] == "native":
        written = {case.operation for case in kit.cases_of(plugin_id) if case.succeeds}
        assert {name for name, capability in CAPABILITY.items() if capability == "gtt"} <= written


def scalars(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of the fields that hold no further fields, in the first rows of each list."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value[:ROWS_THINNED])
    for key, item in items:
        if isinstance(item, (dict, list)):
            yield from scalars(item, (*path, key))
        elif isinstance(value, dict):
            yield (*path, key)


def without(document: Any, path: tuple[Any, ...]) -> Any:
    thinner = copy.deepcopy(document)
    place = thinner
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return thinner


def became_zero(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Fields of a result that were a number and are zero now."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() & after.keys():
            yield from became_zero(before[key], after[key], f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from became_zero(one, other, path)
    elif is_number(before) and is_number(after) and Decimal(str(before)) != 0 and Decimal(str(after)) == 0:
        yield path


def is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except ArithmeticError:
        return False


def test_a_missing_number_is_missing_and_never_zero(
    kit: Any, happy_case: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each field of each book is left out once: that is refused, or what hangs on it is missing too."""
    if happy_case.operation not in BOOKS or not happy_case.data["expect"]:
        pytest.skip("no book with rows")
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)
    transport = kit.RepeatingTransport(happy_case)
    data = happy_case.data
    bench = kit.Bench(happy_case.plugin_id, transport, data_dir, data.get("now"), data.get("settings"))
    explained = kit.wire_of(happy_case.plugin_id).get("missing_is_zero", {})
    for index, response in enumerate(happy_case.responses()):
        if not isinstance(response, Response) or response.status >= 300:
            continue
        document = json.loads(response.body)
        for path in scalars(document):
            body = json.dumps(without(document, path)).encode()
            transport.instead = {index: Response(200, {}, body)}
            try:
                found = kit.canonical(bench.run(happy_case.call))
            except OpenAlgoError:
                continue
            lost = set(became_zero(data["expect"], found)) - explained.keys()
            assert not lost, f"without {path}"
