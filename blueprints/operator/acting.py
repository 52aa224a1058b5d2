"""Who acts: what the audit trail notes of a change that the operator makes."""

from __future__ import annotations

import flask

from blueprints.edge import Call
from services.ops.audit.trail import Act


def acting(call: Call, action: str, subject: str = "") -> Act:
    """The caller's act under a stable word; whoever carries it out adds what changed."""
    return Act(
        action=action, actor=call.principal.username, actor_id=call.principal.user_id, subject=subject,
        address=flask.request.remote_addr or "", request_id=flask.g.get("request_id", ""),
    )  # fmt: skip
