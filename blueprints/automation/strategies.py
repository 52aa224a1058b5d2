"""The desk of webhook strategies: set-up, mappings, the secret URL, and what was delivered to it."""

from __future__ import annotations

from typing import Annotated, Any

import flask
from pydantic import BeforeValidator, Field

from blueprints.edge import Call, Form, session_route
from services.automation import shown, strategies
from services.wire.fields import Count, ExchangeWord, Integer, ProductWord, Symbol, clean

blueprint = flask.Blueprint("strategies", __name__)
ROOT = "/ui/api/strategies"
ONE = f"{ROOT}/<int:strategy_id>"
LIMIT = "strategy"
MOST_SHOWN = 200


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _upper(value: Any) -> Any:
    return clean(value).upper()


def _lower(value: Any) -> Any:
    return clean(value).lower()


Time = Annotated[Annotated[str, Field(max_length=5)] | None, BeforeValidator(_blank_is_none)]
ModeWord = Annotated[str, BeforeValidator(_upper), Field(max_length=10)]
PlatformWord = Annotated[str, BeforeValidator(_lower), Field(max_length=20)]


class NewStrategy(Form):
    """account_id null: whichever account is active. Times: HH:MM, IST; null is no gate."""

    name: str = Field(max_length=80)
    platform: PlatformWord
    trading_mode: ModeWord
    is_intraday: bool
    start_time: Time = None
    end_time: Time = None
    squareoff_time: Time = None
    account_id: int | None = None


class StrategyChange(Form):
    """Fields that are not given stay."""

    name: str = Field("", max_length=80)
    trading_mode: ModeWord = ""
    is_intraday: bool = False
    start_time: Time = None
    end_time: Time = None
    squareoff_time: Time = None
    account_id: int | None = None
    is_active: bool = False


class MappingForm(Form):
    """What is traded for a symbol. quantity: units."""

    symbol: Symbol
    exchange: ExchangeWord
    quantity: Count
    product_type: ProductWord


class MappingsForm(Form):
    """Several at once, all or none."""

    mappings: list[MappingForm] = Field(min_length=1, max_length=200)


class DeliveriesQuery(Form):
    """A page of deliveries: those below the id `before`."""

    limit: Annotated[Integer, Field(ge=1, le=MOST_SHOWN)] = 50
    before: Annotated[Integer, Field(ge=1)] | None = None


@session_route(blueprint, ROOT, limit=LIMIT)
def list_strategies(call: Call) -> Any:
    """The user's strategies, oldest first."""
    rows = call.services.automation.strategies.of_user(call.principal.user_id)
    return [shown.strategy(row, count) for row, count in rows]


@session_route(blueprint, f"{ROOT}/terms", limit=LIMIT)
def show_terms(_call: Call) -> Any:
    """What a strategy may be: platforms, and the directions in which it trades."""
    return {"platforms": strategies.PLATFORMS, "trading_modes": strategies.TRADING_MODES}


@session_route(blueprint, ROOT, methods=("POST",), body=NewStrategy, limit=LIMIT)
def create_strategy(call: Call) -> Any:
    """A new strategy; the answer shows its webhook id once."""
    row, webhook_id = call.services.automation.strategies.create(
        call.principal.user_id, call.body.model_dump()
    )
    return {**shown.strategy(row, 0), "mappings": [], **_webhook(call, row.platform, webhook_id)}


@session_route(blueprint, ONE, limit=LIMIT)
def show_strategy(call: Call, strategy_id: int) -> Any:
    """One strategy with its mappings."""
    return _view(call, strategy_id)


@session_route(blueprint, ONE, methods=("PUT",), body=StrategyChange, limit=LIMIT)
def change_strategy(call: Call, strategy_id: int) -> Any:
    """Change some fields; switching off drops orders that are not sent yet."""
    form: StrategyChange = call.body
    values = {name: getattr(form, name) for name in form.model_fields_set}
    call.services.automation.strategies.change(call.principal.user_id, strategy_id, values)
    return _view(call, strategy_id)


@session_route(blueprint, f"{ONE}/activate", methods=("POST",), body=Form, limit=LIMIT)
def activate_strategy(call: Call, strategy_id: int) -> Any:
    """Listen to its webhook."""
    call.services.automation.strategies.change(call.principal.user_id, strategy_id, {"is_active": True})
    return _view(call, strategy_id)


@session_route(blueprint, f"{ONE}/deactivate", methods=("POST",), body=Form, limit=LIMIT)
def deactivate_strategy(call: Call, strategy_id: int) -> Any:
    """Trade nothing more; open positions stay until square-off."""
    call.services.automation.strategies.change(call.principal.user_id, strategy_id, {"is_active": False})
    return _view(call, strategy_id)


@session_route(blueprint, ONE, methods=("DELETE",), limit=LIMIT)
def delete_strategy(call: Call, strategy_id: int) -> Any:
    """Remove it with its mappings."""
    call.services.automation.strategies.delete(call.principal.user_id, strategy_id)
    return {"deleted": strategy_id}


@session_route(blueprint, f"{ONE}/webhook", methods=("POST",), body=Form, limit=LIMIT)
def rotate_webhook(call: Call, strategy_id: int) -> Any:
    """A new webhook id, shown here once; the old one is dead."""
    strategies = call.services.automation.strategies
    row, _ = strategies.get(call.principal.user_id, strategy_id)
    return _webhook(call, row.platform, strategies.rotate(call.principal.user_id, strategy_id))


@session_route(blueprint, f"{ONE}/signing", methods=("POST",), body=Form, limit=LIMIT)
def require_signatures(call: Call, strategy_id: int) -> Any:
    """Take signed messages only; the secret is shown here once, and ends an earlier one."""
    secret = call.services.automation.signatures.require(call.principal.user_id, strategy_id)
    return {**_view(call, strategy_id), "signing_secret": secret}


@session_route(blueprint, f"{ONE}/signing", methods=("DELETE",), limit=LIMIT)
def waive_signatures(call: Call, strategy_id: int) -> Any:
    """Take unsigned messages again."""
    call.services.automation.signatures.waive(call.principal.user_id, strategy_id)
    return _view(call, strategy_id)


@session_route(blueprint, f"{ONE}/squareoff", methods=("POST",), body=Form, limit="order")
def square_off(call: Call, strategy_id: int) -> Any:
    """Close now what the strategy traded; `queued` exits leave one a second, in the background."""
    automation = call.services.automation
    strategy, _ = automation.strategies.get(call.principal.user_id, strategy_id)
    return {"queued": automation.square_off.at_once(strategy)}


@session_route(blueprint, f"{ONE}/mappings", methods=("POST",), body=MappingsForm, limit=LIMIT)
def add_mappings(call: Call, strategy_id: int) -> Any:
    """Map symbols; answers every mapping."""
    values = [item.model_dump() for item in call.body.mappings]
    rows = call.services.automation.strategies.add_mappings(call.principal.user_id, strategy_id, values)
    return shown.mappings(rows)


@session_route(blueprint, f"{ONE}/mappings/<int:mapping_id>", methods=("PUT",), body=MappingForm, limit=LIMIT)
def change_mapping(call: Call, strategy_id: int, mapping_id: int) -> Any:
    """Replace one mapping; answers every mapping."""
    rows = call.services.automation.strategies.change_mapping(
        call.principal.user_id, strategy_id, mapping_id, call.body.model_dump()
    )
    return shown.mappings(rows)


@session_route(blueprint, f"{ONE}/mappings/<int:mapping_id>", methods=("DELETE",), limit=LIMIT)
def remove_mapping(call: Call, strategy_id: int, mapping_id: int) -> Any:
    """Answers the mappings that stay."""
    rows = call.services.automation.strategies.remove_mapping(call.principal.user_id, strategy_id, mapping_id)
    return shown.mappings(rows)


@session_route(blueprint, f"{ONE}/deliveries", query=DeliveriesQuery, limit=LIMIT)
def show_deliveries(call: Call, strategy_id: int) -> Any:
    """What reached the webhook, newest first, and what became of it."""
    rows = call.services.automation.deliveries(
        call.principal.user_id, strategy_id, call.query.limit, call.query.before
    )
    return [shown.delivery(row, orders) for row, orders in rows]


def _view(call: Call, strategy_id: int) -> dict[str, Any]:
    row, mappings = call.services.automation.strategies.get(call.principal.user_id, strategy_id)
    return {**shown.strategy(row, len(mappings)), "mappings": shown.mappings(mappings)}


def _webhook(call: Call, platform: str, webhook_id: str) -> dict[str, str]:
    room = "chartink" if platform == "chartink" else "strategy"
    host = call.services.settings.host_server
    return {"webhook_id": webhook_id, "webhook_url": f"{host}/{room}/webhook/{webhook_id}"}
