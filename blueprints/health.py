"""Probes: is the process alive, can it serve; public, without detail that helps an attacker. Figures need a session."""

from __future__ import annotations

import flask

from blueprints.edge import Call, session_route
from utils import json
from utils.clock import ist

blueprint = flask.Blueprint("health", __name__)


@session_route(blueprint, "/health/status", auth="public", limit="static")
def show_status(call: Call) -> flask.Response:
    """Liveness, in the shape of health+json."""
    return _plain(call.services.health.live(), 200)


@session_route(blueprint, "/health/ready", auth="public", limit="static")
def show_readiness(call: Call) -> flask.Response:
    """Readiness: 200 when every store answers, else 503; supervised processes and market-data feeds beside it."""
    found = call.services.health.ready()
    processes = {
        name: {"state": row.state, "restarts": row.restarts} for name, row in found.processes.items()
    }
    feeds = [{"state": feed.state, "since": ist(feed.since).isoformat()} for feed in found.feeds]
    body = {
        "status": "pass" if found.ready else "fail", "checks": found.checks, "processes": processes,
        "feeds": feeds,
    }  # fmt: skip
    return _plain(body, 200 if found.ready else 503)


@session_route(blueprint, "/ui/api/health/streaming")
def show_streaming(call: Call) -> list[dict[str, object]]:
    """What the streaming processes count: delivered, conflated, dropped, queues, gaps, sockets, states of feeds."""
    return call.services.streaming.all()


def _plain(body: dict[str, object], status: int) -> flask.Response:
    response = flask.Response(json.encode(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
