"""The risk page: limits and kill switches of everything, an account, a strategy or the API key, and their record."""

from __future__ import annotations

from typing import Any, Literal

import flask
from pydantic import Field, StrictBool, StrictInt

from blueprints.edge import Call, Form, session_route
from services.trading import risk
from services.trading.gate.desk import ScopeName
from services.wire import risk as wire

blueprint = flask.Blueprint("risk", __name__)
ROOT = "/ui/api/risk"


class ScopeForm(Form):
    """Whom it is about; a key is one of the caller's own, without a number the first."""

    kind: Literal["all", "account", "strategy", "key"]
    account_id: StrictInt | None = None
    strategy: str = Field("", max_length=255)
    key_id: StrictInt | None = None
    reason: str = Field("", max_length=255)

    @property
    def name(self) -> ScopeName:
        """The scope."""
        return ScopeName(
            kind=self.kind, account_id=self.account_id, strategy=self.strategy, key_id=self.key_id
        )


class LimitsForm(ScopeForm):
    """All limits of a scope: what is missing is off. version: the one that the sender has seen."""

    limits: dict[str, Any] = Field(max_length=100)
    version: StrictInt = Field(ge=0)


class SwitchForm(ScopeForm):
    """Engage (with a reason) or release."""

    engaged: StrictBool


class ChangesQuery(Form):
    """A page of the record, older than `before`."""

    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1)


@session_route(blueprint, ROOT)
def show_risk(call: Call) -> Any:
    """Every scope of the caller with its limits and switch, and the form's fields."""
    views = call.services.risk_desk.overview(call.principal)
    return {
        "scopes": [wire.scope_view(view) for view in views],
        "fields": wire.fields(),
        "rules_version": risk.VERSION,
    }


@session_route(blueprint, f"{ROOT}/limits", methods=("PUT",), body=LimitsForm)
def change_limits(call: Call) -> Any:
    """Replace the limits of one scope."""
    form: LimitsForm = call.body
    limits = wire.limits_of(form.limits)
    return wire.scope_view(
        call.services.risk_desk.put(call.principal, form.name, limits, form.version, form.reason)
    )


@session_route(blueprint, f"{ROOT}/kill-switch")
def show_kill_switches(call: Call) -> Any:
    """Scopes of the caller whose switch is engaged."""
    views = call.services.risk_desk.overview(call.principal)
    return [wire.scope_view(view) for view in views if view.switched is not None]


@session_route(blueprint, f"{ROOT}/kill-switch", methods=("POST",), body=SwitchForm, limit="order")
def switch(call: Call) -> Any:
    """Stop every new order of a scope, or let them through again; exits and cancels always pass."""
    form: SwitchForm = call.body
    return wire.scope_view(
        call.services.risk_desk.switch(call.principal, form.name, form.engaged, form.reason)
    )


@session_route(blueprint, f"{ROOT}/changes", query=ChangesQuery)
def show_changes(call: Call) -> Any:
    """Who changed what and when, newest first."""
    query: ChangesQuery = call.query
    rows = call.services.risk_desk.changes(call.principal, query.limit, query.before)
    return {"changes": [wire.change(row) for row in rows]}
