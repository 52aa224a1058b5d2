"""Searches in traffic, broker calls and API calls: newest first, a page at a time, older than a row's number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select

from database.models.logs import AnalyzerLog, OrderLatency, OrderLog, TrafficLog
from database.models.operations import BrokerCall
from database.stores import Unit

MOST_ROWS = 200


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: older than the row `before`, from `since` to `until`, `limit` of them."""

    limit: int = 100
    before: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class TrafficFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows must have. status: the first digit, or all three. path: a part of it."""

    path: str = ""
    method: str = ""
    status: str = ""
    address: str = ""
    request_id: str = ""


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """user_id: whose calls, None for everybody's. words: a part of request or answer."""

    user_id: int | None
    api_type: str = ""
    words: str = ""
    request_id: str = ""


class Records:
    """Within one reading unit of the logs store. Rows are plain dictionaries by column."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def traffic(self, wanted: TrafficFilter, page: Page) -> list[dict[str, Any]]:
        """HTTP requests."""
        query = _page(select(TrafficLog), TrafficLog, page)
        if wanted.path:
            query = query.where(_holds(TrafficLog.path, wanted.path))
        if wanted.method:
            query = query.where(TrafficLog.method == wanted.method)
        if len(wanted.status) == 1:
            low = int(wanted.status) * 100
            query = query.where(TrafficLog.status_code >= low, TrafficLog.status_code < low + 100)
        elif wanted.status:
            query = query.where(TrafficLog.status_code == int(wanted.status))
        if wanted.address:
            query = query.where(TrafficLog.client_ip == wanted.address)
        if wanted.request_id:
            query = query.where(TrafficLog.request_id == wanted.request_id)
        return [_columns(row) for row in self._session.scalars(query)]

    def traffic_sums(self, since: dt.datetime, most: int) -> list[dict[str, Any]]:
        """Requests, failures and mean duration by method and path template, most asked first."""
        table = TrafficLog
        count = func.count()
        query = (
            select(table.method, table.route, count, func.avg(table.duration_ms), func.max(table.duration_ms))
            .where(table.created_at >= since)
            .group_by(table.method, table.route)
            .order_by(count.desc())
            .limit(most)
        )
        rows = self._session.execute(query).all()
        errors = dict(self._errors(since, 500))
        refusals = dict(self._errors(since, 400))
        return [
            {
                "method": method, "route": route, "count": total, "mean_ms": mean, "worst_ms": slowest,
                "failed": errors.get((method, route), 0),
                "refused": refusals.get((method, route), 0) - errors.get((method, route), 0),
            }
            for method, route, total, mean, slowest in rows
        ]  # fmt: skip

    def _errors(self, since: dt.datetime, least: int) -> list[tuple[tuple[str, str | None], int]]:
        query = (
            select(TrafficLog.method, TrafficLog.route, func.count())
            .where(TrafficLog.created_at >= since, TrafficLog.status_code >= least)
            .group_by(TrafficLog.method, TrafficLog.route)
        )
        return [((method, route), count) for method, route, count in self._session.execute(query)]

    def broker_calls(self, request_id: str, page: Page) -> list[dict[str, Any]]:
        """Broker calls, of one request where one is named."""
        query = _page(select(BrokerCall), BrokerCall, page)
        if request_id:
            query = query.where(BrokerCall.request_id == request_id)
        return [_columns(row) for row in self._session.scalars(query)]

    def calls(
        self, table: type[OrderLog | AnalyzerLog], wanted: CallFilter, page: Page
    ) -> list[dict[str, Any]]:
        """API calls of orders, live or on paper."""
        query = _page(select(table), table, page)
        if wanted.user_id is not None:
            query = query.where(table.user_id == wanted.user_id)
        if wanted.api_type:
            query = query.where(table.api_type == wanted.api_type)
        if wanted.request_id:
            query = query.where(table.request_id == wanted.request_id)
        if wanted.words:
            texts = (cast(table.request_data, String), cast(table.response_data, String))
            query = query.where(or_(*(_holds(text, wanted.words) for text in texts)))
        return [_columns(row) for row in self._session.scalars(query)]


class LatencyRows:
    """Within one reading unit of the latency store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def newest(self, page: Page, broker: str = "") -> list[dict[str, Any]]:
        """Order calls with their stages."""
        query = _page(select(OrderLatency), OrderLatency, page)
        if broker:
            query = query.where(OrderLatency.broker == broker)
        return [_columns(row) for row in self._session.scalars(query)]


def _page(query: Select[Any], table: Any, page: Page) -> Select[Any]:
    if page.before is not None:
        query = query.where(table.id < page.before)
    if page.since is not None:
        query = query.where(table.created_at >= page.since)
    if page.until is not None:
        query = query.where(table.created_at < page.until)
    return query.order_by(table.id.desc()).limit(min(page.limit, MOST_ROWS))


def _holds(column: Any, words: str) -> ColumnElement[bool]:
    """Whether a text holds the words as they are: signs of LIKE in them mean themselves."""
    found: ColumnElement[bool] = column.icontains(words, autoescape=True)
    return found


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
