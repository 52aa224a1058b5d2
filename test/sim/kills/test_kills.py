"""A few deaths for the gate (`python -m test.sim.kills` for a hundred), and a crowd on every store."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from test.perf.endurance import stores as crowd
from test.sim.kills import deaths as kills

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def test_what_was_answered_is_there_after_every_kill(tmp_path: Path) -> None:
    answers, found = kills.run(tmp_path, times=4, seed=7)
    assert found == [] and answers > 0


def test_a_lost_answer_would_be_seen(tmp_path: Path) -> None:
    kills.prepare(tmp_path)
    with closing(sqlite3.connect(tmp_path / "db" / "logs.db")) as raw:
        raw.execute("INSERT INTO kill_rows VALUES ('0-0-0', NULL)")
        raw.commit()
    answered = [("logs", "0-0-0"), ("logs", "0-0-1"), ("journal", "0-0-2")]
    assert kills.wrongs(tmp_path, answered) == [
        "journal: 0-0-2 was answered and is gone",
        "logs: 0-0-1 was answered and is gone",
    ]


def test_a_crowd_on_every_store_meets_no_locked_database(tmp_path: Path) -> None:
    crowd.prepare(tmp_path)
    found = crowd.several_processes(tmp_path, threads=40, seconds=50, processes=2, rounds=3)
    assert crowd.verdict(tmp_path, found) == []
    assert {(tally.writes, tally.reads) for tally in found.values()} == {(60, 60)}
