"""Looks at every component in rounds: keeps since when each is as it is, writes samples, opens and closes alarms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from database.operations.health import AlarmRow, HealthRows, SampleRow
from database.stores import Store
from database.writers import HealthSampleRecord, LogWriters
from domain.errors import NotFound
from services.ops.monitor.components import FAIL, PASS, UNKNOWN, WARN, Finding
from utils.clock import Clock
from utils.concurrency import Lock
from utils.logging import get_logger

MOST_POINTS = 400
MOST_ALARMS = 200
ALARMING = (WARN, FAIL)
log = get_logger(__name__)


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and since when the component is in this state."""

    name: str
    kind: str
    state: str
    reason: str
    since: dt.datetime
    figures: dict[str, float]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The last look. state: the worst of all components."""

    at: dt.datetime
    state: str
    components: list[Component]
    figures: dict[str, float]


class Monitor:
    """`look` is a round of the scheduler; reading waits for nothing and costs nothing."""

    def __init__(
        self, find: Callable[[], tuple[Sequence[Finding], dict[str, float]]], logs: Store,
        writers: LogWriters, clock: Clock,
    ) -> None:  # fmt: skip
        self._find = find
        self._logs = logs
        self._writers = writers
        self._clock = clock
        self._turn = Lock()
        self._known: dict[str, Component] = {}
        self._alarms: set[str] | None = None
        self._report: Report | None = None

    def look(self) -> Report:
        """Ask every component, now."""
        with self._turn:
            now = self._clock.now()
            findings, figures = self._find()
            components = [self._since(finding, now) for finding in findings]
            self._known = {component.name: component for component in components}
            report = Report(at=now, state=worst(components), components=components, figures=figures)
            self._report = report
            self._writers.health.put(HealthSampleRecord(at=now, state=report.state, figures=figures))
            self._tell(components, now)
            return report

    def report(self) -> Report:
        """The last look; the first one is made here."""
        return self._report or self.look()

    def history(self, hours: int) -> list[SampleRow]:
        """Samples of the last hours, thinned out to what a chart can show."""
        with self._logs.reading() as unit:
            since = self._clock.now() - dt.timedelta(hours=hours)
            return HealthRows(unit).samples(since, MOST_POINTS)

    def alarms(self) -> list[AlarmRow]:
        """The newest alarms, those that last among them."""
        with self._logs.reading() as unit:
            return HealthRows(unit).alarms(MOST_ALARMS)

    def acknowledge(self, alarm_id: int, by: str) -> AlarmRow:
        """Note who has seen an alarm. Raises NotFound."""
        with self._logs.unit() as unit:
            row = HealthRows(unit).acknowledge(alarm_id, by, self._clock.now())
        if row is None:
            raise NotFound("There is no such alarm")
        return row

    def _since(self, finding: Finding, now: dt.datetime) -> Component:
        before = self._known.get(finding.name)
        since = before.since if before is not None and before.state == finding.state else now
        fields: dict[str, Any] = msgspec.structs.asdict(finding)
        return Component(**fields, since=since)

    def _tell(self, components: Sequence[Component], now: dt.datetime) -> None:
        """Alarms last from look to look; those of an earlier run of the program are taken over."""
        ill = {component.name: component for component in components if component.state in ALARMING}
        if self._alarms is None:
            with self._logs.reading() as unit:
                self._alarms = {row.component for row in HealthRows(unit).alarms(MOST_ALARMS, is_open=True)}
        new, over = ill.keys() - self._alarms, self._alarms - ill.keys()
        changed = [ill[name] for name in ill.keys() & self._alarms if ill[name].since == now]
        if not new and not over and not changed:
            return
        with self._logs.unit() as unit:
            rows = HealthRows(unit)
            for name in sorted(new):
                rows.open(name, ill[name].state, ill[name].reason, now)
            for component in changed:
                rows.worsen(component.name, component.state, component.reason)
            for name in sorted(over):
                rows.close(name, now)
        self._alarms = set(ill)
        for name in sorted(new):
            log.warning(
                "A component is not well", component=name, state=ill[name].state, reason=ill[name].reason
            )


def worst(components: Sequence[Component]) -> str:
    """fail before warn before unknown before pass; what is off makes nothing worse."""
    states = {component.state for component in components}
    return next((state for state in (FAIL, WARN, UNKNOWN) if state in states), PASS)
