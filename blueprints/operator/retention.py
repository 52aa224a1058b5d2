"""Retention jobs: what is kept for how long, and their last runs."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import StrictInt

from blueprints.edge import Call, Form, session_route
from blueprints.operator.acting import acting

blueprint = flask.Blueprint("operator_retention", __name__)
ROOT = "/ui/api/operator/retention"


class DaysForm(Form):
    """From the next run on."""

    days: StrictInt


@session_route(blueprint, ROOT, auth="admin")
def show_jobs(call: Call) -> Any:
    """Every job."""
    return [msgspec.to_builtins(view) for view in call.services.operator.jobs.list()]


@session_route(blueprint, f"{ROOT}/<name>", methods=("PUT",), auth="admin", body=DaysForm)
def change_days(call: Call, name: str) -> Any:
    """Keep records longer or shorter."""
    view = call.services.operator.jobs.set_days(name, call.body.days, acting(call, "retention.set"))
    return msgspec.to_builtins(view)


@session_route(blueprint, f"{ROOT}/<name>/run", methods=("POST",), auth="admin", limit="contracts")
def run_job(call: Call, name: str) -> Any:
    """Run one job now."""
    return msgspec.to_builtins(call.services.operator.jobs.run_now(name, acting(call, "retention.run")))
