"""Limits and kill switches by scope: kept in the main store, held in memory, every change on the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from database.risk.limits import ChangeRow, LimitsRow, RiskChanges, StoredLimits
from database.stores import Store
from domain.errors import Conflict, InvalidInput
from services import events
from services.accounts.principal import Principal
from services.trading import risk
from services.trading.journal import Journal
from services.trading.risk import scopes as named
from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock

MOST_SCOPES = 1_000
MOST_CHANGES = 500
LONGEST_REASON = 255
RULESETS_KEPT = 1_000


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """What a scope says now. version 0: nothing was ever set, and the scope adds nothing (`all`: the defaults)."""

    scope: str
    limits: risk.Limits
    version: int = 0
    changed_ms: int | None = None
    changed_by: str = ""


class Rules(msgspec.Struct, frozen=True):
    """What an order, what a change of one and what an order that the broker holds for later are held against."""

    entry: risk.Ruleset
    change: risk.Ruleset
    later: risk.Ruleset


class RiskPolicy:
    """Use cases on limits and switches. Who may change which scope is the edge's business."""

    def __init__(
        self, *, store: Store, journal: Journal, bus: events.Events, clock: Clock, default: risk.Limits
    ) -> None:
        self._store = store
        self._journal = journal
        self._events = bus
        self._clock = clock
        self._default = default
        self._lock = Lock()
        self._stored: dict[str, InForce] | None = None
        self._rules: dict[tuple[str, ...], Rules] = {}

    def rules(self, scopes: Sequence[str]) -> Rules:
        """The strictest of the scopes' limits; nothing is read once they are known."""
        stored = self._known()
        present = tuple(scope for scope in scopes if scope in stored)
        found = self._rules.get(present)
        if found is None:
            limits = [stored[scope].limits for scope in present]
            if named.ALL not in stored:
                limits.append(self._default)
            bound = risk.strictest(limits)
            found = Rules(
                risk.Ruleset(bound), risk.Ruleset(bound, changes=True), risk.Ruleset(bound, later=True)
            )
            with self._lock:
                if self._stored is stored:
                    if len(self._rules) >= RULESETS_KEPT:
                        self._rules.clear()
                    self._rules[present] = found
        return found

    def require_open(self, scopes: Sequence[str]) -> None:
        """Raise NotAllowed when a kill switch covers one of the scopes."""
        risk.refuse_entry(self._journal.kill_switches(), scopes)

    def show(self, scope: str) -> InForce:
        """One scope's own limits. Raises InvalidInput for a scope that cannot be."""
        named.parts(scope)
        plain = self._default if scope == named.ALL else risk.Limits()
        return self._known().get(scope) or InForce(scope=scope, limits=plain)

    def in_force(self) -> list[InForce]:
        """Every scope for which something was set, and `all`."""
        stored = self._known()
        return [self.show(named.ALL), *(item for scope, item in sorted(stored.items()) if scope != named.ALL)]

    def switches(self) -> dict[str, str]:
        """scope -> reason of every engaged kill switch."""
        return dict(self._journal.kill_switches())

    def put(self, scope: str, limits: risk.Limits, version: int, reason: str, by: Principal) -> InForce:
        """Set a scope's limits. Raises InvalidInput, and Conflict when `version` is not the one in force."""
        named.parts(scope)
        risk.checked(limits)
        before, now_ms = self.show(scope), epoch_ms(self._clock.now())
        row = LimitsRow(
            scope=scope, limits=plain(limits), version=version + 1, changed_ms=now_ms, changed_by=by.username
        )
        if version == 0 and len(self._known()) >= MOST_SCOPES:
            raise Conflict(f"Limits of at most {MOST_SCOPES} scopes are kept", code="TOO_MANY_SCOPES")
        with self._store.unit(durable=True) as unit:
            if not StoredLimits(unit).put(row):
                raise Conflict("The limits were changed meanwhile; look again", code="LIMITS_CHANGED")
            RiskChanges(unit).add(
                _change(by, now_ms, scope, "limits", plain(before.limits), plain(limits), reason, row.version)
            )
        with self._lock:
            self._stored, self._rules = None, {}
        self._tell(by, scope, "limits", None, reason)
        return self.show(scope)

    def switch(self, scope: str, engaged: bool, reason: str, by: Principal) -> None:
        """Engage or release a kill switch; entries of the scope stop with the next order. Raises InvalidInput."""
        named.parts(scope)
        if engaged and not reason.strip():
            raise InvalidInput("reason: is needed", errors={"reason": ["is needed"]})
        was = scope in self._journal.kill_switches()
        record = _change(
            by,
            epoch_ms(self._clock.now()),
            scope,
            "kill_switch",
            {"engaged": was},
            {"engaged": engaged},
            reason,
        )
        self._journal.set_kill_switch(scope, engaged, reason, record)
        self._tell(by, scope, "kill_switch", engaged, reason)

    def changes(self, user_id: int, limit: int, before: int | None) -> list[ChangeRow]:
        """The record, newest first: a user's own changes, and those that are about everybody."""
        with self._store.reading() as unit:
            return RiskChanges(unit).latest(user_id, named.ALL, min(limit, MOST_CHANGES), before)

    def _known(self) -> dict[str, InForce]:
        stored = self._stored
        if stored is None:
            with self._lock:
                if self._stored is None:
                    with self._store.reading() as unit:
                        rows = StoredLimits(unit).all()
                    self._stored = {row.scope: _in_force(row) for row in rows}
                stored = self._stored
        return stored

    def _tell(self, by: Principal, scope: str, kind: str, engaged: bool | None, reason: str) -> None:
        self._events.publish(
            events.RiskChanged(
                user_id=by.user_id,
                username=by.username,
                scope=scope,
                kind=kind,
                engaged=engaged,
                reason=reason,
            )
        )


def plain(limits: risk.Limits) -> dict[str, Any]:
    """JSON values; exact numbers as text, sets sorted."""
    shown: dict[str, Any] = msgspec.to_builtins(limits)
    return {name: sorted(value) if isinstance(value, list) and name != "hours" else value
            for name, value in shown.items()}  # fmt: skip


def _in_force(row: LimitsRow) -> InForce:
    return InForce(
        scope=row.scope, limits=msgspec.convert(row.limits, risk.Limits), version=row.version,
        changed_ms=row.changed_ms, changed_by=row.changed_by,
    )  # fmt: skip


def _change(
    by: Principal, now_ms: int, scope: str, kind: str, before: Any, after: Any, reason: str, version: int = 0
) -> ChangeRow:
    return ChangeRow(
        at_ms=now_ms, scope=scope, kind=kind, user_id=by.user_id, username=by.username, version=version,
        before=before, after=after, reason=reason[:LONGEST_REASON],
    )  # fmt: skip
