"""The audit trail on a page, and its verification."""

from __future__ import annotations

from typing import Any, Literal

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route

blueprint = flask.Blueprint("operator_audit", __name__)
ROOT = "/ui/api/operator/audit"


class TrailQuery(Form):
    """words: a part of actor, action, subject, address or request id."""

    words: str = Field("", max_length=100)
    outcome: Literal["", "done", "refused"] = ""
    before: int | None = Field(None, ge=1)
    limit: int = Field(100, ge=1, le=200)


@session_route(blueprint, ROOT, auth="admin", query=TrailQuery)
def show_trail(call: Call) -> Any:
    """Rows, newest first."""
    asked: TrailQuery = call.query
    rows = call.services.operator.audit.page(
        before=asked.before, limit=asked.limit, words=asked.words, outcome=asked.outcome
    )
    shown = [msgspec.structs.asdict(row) for row in rows]
    return {"rows": shown, "before": rows[-1].seq if rows else None}


@session_route(blueprint, f"{ROOT}/verification", methods=("POST",), auth="admin", limit="contracts")
def verify_trail(call: Call) -> Any:
    """Go through the whole chain now."""
    verdict = call.services.operator.audit.verify()
    return {**msgspec.to_builtins(verdict), "whole": verdict.is_whole}
