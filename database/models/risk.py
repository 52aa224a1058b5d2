"""Main store: limits of the risk rules, and who changed them when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, one_of, primary_key

CHANGE_KINDS = ("limits", "kill_switch")


class RiskLimits(MainBase):
    """Limits in force for one scope. limits: JSON of services.trading.risk.Limits; version grows with every change."""

    __tablename__ = "risk_limits"

    scope: Mapped[str] = mapped_column(String(300), primary_key=True)
    limits: Mapped[Any] = mapped_column(JsonText)
    version: Mapped[int]
    changed_ms: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(255))


class RiskChange(MainBase):
    """One change of limits or of a kill switch; rows are only ever added. version: of the limits, 0 for a switch."""

    __tablename__ = "risk_changes"
    __table_args__ = (Index(None, "scope", "id"),)

    id: Mapped[int] = primary_key()
    at_ms: Mapped[int]
    scope: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = one_of("kind", CHANGE_KINDS)
    user_id: Mapped[int]
    username: Mapped[str] = mapped_column(String(255))
    version: Mapped[int]
    before: Mapped[Any] = mapped_column(JsonText)
    after: Mapped[Any] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(String(255))
