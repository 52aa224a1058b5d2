"""The user's watch list and chart preferences."""

from __future__ import annotations

from typing import Any

import flask
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from domain.instruments import Exchange

blueprint = flask.Blueprint("watchlist", __name__)


class Item(Form):
    symbol: str = Field(min_length=1, max_length=80)
    exchange: Exchange


class ListForm(Form):
    symbols: list[Item] = Field(max_length=500)


class PreferenceForm(Form):
    value: str = Field(max_length=65_536)


@session_route(blueprint, "/ui/api/watchlist")
def show_watchlist(call: Call) -> Any:
    """The list in the user's order."""
    return _shown(call.services.watchlists.get(call.principal.user_id))


@session_route(blueprint, "/ui/api/watchlist", methods=("PUT",), body=ListForm)
def replace_watchlist(call: Call) -> Any:
    """Replace the list; repeated instruments are kept once."""
    keys = [(item.exchange.value, item.symbol) for item in call.body.symbols]
    return _shown(call.services.watchlists.put(call.principal.user_id, keys))


@session_route(blueprint, "/ui/api/preferences")
def show_preferences(call: Call) -> Any:
    """Remembered values of the chart page."""
    return call.services.chart_preferences.get(call.principal.user_id)


@session_route(
    blueprint, "/ui/api/preferences/<string(maxlength=50):key>", methods=("PUT",), body=PreferenceForm
)
def set_preference(call: Call, key: str) -> Any:
    """Remember one value."""
    call.services.chart_preferences.put(call.principal.user_id, key, call.body.value)
    return {key: call.body.value}


def _shown(keys: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"symbol": symbol, "exchange": exchange} for exchange, symbol in keys]
