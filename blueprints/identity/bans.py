"""Banned and watched addresses, for administrators: listed, banned, lifted, and how strict the house is."""

from __future__ import annotations

from typing import Any, Literal

import flask
import msgspec
from pydantic import Field, StrictBool, StrictInt

from blueprints.edge import Call, Form, session_route
from blueprints.operator.acting import acting
from services.bans import rules, shown
from utils.logging import get_logger

blueprint = flask.Blueprint("bans", __name__)
ROOT = "/ui/api/security/bans"
log = get_logger(__name__)


class BanForm(Form):
    """hours: how long, 0 for good."""

    address: str = Field(max_length=50)
    hours: StrictInt = Field(0, ge=0, le=8760)
    note: str = Field("", max_length=255)


class LiftForm(Form):
    """forget: the next ban counts as the first."""

    address: str = Field(max_length=50)
    forget: StrictBool = False


class RulesForm(Form):
    """What is not given stays."""

    auto_ban: StrictBool | None = None
    not_found_threshold: StrictInt | None = Field(None, ge=1, le=100)
    not_found_hours: StrictInt | None = Field(None, ge=0, le=8760)
    wrong_key_threshold: StrictInt | None = Field(None, ge=1, le=100)
    wrong_key_hours: StrictInt | None = Field(None, ge=0, le=8760)
    repeat_limit: StrictInt | None = Field(None, ge=1, le=100)


class KindForm(Form):
    """What to forget."""

    kind: Literal["not_found", "wrong_key"]


@session_route(blueprint, ROOT, auth="admin")
def show_bans(call: Call) -> Any:
    """Bans that stand, the most watched addresses of each kind, and the rules."""
    return _view(call)


@session_route(blueprint, ROOT, methods=("POST",), auth="admin", body=BanForm)
def ban_address(call: Call) -> Any:
    """Ban an address by hand."""
    form: BanForm = call.body
    record = call.services.bans.ban(form.address, form.hours, form.note)
    detail = {"hours": form.hours, "note": form.note, "times": record.times}
    _note(call, "ban.set", record.address, detail)
    log.warning("An administrator banned an address", address=record.address, user_id=call.principal.user_id)
    return _view(call)


@session_route(blueprint, f"{ROOT}/lift", methods=("POST",), auth="admin", body=LiftForm)
def lift_ban(call: Call) -> Any:
    """Serve an address again."""
    record = call.services.bans.lift(call.body.address, forget=call.body.forget)
    _note(call, "ban.lift", record.address, {"forget": call.body.forget, "note": record.note})
    log.warning("An administrator lifted a ban", address=record.address, user_id=call.principal.user_id)
    return _view(call)


@session_route(blueprint, f"{ROOT}/rules", methods=("PUT",), auth="admin", body=RulesForm)
def change_rules(call: Call) -> Any:
    """Change how strict the house is."""
    values = {name: value for name, value in call.body.model_dump().items() if value is not None}
    before = msgspec.structs.asdict(call.services.bans.rules)
    call.services.bans.change(values)
    _note(call, "ban.rules", "", {"before": {name: before[name] for name in values}, "after": values})
    log.warning("An administrator changed the rules of bans", user_id=call.principal.user_id, **values)
    return _view(call)


@session_route(blueprint, f"{ROOT}/clear", methods=("POST",), auth="admin", body=KindForm)
def clear_watched(call: Call) -> Any:
    """Forget what was counted of a kind."""
    call.services.bans.clear(call.body.kind)
    _note(call, "ban.clear", call.body.kind, {})
    return _view(call)


def _note(call: Call, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Bans lie in another store than the trail, so the row follows what it tells of."""
    act = acting(call, action, subject)
    call.services.operator.audit.note(msgspec.structs.replace(act, detail=detail))


def _view(call: Call) -> dict[str, Any]:
    bans = call.services.bans
    return {
        "rules": shown.rules_view(bans.rules),
        "bans": [shown.ban_view(record) for record in bans.bans()],
        "watched": {
            kind: [shown.watch_view(watch) for watch in bans.watched(kind, shown.MOST_SHOWN)]
            for kind in rules.SEEN
        },
    }
