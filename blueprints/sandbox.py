"""Paper trading: the switch, its settings, a fresh start, profit and loss."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import flask
import msgspec
from pydantic import Field, StrictBool

from blueprints.edge import Answer, Call, Form, session_route
from domain.errors import InvalidInput
from services.sandbox.options import PRESETS, PaperOptions
from services.trading.router import require_account
from services.wire import paper

blueprint = flask.Blueprint("sandbox", __name__)


class ModeForm(Form):
    """Which trading mode the installation is in."""

    analyze: StrictBool


class SettingsForm(Form):
    """Some settings, or a preset of leverages, or both."""

    preset: str | None = Field(default=None, max_length=20)
    values: dict[str, Any] = Field(default={}, max_length=40)


class ResetForm(Form):
    """A fresh start must be meant."""

    confirm: StrictBool


@session_route(blueprint, "/ui/api/sandbox/mode", methods=("PUT",), body=ModeForm)
def switch_mode(call: Call) -> Any:
    """Switch between live and paper trading, for the whole installation."""
    call.services.installation.set_analyze_mode(call.body.analyze)
    mode = call.services.trading.modes.app_mode().value
    return Answer({"mode": mode}, extra={"mode": mode})


@session_route(blueprint, "/ui/api/sandbox/settings")
def show_settings(call: Call) -> Any:
    """Settings in force, their defaults, and the presets."""
    return _settings(call.services.sandbox.preferences.get())


@session_route(blueprint, "/ui/api/sandbox/settings", methods=("PUT",), body=SettingsForm, auth="admin")
def change_settings(call: Call) -> Any:
    """All of the given values, or none of them."""
    form: SettingsForm = call.body
    return _settings(call.services.sandbox.preferences.put(form.values, form.preset))


@session_route(blueprint, "/ui/api/sandbox/reset", methods=("POST",), body=ResetForm, limit="order")
def reset(call: Call) -> Any:
    """Back to the opening capital: working orders end, positions and holdings go."""
    if not call.body.confirm:
        raise InvalidInput("confirm: must be true", errors={"confirm": ["must be true"]})
    account = require_account(call.principal)
    call.services.sandbox.rounds.days.reset(account.account_id)
    return paper.report(call.services.sandbox.reports.show(account.account_id))


@session_route(blueprint, "/ui/api/sandbox/pnl")
def show_profit(call: Call) -> Any:
    """Daily figures, today so far, and the latest movements of money."""
    account = require_account(call.principal)
    return paper.report(call.services.sandbox.reports.show(account.account_id))


def _settings(options: PaperOptions) -> dict[str, Any]:
    return {
        "values": _plain(msgspec.structs.asdict(options)),
        "defaults": _plain(msgspec.structs.asdict(PaperOptions())),
        "presets": {name: _plain(values) for name, values in PRESETS.items()},
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON values; exact rates of charges stay text."""
    return {
        name: float(value) if isinstance(value, Decimal) else msgspec.to_builtins(value)
        for name, value in values.items()
    }
