"""The action centre: orders of semi-auto keys that wait for their owner's approval."""

from __future__ import annotations

from typing import Any

import flask
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from services.wire.approvals import counts, pending_order, statistics
from utils.clock import epoch_ms

blueprint = flask.Blueprint("action_center", __name__)
ROOT = "/ui/api/action-center"


class StatusQuery(Form):
    """Which rows."""

    status: str = Field("pending", max_length=20)


class ApproveForm(Form):
    """`confirm` answers a NEEDS_CONFIRMATION: the approver has looked again."""

    confirm: bool = False


class RejectForm(Form):
    """Why, for the record."""

    reason: str = Field("", max_length=500)


@session_route(blueprint, ROOT, query=StatusQuery)
def show_waiting_orders(call: Call) -> Any:
    """Rows of one status, newest first, with figures of the whole queue."""
    decisions = call.services.approvals.decisions
    rows = decisions.rows(call.principal, call.query.status)
    return {
        "orders": [pending_order(row) for row in rows],
        "statistics": statistics(
            decisions.counts(call.principal),
            decisions.figures(call.principal),
            epoch_ms(call.services.clock.now()),
        ),
    }


@session_route(blueprint, f"{ROOT}/count")
def count_waiting_orders(call: Call) -> Any:
    """The badge."""
    return counts(call.services.approvals.decisions.counts(call.principal))


@session_route(
    blueprint, f"{ROOT}/<int:pending_id>/approve", methods=("POST",), body=ApproveForm, limit="order"
)
def approve_order(call: Call, pending_id: int) -> Any:
    """Send it now; the row tells how that ended."""
    decisions = call.services.approvals.decisions
    return pending_order(decisions.approve(call.principal, pending_id, confirmed=call.body.confirm))


@session_route(
    blueprint, f"{ROOT}/<int:pending_id>/reject", methods=("POST",), body=RejectForm, limit="order"
)
def reject_order(call: Call, pending_id: int) -> Any:
    """Never send it."""
    return pending_order(
        call.services.approvals.decisions.reject(call.principal, pending_id, call.body.reason)
    )


@session_route(blueprint, f"{ROOT}/<int:pending_id>", methods=("DELETE",), limit="order")
def delete_order(call: Call, pending_id: int) -> Any:
    """Take a decided order off the list; one that waits must be decided first."""
    call.services.approvals.decisions.delete(call.principal, pending_id)
    return {"deleted": pending_id}


@session_route(blueprint, f"{ROOT}/approve-all", methods=("POST",), body=Form, limit="order")
def approve_all_orders(call: Call) -> Any:
    """One result per order; what needs a second look stays and says so."""
    return {"results": call.services.approvals.decisions.approve_all(call.principal)}


@session_route(blueprint, f"{ROOT}/reject-all", methods=("POST",), body=RejectForm, limit="order")
def reject_all_orders(call: Call) -> Any:
    """How many were waiting."""
    return {"rejected": call.services.approvals.decisions.reject_all(call.principal, call.body.reason)}
