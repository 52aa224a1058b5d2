"""The health page: components with state, reason and since when; history; alarms."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from utils.clock import ist

blueprint = flask.Blueprint("operator_health", __name__)
ROOT = "/ui/api/operator/health"


class HistoryQuery(Form):
    """How far back; a week at most."""

    hours: int = Field(6, ge=1, le=168)


@session_route(blueprint, ROOT, auth="admin")
def show_health(call: Call) -> Any:
    """The last look: every component, the queues and repeated work."""
    services = call.services
    report, now = services.operator.monitor.report(), services.clock.monotonic()
    rounds = [
        {
            "name": row.name, "every_seconds": row.every, "took_seconds": row.took, "failures": row.failures,
            "error": row.error, "ended_seconds_ago": None if row.ended is None else now - row.ended,
        }
        for row in services.rounds.all()
    ]  # fmt: skip
    queues = [msgspec.structs.asdict(queue) for queue in services.operator.queues()]
    return {
        "at": ist(report.at), "state": report.state, "ready": services.health.ready().ready,
        "components": [
            {**msgspec.structs.asdict(component), "since": ist(component.since)}
            for component in report.components
        ],
        "figures": report.figures, "queues": queues, "rounds": rounds, "processes": call.services.streaming.all(),
    }  # fmt: skip


@session_route(blueprint, f"{ROOT}/history", auth="admin", query=HistoryQuery)
def show_history(call: Call) -> Any:
    """Samples, ascending and thinned out to what a chart can show; epoch milliseconds."""
    rows = call.services.operator.monitor.history(call.query.hours)
    return [{"at": int(row.at.timestamp() * 1000), "state": row.state, **row.figures} for row in rows]


@session_route(blueprint, f"{ROOT}/alarms", auth="admin")
def show_alarms(call: Call) -> Any:
    """The newest alarms, newest first."""
    return [msgspec.structs.asdict(row) for row in call.services.operator.monitor.alarms()]


@session_route(blueprint, f"{ROOT}/alarms/<int:alarm_id>/acknowledge", methods=("POST",), auth="admin")
def acknowledge_alarm(call: Call, alarm_id: int) -> Any:
    """Note that somebody has seen it."""
    row = call.services.operator.monitor.acknowledge(alarm_id, call.principal.username)
    return msgspec.structs.asdict(row)
