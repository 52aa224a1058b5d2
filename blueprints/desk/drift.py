"""The desk's drift report: what the broker says, what we say, what explains it."""

from __future__ import annotations

from typing import Any

import flask

from blueprints.edge import Answer, Call, session_route
from services.wire.timeline import drift_report

blueprint = flask.Blueprint("drift", __name__)


@session_route(blueprint, "/ui/api/drift")
def show_drift(call: Call) -> Any:
    """Read now, from the books of the desk that is shown."""
    report = call.services.trading.drift_report(call.principal)
    return Answer(drift_report(report), extra={"mode": report.mode})
