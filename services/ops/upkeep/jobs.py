"""Retention jobs. Each runs once a day at 03:45 IST, or as soon as the program is up again after that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from database.operations.retention import RetentionRuns, RetentionSettings, RunRow, SettingRow
from database.stores import Stores
from domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, OpenAlgoError
from services.ops.audit.trail import DONE, Act, AuditTrail
from utils.clock import Clock, next_daily
from utils.concurrency import Lock
from utils.logging import get_logger

RUNS_AT = dt.time(3, 45)
DAY = dt.timedelta(days=1)
MOST_DAYS = 36_500
log = get_logger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept. name: stable word. days: kept unless the operator says otherwise; None for ever.

    run: removes what is older than an instant and answers how much; None where nothing is ever removed.
    setting: the name of the setting that `days` comes from, empty for a fixed number.
    """

    name: str
    store: str
    days: int | None
    run: Callable[[dt.datetime], int] | None
    setting: str = ""
    is_adjustable: bool = True


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it stands: the days in force, who set them, the last run and the next one."""

    name: str
    store: str
    days: int | None
    default_days: int | None
    setting: str
    is_adjustable: bool
    set_by: str | None
    set_at: dt.datetime | None
    last_run: RunRow | None
    next_run: dt.datetime | None


class Jobs:
    """Use cases on retention."""

    def __init__(self, jobs: Sequence[Job], stores: Stores, trail: AuditTrail, clock: Clock) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._stores = stores
        self._trail = trail
        self._clock = clock
        self._running = Lock()

    def list(self) -> list[JobView]:
        """Every job."""
        settings, runs = self._settings(), self._runs()
        return [self._view(job, settings.get(job.name), runs.get(job.name)) for job in self._jobs.values()]

    def set_days(self, name: str, days: int, act: Act) -> JobView:
        """Keep records for so many days from the next run on; in the audit trail. Raises NotFound, InvalidInput."""
        job = self._job(name)
        if not job.is_adjustable or job.run is None:
            raise NotAllowed(f"How long {name} is kept cannot be changed here")
        if not 1 <= days <= MOST_DAYS:
            text = f"must be between 1 and {MOST_DAYS}"
            raise InvalidInput(f"days: {text}", errors={"days": [text]})
        before = self._settings().get(name)
        was = job.days if before is None else before.days
        with self._stores.main.unit() as unit:
            RetentionSettings(unit).put(name, days, act.actor, self._clock.now())
            self._trail.within(
                unit, msgspec.structs.replace(act, subject=name, detail={"before": was, "after": days})
            )
        return next(view for view in self.list() if view.name == name)

    def run_due(self) -> None:
        """A round of the scheduler."""
        runs, now = self._runs(), self._clock.now()
        boundary = next_daily(now, RUNS_AT) - DAY
        for job in self._jobs.values():
            last = runs.get(job.name)
            if job.run is not None and (last is None or last.began_at < boundary):
                with self._running:
                    self._run(job)

    def run_now(self, name: str, act: Act) -> RunRow:
        """Run one job at once; in the audit trail. Raises NotFound, and Conflict while another one runs."""
        job = self._job(name)
        if job.run is None:
            raise NotAllowed(f"{name} is kept for ever")
        if not self._running.acquire(timeout=1.0):
            raise Conflict("A retention job is running; try again in a moment", code="JOB_RUNNING")
        try:
            row = self._run(job)
        finally:
            self._running.release()
        done = {"days": self._days(job), "removed": row.removed}
        self._trail.note(msgspec.structs.replace(act, subject=name, outcome=row.error or DONE, detail=done))
        return row

    def _run(self, job: Job) -> RunRow:
        began, begun = self._clock.now(), self._clock.monotonic()
        removed, problem = None, None
        days = self._days(job)
        assert job.run is not None and days is not None
        try:
            removed = job.run(began - dt.timedelta(days=days))
        except (SQLAlchemyError, OpenAlgoError) as error:
            problem = type(error).__name__
            log.error("A retention job failed", job=job.name, error=problem, exc_info=error)
        took = int((self._clock.monotonic() - begun) * 1000)
        row = RunRow(job=job.name, began_at=began, duration_ms=took, removed=removed, error=problem)
        with self._stores.logs.unit() as unit:
            RetentionRuns(unit).add(row)
        if removed:
            log.info("Old records were removed", job=job.name, removed=removed, older_than_days=days)
        return row

    def _days(self, job: Job) -> int | None:
        setting = self._settings().get(job.name) if job.is_adjustable else None
        return job.days if setting is None else setting.days

    def _job(self, name: str) -> Job:
        job = self._jobs.get(name)
        if job is None:
            raise NotFound(f"There is no retention job {name!r}")
        return job

    def _settings(self) -> dict[str, SettingRow]:
        with self._stores.main.reading() as unit:
            return RetentionSettings(unit).all()

    def _runs(self) -> dict[str, RunRow]:
        with self._stores.logs.reading() as unit:
            return RetentionRuns(unit).latest()

    def _view(self, job: Job, setting: SettingRow | None, last: RunRow | None) -> JobView:
        if not job.is_adjustable:
            setting = None
        return JobView(
            name=job.name, store=job.store, days=job.days if setting is None else setting.days,
            default_days=job.days, setting=job.setting, is_adjustable=job.is_adjustable and job.run is not None,
            set_by=setting.updated_by if setting else None, set_at=setting.updated_at if setting else None,
            last_run=last, next_run=next_daily(self._clock.now(), RUNS_AT) if job.run is not None else None,
        )  # fmt: skip
