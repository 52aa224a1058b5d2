"""The trail is verified beside the running program, by exit code and in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from database.stores import Stores
from services.accounts.crypto import Vault
from services.ops.audit.command import run
from services.ops.audit.trail import Act, AuditTrail
from utils.clock import ManualClock
from utils.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    env = tmp_path / ".env"
    env.write_text(f"APP_KEY={'a' * 64}\nAPI_KEY_PEPPER={'b' * 64}\nDATABASE_URL=sqlite:///db/openalgo.db\n")
    return load_settings(env, {})


@pytest.fixture
def written(stores: Stores, tmp_path: Path, clock: ManualClock) -> Stores:
    trail = AuditTrail(stores.main, Vault("b" * 64, [""]), tmp_path / "db", clock)
    for number in range(5):
        trail.note(Act(action="freeze.set", subject=f"NFO {number}"))
    trail.close()
    return stores


def carried_out(settings: Settings, *arguments: str) -> tuple[int, str]:
    lines: list[str] = []
    return run(arguments, settings, lines.append), "\n".join(lines)


def test_a_whole_trail_is_said_to_be_whole(settings: Settings, written: Stores) -> None:
    assert carried_out(settings, "verify") == (0, "The audit trail is whole: 5 rows, anchored at row 5.")


def test_a_changed_trail_is_named_and_ends_with_another_code(settings: Settings, written: Stores) -> None:
    with written.main.unit() as unit:
        unit.session.execute(text("UPDATE audit_trail SET actor = 'eve' WHERE seq = 3"))
    code, said = carried_out(settings, "verify")
    assert code == 1
    assert "Row 3 was changed or forged" in said and "NOT whole" in said


def test_an_end_kept_elsewhere_finds_a_trail_that_was_replaced_with_its_anchor(
    settings: Settings, written: Stores, tmp_path: Path
) -> None:
    code, end = carried_out(settings, "anchor")
    assert (code, carried_out(settings, "verify", end)[0]) == (0, 0)
    with written.main.unit() as unit:
        unit.session.execute(text("DELETE FROM audit_trail"))
    (tmp_path / "db" / "audit-anchor.json").unlink()
    assert carried_out(settings, "verify")[0] == 0, "by itself an empty trail looks new"
    assert carried_out(settings, "verify", end)[0] == 1


def test_a_restored_backup_is_accepted_with_a_reason(settings: Settings, written: Stores) -> None:
    with written.main.unit() as unit:
        unit.session.execute(text("DELETE FROM audit_trail WHERE seq > 3"))
    assert carried_out(settings, "verify")[0] == 1
    assert carried_out(settings, "accept", "restored Friday's backup")[0] == 0
    assert carried_out(settings, "verify")[0] == 0


@pytest.mark.parametrize("arguments", [(), ("verify", "x"), ("verify", "1:2"), ("accept",), ("erase",)])
def test_what_is_no_command_is_answered_with_the_commands(
    settings: Settings, arguments: tuple[str, ...]
) -> None:
    code, said = carried_out(settings, *arguments)
    assert code == 2 and said.startswith("Use: app.py audit")
