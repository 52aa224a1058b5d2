"""Records are forgotten once a day, by the operator's word, and what failed is seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from database.models.logs import TrafficLog
from database.stores import Stores
from domain.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from services.accounts.crypto import Vault
from services.ops.audit.trail import Act, AuditTrail
from services.ops.retention import Retention
from services.ops.upkeep.jobs import Job, Jobs
from utils.clock import ManualClock

ACT = Act(action="retention.set", actor="ada", actor_id=1)


class House:
    """Two jobs: one that works on the traffic log, one that fails."""

    def __init__(self, stores: Stores, folder: Path, clock: ManualClock) -> None:
        self.stores, self.clock = stores, clock
        self.trail = AuditTrail(stores.main, Vault("p" * 32, [""]), folder, clock)
        self.began: list[dt.datetime] = []
        self.jobs = Jobs(
            [
                Job(name="traffic", store="logs", days=30, run=Retention(stores).traffic),
                Job(name="broken", store="logs", days=7, run=self.fail, is_adjustable=False),
                Job(name="audit_trail", store="main", days=None, run=None, is_adjustable=False),
            ],
            stores, self.trail, clock,
        )  # fmt: skip

    def fail(self, before: dt.datetime) -> int:
        self.began.append(before)
        raise Unavailable("The logs store is busy")

    def request(self, days_ago: float) -> None:
        at = self.clock.now() - dt.timedelta(days=days_ago)
        with self.stores.logs.unit() as unit:
            unit.session.add(
                TrafficLog(
                    client_ip="::1", method="GET", path="/", status_code=200, duration_ms=1.0, created_at=at
                )
            )

    def view(self, name: str):
        return next(view for view in self.jobs.list() if view.name == name)


@pytest.fixture
def house(stores: Stores, tmp_path: Path, clock: ManualClock) -> Iterator[House]:
    opened = House(stores, tmp_path, clock)
    yield opened
    opened.trail.close()


def test_a_job_removes_what_is_older_and_says_when_it_ran(house: House, clock: ManualClock) -> None:
    for age in (1, 29, 31, 400):
        house.request(age)
    house.jobs.run_due()
    last = house.view("traffic").last_run
    assert last is not None and (last.removed, last.began_at) == (2, clock.now())


def test_every_old_row_goes_however_many_there_are(house: House) -> None:
    with house.stores.logs.unit() as unit:
        old = house.clock.now() - dt.timedelta(days=40)
        row = {"client_ip": "::1", "method": "GET", "path": "/", "status_code": 200, "duration_ms": 1.0}
        unit.session.execute(TrafficLog.__table__.insert(), [row | {"created_at": old}] * 2_500)
    assert house.jobs.run_now("traffic", ACT).removed == 2_500


def test_jobs_run_once_a_day_and_are_made_up_for_after_a_stop(house: House, clock: ManualClock) -> None:
    house.jobs.run_due()
    first = house.view("traffic").last_run
    clock.advance(3600)
    house.jobs.run_due()
    assert house.view("traffic").last_run == first
    clock.advance(2 * 86_400)
    house.jobs.run_due()
    assert house.view("traffic").last_run != first


def test_the_operators_days_hold_from_the_next_run_on_and_stand_in_the_trail(house: House) -> None:
    house.request(20)
    assert house.jobs.run_now("traffic", ACT).removed == 0
    view = house.jobs.set_days("traffic", 10, ACT)
    assert (view.days, view.default_days, view.set_by) == (10, 30, "ada")
    assert house.jobs.run_now("traffic", ACT).removed == 1
    house.trail.close()
    rows = house.trail.page(before=None, limit=9, words="retention.set", outcome="")
    row = next(row for row in rows if "after" in row.detail)
    assert (row.subject, row.detail) == ("traffic", {"before": 30, "after": 10})


def test_a_job_that_fails_says_so_and_the_others_run(house: House) -> None:
    house.request(31)
    house.jobs.run_due()
    broken = house.view("broken").last_run
    assert broken is not None and (broken.removed, broken.error) == (None, "Unavailable")
    traffic = house.view("traffic").last_run
    assert traffic is not None and traffic.removed == 1


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_days_out_of_range_are_refused(house: House, days: int) -> None:
    with pytest.raises(InvalidInput):
        house.jobs.set_days("traffic", days, ACT)


def test_what_is_kept_for_ever_is_neither_changed_nor_run(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.jobs.set_days("audit_trail", 1, ACT)
    with pytest.raises(NotAllowed):
        house.jobs.run_now("audit_trail", ACT)
    with pytest.raises(NotFound):
        house.jobs.run_now("nothing", ACT)
    assert house.view("audit_trail").days is None
