"""The time line of one order: stored steps in the order they happened, completed from the journal."""

from __future__ import annotations

from typing import Any

import msgspec

from database.journal import IntentRow, JournalRows
from database.order_events import EventRow, OrderEventRows
from database.stores import Store
from domain.errors import InvalidInput, NotFound
from services.accounts.principal import Principal
from utils.clock import from_epoch, ist

MOST_CALLS = 200


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One step. at_ms: epoch milliseconds with fractions. facts: what belongs to the stage."""

    at_ms: float
    stage: str
    facts: dict[str, Any]


class TimeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about one order, or about a call that led to none. Steps oldest first."""

    order_id: str | None
    tag: str | None
    request_ids: list[str]
    entries: list[Entry]


class TimeLines:
    """Reads. The journal fills in what a crash kept from the event rows."""

    def __init__(self, logs: Store, main: Store) -> None:
        self._logs = logs
        self._main = main

    def of(
        self, principal: Principal, *, order_id: str = "", tag: str = "", request_id: str = ""
    ) -> TimeLine:
        """By exactly one of the three. Raises InvalidInput, NotFound."""
        if sum(map(bool, (order_id, tag, request_id))) != 1:
            text = "is required" if not (order_id or tag or request_id) else "goes without tag and request_id"
            raise InvalidInput(f"orderid: {text}", errors={"orderid": [text]})
        user_id, account_id = principal.user_id, principal.account_id
        intents = self._intents(principal, order_id, tag)
        with self._logs.reading() as unit:
            store = OrderEventRows(unit)
            rows: list[EventRow] = []
            if request_id:
                rows = store.of_request(user_id, account_id, request_id)
            elif order_id:
                rows = store.of_order(user_id, account_id, order_id)
            tags = {row.tag for row in rows if row.tag} | {item.tag for item in intents} | ({tag} - {""})
            rows += store.of_keys(
                user_id, account_id, tags, {row.request_id for row in rows if row.request_id}
            )
            requests = {row.request_id for row in rows if row.request_id}
            rows += store.of_keys(user_id, account_id, (), requests)
            known = order_id or next((row.order_id for row in rows if row.order_id), "")
            if known and not order_id:
                rows += store.of_order(user_id, account_id, known)
        if not rows and not intents:
            raise NotFound("No order under this id")
        return _line(rows, intents, known)

    def calls(self, principal: Principal, limit: int) -> list[dict[str, Any]]:
        """The newest order calls with how they ended, newest first; refused ones included."""
        with self._logs.reading() as unit:
            rows = OrderEventRows(unit).calls(principal.user_id, principal.account_id, min(limit, MOST_CALLS))
        return [_summary(row) for row in rows]

    def _intents(self, principal: Principal, order_id: str, tag: str) -> list[IntentRow]:
        with self._main.reading() as unit:
            rows = JournalRows(unit)
            if order_id and principal.account_id is not None:
                found = rows.of_order(principal.account_id, order_id)
            else:
                intent = rows.by_tag(tag) if tag else None
                found = [intent] if intent is not None else []
        return [
            item
            for item in found
            if item.user_id == principal.user_id and item.account_id == principal.account_id
        ]


def _line(rows: list[EventRow], intents: list[IntentRow], order_id: str) -> TimeLine:
    unique = _distinct(rows)
    entries = [entry for row in unique for entry in _entries(row)]
    told = {(entry.stage, entry.facts.get("tag")) for entry in entries}
    for intent in intents:
        known = _of_journal(intent, was_unknown=("unknown", intent.tag) in told)
        entries += [entry for entry in known if (entry.stage, intent.tag) not in told]
    entries.sort(key=lambda entry: entry.at_ms)
    tags = [item.tag for item in intents] or [row.tag for row in unique if row.tag]
    return TimeLine(
        order_id=order_id or next((item.order_id for item in intents if item.order_id), None),
        tag=tags[0] if tags else None,
        request_ids=sorted({row.request_id for row in unique if row.request_id}),
        entries=entries,
    )


def _distinct(rows: list[EventRow]) -> list[EventRow]:
    """A batch is written again when its commit was reported as failed, also when it had reached the disk."""
    found: dict[bytes, EventRow] = {}
    for row in rows:
        found.setdefault(msgspec.json.encode(msgspec.structs.replace(row, id=0)), row)
    return list(found.values())


def _entries(row: EventRow) -> list[Entry]:
    """A stored row unfolded."""
    names = {"tag": row.tag, "orderid": row.order_id, "request_id": row.request_id}
    shared = {name: value for name, value in names.items() if value is not None}
    if row.kind == "call":
        return [
            Entry(at_ms=row.at_ms + step["ms"], stage=step["stage"], facts={**shared, **_without(step)})
            for step in row.data["steps"]
        ]
    if row.kind != "state":
        return [Entry(at_ms=row.at_ms, stage=row.kind, facts={**shared, **row.data})]
    fill = row.data.get("fill")
    found = [Entry(at_ms=row.at_ms, stage="state", facts={**shared, **_without(row.data, "fill", "final")})]
    if fill is not None:
        found.append(
            Entry(at_ms=row.at_ms, stage="fill", facts={**shared, "source": row.data["source"], **fill})
        )
    if row.data.get("final"):
        facts = {**shared, "status": row.data["status"], "filled_quantity": row.data["filled_quantity"]}
        found.append(Entry(at_ms=row.at_ms, stage="final", facts=facts))
    return found


def _of_journal(intent: IntentRow, *, was_unknown: bool) -> list[Entry]:
    """What the journal alone proves: that the intent was on disk, and how it was decided.

    was_unknown: the broker did not answer, so what decided it was found out later.
    """
    shared = {"tag": intent.tag, "operation": intent.operation, "from": "journal"}
    found = [Entry(at_ms=intent.created_ms, stage="journalled", facts=shared)]
    stage = {"acked": "answered", "refused": "refused", "unknown": "unknown", "absent": "resolved"}
    if intent.state in stage and intent.decided_ms is not None:
        told = {"code": intent.code, "message": intent.message, "orderid": intent.order_id}
        facts = shared | {name: value for name, value in told.items() if value is not None}
        if was_unknown and intent.state in ("acked", "refused"):
            found.append(
                Entry(at_ms=intent.decided_ms, stage="resolved", facts={**facts, "outcome": intent.state})
            )
        else:
            found.append(Entry(at_ms=intent.decided_ms, stage=stage[intent.state], facts=facts))
    return found


def _summary(row: EventRow) -> dict[str, Any]:
    steps = row.data["steps"]
    ended = next((step for step in reversed(steps) if step["stage"] in _ENDS), None)
    first = steps[0] if steps else {}
    return {
        "request_id": row.request_id, "tag": row.tag, "orderid": row.order_id,
        "at": ist(from_epoch(row.at_ms / 1000)).isoformat(timespec="milliseconds"),
        "operation": row.data["operation"], "strategy": row.data["strategy"], "source": first.get("source"),
        "request": first.get("request"), "outcome": ended["stage"] if ended else "finished",
        "code": ended.get("code") if ended else None, "message": ended.get("message") if ended else None,
    }  # fmt: skip


_ENDS = ("answered", "refused", "unknown", "failed", "queued", "replayed")


def _without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ("ms", "stage", *names)}
