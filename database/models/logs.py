"""Logs and latency stores: what was asked, what was answered, how long it took."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, LatencyBase, LogsBase, one_of, primary_key

LATENCY_STATUSES = ("SUCCESS", "FAILED", "UNKNOWN")


class OrderLog(LogsBase):
    """One API call about live orders. The request is kept without its key."""

    __tablename__ = "order_logs"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int | None]
    account_id: Mapped[int | None]
    api_type: Mapped[str] = mapped_column(String(50))
    request_data: Mapped[Any] = mapped_column(JsonText)
    response_data: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class AnalyzerLog(LogsBase):
    """One API call in analyze mode."""

    __tablename__ = "analyzer_logs"
    __table_args__ = (Index(None, "api_type", "created_at"), Index(None, "user_id", "created_at"))

    id: Mapped[int] = primary_key()
    user_id: Mapped[int | None]
    account_id: Mapped[int | None]
    api_type: Mapped[str] = mapped_column(String(50))
    request_data: Mapped[Any] = mapped_column(JsonText)
    response_data: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class TrafficLog(LogsBase):
    """One HTTP request; `path` never carries the query string."""

    __tablename__ = "traffic_logs"
    __table_args__ = (Index(None, "client_ip", "created_at"),)

    id: Mapped[int] = primary_key()
    client_ip: Mapped[str] = mapped_column(String(50))
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(500))
    status_code: Mapped[int] = mapped_column(Integer, index=True)
    duration_ms: Mapped[float] = mapped_column(Float)
    host: Mapped[str | None] = mapped_column(String(255))
    error: Mapped[str | None] = mapped_column(String(500))
    user_id: Mapped[int | None] = mapped_column(index=True)
    request_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class OrderLatency(LatencyBase):
    """Where the time of one call went, milliseconds. `rtt_ms`: the broker's share, None when not asked."""

    __tablename__ = "order_latency"
    __table_args__ = (Index(None, "broker", "created_at"),)

    id: Mapped[int] = primary_key()
    order_id: Mapped[str | None] = mapped_column(String(100))
    user_id: Mapped[int | None]
    broker: Mapped[str | None] = mapped_column(String(40))
    symbol: Mapped[str | None] = mapped_column(String(80))
    order_type: Mapped[str] = mapped_column(String(40))
    rtt_ms: Mapped[float | None] = mapped_column(Float)
    validation_ms: Mapped[float | None] = mapped_column(Float)
    response_ms: Mapped[float | None] = mapped_column(Float)
    overhead_ms: Mapped[float | None] = mapped_column(Float)
    total_ms: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = one_of("status", LATENCY_STATUSES)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
