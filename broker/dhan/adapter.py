"""Dhan: DhanHQ v2 in the house's roles, with consent login, sockets and forever orders."""

from __future__ import annotations

from broker.core.contracts import CsvContracts
from broker.core.rest import Rest
from broker.core.roles import Plugin, PluginContext
from broker.dhan.market import LiveMarket
from broker.families.dhan import contracts, mapping, roles
from broker.families.dhan.login import Login
from broker.families.dhan.stream import Feed, Updates


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest = Rest(context, mapping.DIALECT)
    books = mapping.Books(context.instruments, context.alarm)
    return Plugin(
        manifest=context.manifest, auth=Login(context, rest), portfolio=roles.Portfolio(rest, books),
        market=LiveMarket(context, rest), margin=roles.margin(rest), gtt=roles.Forever(rest, books),
        orders=roles.desk(rest, books, mapping.LIVE_PRICE_TYPE), contracts=CsvContracts(context, rest, contracts.FILE),
        stream=lambda: Feed(context), order_codec=lambda: Updates(context, books),
    )  # fmt: skip
