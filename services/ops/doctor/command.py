"""`app.py doctor [--json]`: every finding, the worst first. Exit code 0 well or informed, 1 warned, 2 critical."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from services.ops.doctor import checks
from services.ops.doctor.findings import CHECKS, Finding, Severity
from services.ops.doctor.machine import this_machine
from services.ops.doctor.patient import Patient
from utils.clock import SystemClock
from utils.settings import env_file_of
from utils.version import VERSION

USAGE = "Use: app.py doctor [--json]"
ROOT = Path(checks.__file__).resolve().parents[4]


def run(arguments: Sequence[str], environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Look at the installation that `environ` names; the exit code."""
    if list(arguments) not in ([], ["--json"]):
        say(USAGE)
        return int(Severity.CRITICAL)
    patient = Patient(environ, ROOT, SystemClock(), this_machine(env_file_of(environ).parent))
    found = examine(patient)
    if arguments:
        rows = [msgspec.structs.asdict(one) | {"severity": one.severity.name.lower()} for one in found]
        answer = {
            "program": VERSION,
            "data_dir": str(patient.data_dir),
            "checks": len(CHECKS),
            "findings": rows,
        }
        say(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode())
    else:
        for line in told(found, patient):
            say(line)
    return exit_code(found)


def examine(patient: Patient) -> list[Finding]:
    """Every finding, the worst first. A check that fails is a finding itself and keeps no other from looking."""
    found = []
    for each in CHECKS.values():
        try:
            found += [
                Finding(id=each.id, severity=each.severity, detail=detail, remedy=each.remedy)
                for detail in each.look(patient)
            ]
        except Exception as error:  # noqa: BLE001 - the doctor looks on, and says that it could not look here
            found.append(
                Finding(
                    id="doctor.could-not-look", severity=Severity.WARNING,
                    detail=f"{each.id}: {type(error).__name__}: {error}",
                    remedy="Correct what keeps it from looking (rights, a broken file), or report it",
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (-one.severity, one.id))


def told(found: Sequence[Finding], patient: Patient) -> list[str]:
    """The findings as lines of text."""
    lines = [f"OpenAlgo {VERSION}, {patient.data_dir}"]
    for one in found:
        lines += [f"{one.severity.name:<8} {one.id}: {one.detail}", f"         {one.remedy}"]
    count = {severity: sum(one.severity is severity for one in found) for severity in Severity}
    lines.append(
        f"{len(CHECKS)} checks: {count[Severity.CRITICAL]} critical, {count[Severity.WARNING]} warnings, "
        f"{count[Severity.INFO]} notes"
    )
    return lines


def exit_code(found: Sequence[Finding]) -> int:
    """The worst severity, as a number."""
    return max((int(one.severity) for one in found), default=0)
