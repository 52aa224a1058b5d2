"""Each finding of the doctor is provoked once, and a sound installation has none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from database.housekeeping.sealed import sealed_columns
from services.accounts.rotation import PURPOSES
from services.ops.doctor import command
from services.ops.doctor.checks import secrets as checks_of_secrets
from services.ops.doctor.checks import stores
from services.ops.doctor.findings import CHECKS, Finding, Severity
from services.ops.doctor.machine import this_machine
from services.ops.doctor.patient import Patient
from services.ops.launch import web_ui

from .conftest import Installation
from .provocations import ALWAYS, ELSEWHERE, PROVOKED
from .ward import ROOT, Ward


@pytest.fixture(scope="module")
def program_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program whose web UI is built from its sources."""
    root = tmp_path_factory.mktemp("program")
    (root / "frontend" / "src").mkdir(parents=True)
    (root / "frontend" / "src" / "main.tsx").write_text("")
    (root / "frontend" / "dist").mkdir()
    (root / "frontend" / "dist" / "index.html").write_text("")
    (root / "frontend" / "dist" / web_ui.STAMP).write_text(web_ui.sources_digest(root / "frontend"))
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return root


@pytest.fixture
def ward(tmp_path: Path, program_folder: Path) -> Iterator[Ward]:
    made = Ward(tmp_path / "house", program_folder)
    yield made
    for held in made.held:
        held.close()  # type: ignore[attr-defined]


def ids(found: list[Finding]) -> set[str]:
    return {one.id for one in found}


def test_every_check_is_provoked() -> None:
    assert set(CHECKS) == set(PROVOKED) | ELSEWHERE
    assert len(CHECKS) >= 40


def test_a_sound_installation_has_no_findings(ward: Ward) -> None:
    ward.back_up()
    assert [one for one in ward.found() if one.id != "machine.timezone"] == []


@pytest.mark.parametrize("name", PROVOKED)
def test_a_finding_is_found_with_its_remedy(name: str, ward: Ward) -> None:
    if name == "files.foreign-owner" and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    before = list(CHECKS[name].look(ward.patient()))
    assert not before or name in ALWAYS, before
    PROVOKED[name](ward)
    found = list(CHECKS[name].look(ward.patient()))
    assert found and all(found)
    assert len(CHECKS[name].remedy) > 3


def test_zones_that_are_missing_are_found(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.ops.doctor.checks import machine

    def unknown(name: str) -> None:
        raise machine.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(machine, "ZoneInfo", unknown)
    assert list(CHECKS["machine.no-timezones"].look(ward.patient()))


def test_a_missing_driver_is_found(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores.importlib.util, "find_spec", lambda name: None)
    assert not list(CHECKS["stores.driver"].look(ward.patient()))
    ward.set(LOGS_DATABASE_URL="postgresql://127.0.0.1:1/none")
    assert list(CHECKS["stores.driver"].look(ward.patient()))


def test_the_worst_comes_first_and_decides_the_exit_code(ward: Ward) -> None:
    ward.back_up()
    assert command.exit_code(ward.found()) < int(Severity.WARNING)
    ward.set(FLASK_DEBUG="True")
    assert command.exit_code(ward.found()) == 1
    ward.scribble(ward.path("logs.db"))
    found = ward.found()
    assert command.exit_code(found) == 2 and found[0].severity is Severity.CRITICAL


def test_a_check_that_fails_says_so_and_keeps_no_other_from_looking(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(patient: Patient) -> Iterator[str]:
        raise PermissionError("no")

    monkeypatch.setitem(
        CHECKS, "settings.debug", msgspec.structs.replace(CHECKS["settings.debug"], look=broken)
    )
    ward.set(CSRF_ENABLED="FALSE")
    assert {"doctor.could-not-look", "settings.csrf-off"} <= ids(ward.found())


def test_secrets_are_in_no_finding(ward: Ward) -> None:
    for provoke in ("secrets.weak", "secrets.same", "settings.invalid", "brokers.incomplete"):
        PROVOKED[provoke](ward)
    lines = ward.env_file.read_text().splitlines()
    values = [
        line.split("=", 1)[1]
        for line in lines
        if line.split("=")[0] in ("APP_KEY", "API_KEY_PEPPER", "FERNET_SALT")
    ]
    text = "\n".join(command.told(ward.found(), ward.patient()))
    assert len(values) == 3 and not any(value in text for value in values)


def test_the_facts_of_this_machine_are_read(tmp_path: Path) -> None:
    facts = this_machine(tmp_path / "not yet there")
    assert facts.python == sys.version_info[:3] and facts.disk_free and facts.sqlite >= (3, 37)


def test_the_command_works_where_the_program_does_not_start(house: Installation) -> None:
    """Settings that cannot be used and a main store that is no database: text, JSON and exit code."""
    with house.env_file.open("a") as file:
        file.write("FLASK_PORT=many\n")
    house.path("openalgo.db").write_bytes(b"scribble" * 1000)
    answer = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "doctor", "--json"], env={**os.environ, **house.environ},
        capture_output=True, text=True, check=False, timeout=55,
    )  # fmt: skip
    assert answer.returncode == 2, answer.stderr
    found = {row["id"]: row for row in json.loads(answer.stdout)["findings"]}
    assert "FLASK_PORT" in found["settings.invalid"]["detail"]
    assert found["stores.damaged"]["severity"] == "critical" and found["stores.damaged"]["remedy"]
    said: list[str] = []
    assert command.run(["--loud"], house.environ, said.append) == 2 and said == [command.USAGE]


def test_every_sealed_column_is_looked_at() -> None:
    """Signing secrets of strategies were once left out."""
    looked_at = " ".join(checks_of_secrets._SEALED.values())
    assert [name for name in sealed_columns() if name.split(".")[1] not in looked_at] == []
    assert set(checks_of_secrets._SEALED) == set(PURPOSES.values())
