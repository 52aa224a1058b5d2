"""Main store: the audit trail, and what the operator set about keeping records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase


class AuditRow(MainBase):
    """One act of a person or of the program; rows are only ever added, each with the digest of the one before.

    seq: from 1, without gaps. at_ms: epoch milliseconds. outcome: `done`, or the code of the refusal.
    """

    __tablename__ = "audit_trail"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at_ms: Mapped[int] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(160), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(50))
    request_id: Mapped[str] = mapped_column(String(40))
    detail: Mapped[Any] = mapped_column(JsonText)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class RetentionSetting(MainBase):
    """How many days a retention job keeps its records, where the operator said otherwise than the settings."""

    __tablename__ = "retention_settings"

    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    days: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[dt.datetime]
    updated_by: Mapped[str] = mapped_column(String(80))
