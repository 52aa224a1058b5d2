"""The latency page: endpoints, brokers and stages of orders, p50, p90 and p99."""

from __future__ import annotations

from typing import Any, Literal

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from blueprints.operator.paging import PageQuery, rows_of
from services.ops.latency.board import Key, Row

blueprint = flask.Blueprint("operator_latency", __name__)
ROOT = "/ui/api/operator/latency"


class WindowQuery(Form):
    """The stretch of time; it ends now."""

    minutes: int = Field(60, ge=5, le=120)


class SeriesQuery(Form):
    """One row of the table."""

    kind: Literal["request", "broker", "order"]
    name: str = Field(max_length=200)
    broker: str = Field("", max_length=40)
    stage: str = Field(max_length=20)


class SampleQuery(PageQuery):
    """Order calls, of one broker where it is named."""

    broker: str = Field("", max_length=40)


@session_route(blueprint, ROOT, auth="admin", query=WindowQuery)
def show_latency(call: Call) -> Any:
    """Everything that was timed, by kind, name, broker and stage; milliseconds."""
    board = call.services.operator.latency
    return {
        "minutes": call.query.minutes,
        "rows": [_row(row) for row in board.rows(call.query.minutes * 60)],
        "merged_away": board.merged_away,
    }


@session_route(blueprint, f"{ROOT}/series", auth="admin", query=SeriesQuery)
def show_series(call: Call) -> Any:
    """Two hours of one row in stretches of five minutes, and how its durations are spread."""
    asked: SeriesQuery = call.query
    key, board = Key(asked.kind, asked.name, asked.broker, asked.stage), call.services.operator.latency
    points = [{"at": point.at, **msgspec.structs.asdict(point.figures)} for point in board.points(key)]
    return {"points": points, "spread": [msgspec.structs.asdict(bucket) for bucket in board.spread(key)]}


@session_route(blueprint, f"{ROOT}/orders", auth="admin", query=SampleQuery)
def show_orders(call: Call) -> Any:
    """Single order calls with their stages, newest first."""
    asked: SampleQuery = call.query
    return rows_of(call.services.operator.records.latencies(asked.broker, asked.page))


def _row(row: Row) -> dict[str, Any]:
    return {**msgspec.structs.asdict(row.key), **msgspec.structs.asdict(row.figures)}
