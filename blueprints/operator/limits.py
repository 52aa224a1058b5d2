"""Queues, caches and pools of the processes: bounds, sizes, and what had to make room."""

from __future__ import annotations

from typing import Any

import flask
import msgspec

from blueprints.edge import Call, session_route
from utils import limits

blueprint = flask.Blueprint("operator_limits", __name__)


@session_route(blueprint, "/ui/api/operator/limits", auth="admin")
def show_limits(call: Call) -> Any:
    """The app's own as `app`; those of the streaming processes, as they last wrote them, under their process ids."""
    streaming = {
        str(figures.get("pid")): figures["limits"]
        for figures in call.services.streaming.all()
        if figures.get("limits")
    }
    return {"app": [msgspec.structs.asdict(each) for each in limits.census()], "streaming": streaming}
