"""Flattrade (Pi): the Noren family with a login and contract files of its own."""

from __future__ import annotations

from broker.core.roles import Plugin, PluginContext
from broker.families.noren.adapter import build as build_member
from broker.families.noren.contracts import Files
from broker.families.noren.wire import LoginWay

LOGIN = LoginWay(
    page="app_key", call="POST /trade/apitoken", body="json", host="token", user="client",
    token="token", fields=("api_key", "request_code", "api_secret"),  # noqa: S106 - the name of a field
)  # fmt: skip
_NAMES = (
    "NSE_Equity", "BSE_Equity", "Nfo_Equity_Derivatives", "Nfo_Index_Derivatives", "Bfo_Equity_Derivatives",
    "Bfo_Index_Derivatives", "Currency_Derivatives", "Commodity")  # fmt: skip
FILES = Files(paths=tuple(f"/{name}.csv" for name in _NAMES), zipped=False)


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    return build_member(context, LOGIN, FILES)
