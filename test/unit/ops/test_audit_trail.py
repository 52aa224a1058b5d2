"""Whatever is done to the trail behind its back is found."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from database.models.audit import AuditRow
from database.stores import Stores
from services.accounts.crypto import Vault
from services.ops.audit.anchor import NAME
from services.ops.audit.chain import Anchor
from services.ops.audit.trail import Act, AuditTrail
from utils.clock import ManualClock

ROWS = 12
NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
VAULT = Vault("p" * 32, ["ab" * 16])
COLUMNS = [column.name for column in AuditRow.__table__.columns if column.name != "seq"]


@pytest.fixture
def trail(stores: Stores, tmp_path: Path, clock: ManualClock) -> Iterator[AuditTrail]:
    opened = AuditTrail(stores.main, VAULT, tmp_path / "db", clock)
    yield opened
    opened.close()


@pytest.fixture
def written(trail: AuditTrail, tmp_path: Path, clock: ManualClock) -> AuditTrail:
    """A trail of twelve rows, anchored at the last one."""
    for number in range(ROWS):
        clock.advance(1)
        detail = {"before": number, "symbols": ["NIFTY", "बैंक"], "on": number % 2 == 0, "none": None}
        trail.note(Act(action="freeze.set", actor="ada", actor_id=1, subject=f"NFO {number}", detail=detail))
    wait_for_anchor(tmp_path / "db", ROWS)
    return trail


def wait_for_anchor(folder: Path, seq: int) -> None:
    deadline = time.monotonic() + 10
    path = folder / NAME
    while not path.exists() or json.loads(path.read_text())["seq"] < seq:
        assert time.monotonic() < deadline, "the anchor did not come"
        time.sleep(0.005)


def meddle(stores: Stores, *statements: str) -> None:
    with stores.main.unit() as unit:
        for statement in statements:
            unit.session.execute(text(statement))


def kinds(trail: AuditTrail) -> set[str]:
    return {fault.kind for fault in trail.verify().faults}


def test_an_untouched_trail_is_whole(written: AuditTrail) -> None:
    verdict = written.verify()
    assert verdict.is_whole
    assert (verdict.rows, verdict.anchored) == (ROWS, ROWS)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_field_is_found(written: AuditTrail, stores: Stores, column: str) -> None:
    value = {"at_ms": "at_ms + 1", "actor_id": "2", "detail": "'[]'"}.get(column, f"{column} || 'x'")
    meddle(stores, f"UPDATE audit_trail SET {column} = {value} WHERE seq = 5")
    faults = written.verify().faults
    assert faults and faults[0].seq in (5, 6)


@pytest.mark.parametrize("seq", [1, 2, 7, ROWS])
def test_a_removed_row_is_found_wherever_it_was(written: AuditTrail, stores: Stores, seq: int) -> None:
    meddle(stores, f"DELETE FROM audit_trail WHERE seq = {seq}")
    assert kinds(written) == ({"truncated"} if seq == ROWS else {"missing"})


def test_a_removed_row_whose_followers_were_renumbered_is_found(written: AuditTrail, stores: Stores) -> None:
    renumber = [f"UPDATE audit_trail SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(6, ROWS + 1)]
    meddle(stores, "DELETE FROM audit_trail WHERE seq = 5", *renumber)
    assert {"unlinked", "changed", "truncated"} <= kinds(written)


def test_an_inserted_row_is_found(written: AuditTrail, stores: Stores) -> None:
    renumber = [f"UPDATE audit_trail SET seq = {seq + 1} WHERE seq = {seq}" for seq in range(ROWS, 4, -1)]
    others = ", ".join(COLUMNS)
    copy = f"INSERT INTO audit_trail (seq, {others}) SELECT 5, {others} FROM audit_trail WHERE seq = 4"
    meddle(stores, *renumber, copy)
    assert "unlinked" in kinds(written) and "changed" in kinds(written)


def test_a_row_forged_at_the_end_without_the_key_is_found(
    written: AuditTrail, stores: Stores, tmp_path: Path
) -> None:
    forger = AuditTrail(stores.main, Vault("q" * 32, ["ab" * 16]), tmp_path / "elsewhere", ManualClock(NOW))
    forger.note(Act(action="freeze.set", actor="mallory"))
    wait_for_anchor(tmp_path / "elsewhere", ROWS + 1)
    forger.close()
    assert {fault.seq for fault in written.verify().faults} == {ROWS + 1}


@pytest.mark.parametrize("seed", range(3))
def test_swapped_rows_are_found(written: AuditTrail, stores: Stores, seed: int) -> None:
    one, other = random.Random(seed).sample(range(1, ROWS + 1), 2)
    meddle(
        stores,
        f"UPDATE audit_trail SET seq = -1 WHERE seq = {one}",
        f"UPDATE audit_trail SET seq = {one} WHERE seq = {other}",
        f"UPDATE audit_trail SET seq = {other} WHERE seq = -1",
    )
    assert {"unlinked", "changed"} <= kinds(written)


def test_a_cut_end_stays_visible_though_the_trail_grows_on(
    written: AuditTrail, stores: Stores, tmp_path: Path
) -> None:
    meddle(stores, f"DELETE FROM audit_trail WHERE seq > {ROWS - 3}")
    for _ in range(5):
        written.note(Act(action="freeze.set", actor="ada"))
    written.close()
    assert written.trouble
    assert json.loads((tmp_path / "db" / NAME).read_text())["seq"] == ROWS
    assert "anchor" in kinds(written)


def test_an_anchor_that_was_rewritten_is_not_believed(
    written: AuditTrail, stores: Stores, tmp_path: Path
) -> None:
    path = tmp_path / "db" / NAME
    meddle(stores, f"DELETE FROM audit_trail WHERE seq = {ROWS}")
    last = written.page(before=None, limit=1, words="", outcome="")[0]
    path.write_text(json.dumps({"seq": last.seq, "digest": last.digest, "seal": "0" * 64}))
    assert kinds(written) == {"anchor"}


def test_a_lost_anchor_is_said(written: AuditTrail, tmp_path: Path) -> None:
    (tmp_path / "db" / NAME).unlink()
    assert kinds(written) == {"anchor"}


def test_an_end_that_was_written_down_elsewhere_is_looked_for(written: AuditTrail) -> None:
    last = written.verify().last
    assert written.verify(last).is_whole
    assert not written.verify(Anchor(seq=last.seq, digest="f" * 64)).is_whole
    assert not written.verify(Anchor(seq=last.seq + 1, digest=last.digest)).is_whole


def test_after_a_restored_backup_the_trail_goes_on_and_says_what_it_lost(
    written: AuditTrail, stores: Stores
) -> None:
    meddle(stores, "DELETE FROM audit_trail WHERE seq > 7")
    written.accept("restored the backup of Friday", "operator's command line")
    assert written.verify().is_whole
    row = written.page(before=None, limit=1, words="", outcome="")[0]
    assert (row.seq, row.action, row.detail["anchored"]) == (8, "audit.accept", ROWS)


def test_a_change_that_is_rolled_back_leaves_no_row(trail: AuditTrail, stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError), stores.main.unit() as unit:
        trail.within(unit, Act(action="freeze.set"))
        raise ZeroDivisionError
    assert trail.page(before=None, limit=5, words="", outcome="") == []


def test_writers_side_by_side_make_one_chain(
    trail: AuditTrail, stores: Stores, tmp_path: Path, clock: ManualClock
) -> None:
    other = AuditTrail(stores.main, VAULT, tmp_path / "db", clock)

    def write(through: AuditTrail) -> None:
        for number in range(25):
            if number % 2:
                through.note(Act(action="freeze.set"))
            else:
                with stores.main.unit() as unit:
                    through.within(unit, Act(action="holiday.set"))

    threads = [threading.Thread(target=write, args=(through,)) for through in (trail, other, trail, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    trail.close()
    verdict = trail.verify()
    assert verdict.is_whole and verdict.rows == 100
