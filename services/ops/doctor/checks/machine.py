"""Python, SQLite, memory, disk, descriptors, clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient

OLDEST_PYTHON = (3, 11)
NEWEST_TRIED = (3, 13)
# Tables of the practice exchange are STRICT.
OLDEST_SQLITE = (3, 37, 0)
FULL, LOW = 1 << 30, 5 << 30
# No instant before the program was written.
WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@check("machine.python-old", Severity.CRITICAL, "Install Python 3.11 or later (uv python install 3.12)")
def python_old(patient: Patient) -> Iterator[str]:
    """The program does not run."""
    if patient.machine.python[:2] < OLDEST_PYTHON:
        yield f"Python {'.'.join(map(str, patient.machine.python))}"


@check("machine.python-untried", Severity.INFO, "Use Python 3.11 to 3.13 when something is odd")
def python_untried(patient: Patient) -> Iterator[str]:
    """Newer than what was tried."""
    if patient.machine.python[:2] > NEWEST_TRIED:
        yield f"Python {'.'.join(map(str, patient.machine.python))} has not been tried"


@check(
    "machine.sqlite-old",
    Severity.CRITICAL,
    "Use a Python that brings SQLite 3.37 or later (uv python install 3.12)",
)
def sqlite_old(patient: Patient) -> Iterator[str]:
    """Stores cannot be opened."""
    if patient.machine.sqlite < OLDEST_SQLITE:
        yield f"SQLite {'.'.join(map(str, patient.machine.sqlite))}"


@check(
    "machine.disk-full",
    Severity.CRITICAL,
    "Make room now: entries are refused when the journal cannot be written",
)
def disk_full(patient: Patient) -> Iterator[str]:
    """Less than a gigabyte."""
    free = patient.machine.disk_free
    if free is not None and free < FULL:
        yield f"{free >> 20} MB are free"


@check(
    "machine.disk-low", Severity.WARNING, "Make room: an upgrade needs three copies of a store for a moment"
)
def disk_low(patient: Patient) -> Iterator[str]:
    """Enough for today."""
    free = patient.machine.disk_free
    largest = max((path.stat().st_size for path in patient.store_files.values()), default=0)
    if free is not None and FULL <= free < max(LOW, 3 * largest):
        yield f"{free >> 20} MB are free"


@check("machine.memory-low", Severity.WARNING, "Stop other programs, or use a machine with 2 GB")
def memory_low(patient: Patient) -> Iterator[str]:
    """The system may end the program."""
    available = patient.machine.memory_available
    if available is not None and available < 512 << 20:
        yield f"{available >> 20} MB of memory are available"


@check(
    "machine.few-descriptors",
    Severity.WARNING,
    "Raise the limit: ulimit -n 4096, LimitNOFILE=4096 in the unit file",
)
def few_descriptors(patient: Patient) -> Iterator[str]:
    """Each browser, client, store connection and vendor socket is one."""
    limit = patient.machine.descriptor_limit
    threads = patient.settings.openalgo_web_threads if patient.settings else 96
    if limit is not None and limit < max(1024, threads * 8):
        yield f"{limit} open files are allowed"


@check(
    "machine.clock-unsynchronised",
    Severity.WARNING,
    "Turn NTP on: timedatectl set-ntp true; codes of authenticators and order times depend on it",
)
def clock_unsynchronised(patient: Patient) -> Iterator[str]:
    """The kernel knows of nobody who keeps the clock right."""
    if patient.machine.clock_synchronised is False:
        yield "the kernel says that nothing keeps the clock right"


@check("machine.clock-wrong", Severity.CRITICAL, "Set the clock and turn NTP on")
def clock_wrong(patient: Patient) -> Iterator[str]:
    """Before the program was written."""
    if patient.clock.now() < WRITTEN:
        yield f"the clock says {patient.clock.now():%Y-%m-%d %H:%M} UTC"


@check("machine.no-timezones", Severity.CRITICAL, "uv sync (the tzdata package brings them)")
def no_timezones(_patient: Patient) -> Iterator[str]:
    """Indian time cannot be reckoned."""
    try:
        ZoneInfo("Asia/Kolkata")
    except ZoneInfoNotFoundError:
        yield "the zone Asia/Kolkata is not known here"


@check(
    "machine.timezone",
    Severity.INFO,
    "None needed: OpenAlgo reckons in Indian time; cron and system logs do not",
)
def timezone(patient: Patient) -> Iterator[str]:
    """Times of cron and of the system's logs are other times."""
    if patient.machine.timezone not in ("", "Asia/Kolkata", "Asia/Calcutta"):
        yield f"the machine's zone is {patient.machine.timezone}"


@check("machine.root", Severity.WARNING, "Run it as a user of its own, who owns the data folder")
def root(patient: Patient) -> Iterator[str]:
    """A defect would reach everything."""
    if patient.machine.is_root and not patient.machine.in_container:
        yield "this runs as root"


@check("machine.no-shared-memory", Severity.INFO, "Mount /dev/shm (compose: shm_size)")
def no_shared_memory(patient: Patient) -> Iterator[str]:
    """The web server's heartbeat goes to the disk."""
    if patient.machine.shared_memory is False:
        yield "/dev/shm does not exist"  # noqa: S108 - a name in a sentence
