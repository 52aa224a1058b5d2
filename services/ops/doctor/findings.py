"""A finding and the registry of everything that can be found."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

import msgspec

from services.ops.doctor.patient import Patient


class Severity(enum.IntEnum):
    """INFO: good to know. WARNING: it will hurt. CRITICAL: does not start, loses data, or is open to strangers."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """id: a stable word pair. detail: what was seen, without secrets. remedy: what to do."""

    id: str
    severity: Severity
    detail: str
    remedy: str


Look = Callable[[Patient], Iterator[str]]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """look yields one sentence for each place where the finding is seen; nothing where all is well."""

    id: str
    severity: Severity
    remedy: str
    look: Look


CHECKS: dict[str, Check] = {}


def check(name: str, severity: Severity, remedy: str) -> Callable[[Look], Look]:
    """Register a look under the finding's id."""

    def register(look: Look) -> Look:
        if name in CHECKS:
            raise ValueError(f"two checks find {name}")
        CHECKS[name] = Check(id=name, severity=severity, remedy=remedy, look=look)
        return look

    return register
