"""Logs and latency stores: what was asked, what was answered, how long it took."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, Index, Integer, String, UniqueConstraint
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
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)
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
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class OrderEvent(LogsBase):
    """One piece of an order's story; rows are only ever added.

    kind: `call` (the steps of one order call, or of one order of it), `state` (what the broker said), `resolved`
    or `drift` (of the broker's books from ours).
    tag: of the intent. order_id: the broker's. Either is None while there is none. at_ms: epoch milliseconds.
    """

    __tablename__ = "order_events"
    __table_args__ = (Index(None, "user_id", "order_id"), Index(None, "user_id", "at_ms"))

    id: Mapped[int] = primary_key()
    at_ms: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int]
    account_id: Mapped[int | None]
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)
    tag: Mapped[str | None] = mapped_column(String(20), index=True)
    order_id: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[Any] = mapped_column(JsonText)


class OrderStreamEvent(LogsBase):
    """One change of one order as clients were told it (database.streams.orders.StreamRow)."""

    __tablename__ = "order_stream_events"
    __table_args__ = (UniqueConstraint("user_id", "seq"), Index(None, "account_id", "mode", "seq"))

    id: Mapped[int] = primary_key()
    user_id: Mapped[int]
    username: Mapped[str] = mapped_column(String(255))
    account_id: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    seq: Mapped[int]
    prev_seq: Mapped[int]
    at_ms: Mapped[int] = mapped_column(index=True)
    order_id: Mapped[str] = mapped_column(String(80))
    broker: Mapped[str] = mapped_column(String(40))
    strategy: Mapped[str] = mapped_column(String(255))
    source: Mapped[str] = mapped_column(String(20))
    row: Mapped[Any] = mapped_column(JsonText)


class TrafficLog(LogsBase):
    """One HTTP request; `path` never carries the query string. route: the path's template, None of an unknown path."""

    __tablename__ = "traffic_logs"
    __table_args__ = (Index(None, "client_ip", "created_at"),)

    id: Mapped[int] = primary_key()
    client_ip: Mapped[str] = mapped_column(String(50))
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(500))
    route: Mapped[str | None] = mapped_column(String(200), index=True)
    status_code: Mapped[int] = mapped_column(Integer, index=True)
    duration_ms: Mapped[float] = mapped_column(Float)
    host: Mapped[str | None] = mapped_column(String(255))
    error: Mapped[str | None] = mapped_column(String(500))
    user_id: Mapped[int | None] = mapped_column(index=True)
    request_id: Mapped[str | None] = mapped_column(String(40), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class OrderLatency(LatencyBase):
    """Where the time of one call went, milliseconds; a stage that the call did not reach is None.

    receive: body read. validation: schema, key, limit. risk: instrument, mode, rules. journal: intent on disk.
    send: our share of the write (rate budget, plug-in). rtt: the broker's share. response: answer built and logged.
    """

    __tablename__ = "order_latency"
    __table_args__ = (Index(None, "broker", "created_at"),)

    id: Mapped[int] = primary_key()
    order_id: Mapped[str | None] = mapped_column(String(100))
    user_id: Mapped[int | None]
    broker: Mapped[str | None] = mapped_column(String(40))
    symbol: Mapped[str | None] = mapped_column(String(80))
    order_type: Mapped[str] = mapped_column(String(40))
    rtt_ms: Mapped[float | None] = mapped_column(Float)
    receive_ms: Mapped[float | None] = mapped_column(Float)
    risk_ms: Mapped[float | None] = mapped_column(Float)
    journal_ms: Mapped[float | None] = mapped_column(Float)
    send_ms: Mapped[float | None] = mapped_column(Float)
    validation_ms: Mapped[float | None] = mapped_column(Float)
    response_ms: Mapped[float | None] = mapped_column(Float)
    overhead_ms: Mapped[float | None] = mapped_column(Float)
    total_ms: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = one_of("status", LATENCY_STATUSES)
    error: Mapped[str | None] = mapped_column(String(500))
    request_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class AddressBan(LogsBase):
    """One address that was banned: an IPv4 address, or the /64 network of an IPv6 one. until: null for good."""

    __tablename__ = "address_bans"

    address: Mapped[str] = mapped_column(String(50), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(255))
    times: Mapped[int] = mapped_column(Integer)
    banned_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    lifted_at: Mapped[dt.datetime | None]


class AddressWatch(LogsBase):
    """What one address did wrong within a day. seen: the last paths, or digests of the last keys."""

    __tablename__ = "address_watches"

    address: Mapped[str] = mapped_column(String(50), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    seen: Mapped[Any] = mapped_column(JsonText)


class BanRules(LogsBase):
    """How many wrong tries ban an address, and for how long: one row."""

    __tablename__ = "ban_rules"

    id: Mapped[int] = primary_key()
    value: Mapped[Any] = mapped_column(JsonText)
