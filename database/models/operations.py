"""Logs store: what the operator's room remembers of health, broker calls, errors and of what was forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, LogsBase, primary_key


class HealthSample(LogsBase):
    """One look at the process. figures: numbers by name; what this machine does not tell is missing."""

    __tablename__ = "health_samples"

    id: Mapped[int] = primary_key()
    at: Mapped[dt.datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(10))
    figures: Mapped[Any] = mapped_column(JsonText)


class HealthAlarm(LogsBase):
    """A component that was not well, from the first look that found it so to the first one that did not."""

    __tablename__ = "health_alarms"
    __table_args__ = (Index(None, "component", "closed_at"),)

    id: Mapped[int] = primary_key()
    component: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500))
    opened_at: Mapped[dt.datetime] = mapped_column(index=True)
    closed_at: Mapped[dt.datetime | None]
    acknowledged_at: Mapped[dt.datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(80))


class BrokerCall(LogsBase):
    """One call to a broker that a request asked for, or that failed. outcome: `ok`, or the error's code."""

    __tablename__ = "broker_calls"

    id: Mapped[int] = primary_key()
    broker: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int]
    operation: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(60))
    duration_ms: Mapped[float] = mapped_column(Float)
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class ErrorGroup(LogsBase):
    """Errors that are one and the same; `count` of them since `first_seen`. A solved one that returns opens again."""

    __tablename__ = "error_groups"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    logger: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(String(1000))
    place: Mapped[str] = mapped_column(String(200))
    trace: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(Integer)
    returned: Mapped[int] = mapped_column(Integer)
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime] = mapped_column(index=True)
    resolved_at: Mapped[dt.datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(80))


class RetentionRun(LogsBase):
    """One run of one retention job. removed: rows or files; None when it failed."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index(None, "job", "began_at"),)

    id: Mapped[int] = primary_key()
    job: Mapped[str] = mapped_column(String(40))
    began_at: Mapped[dt.datetime]
    duration_ms: Mapped[int] = mapped_column(Integer)
    removed: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(500))
