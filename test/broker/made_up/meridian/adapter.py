"""Meridian in the house's roles."""

from __future__ import annotations

from broker.core import tables as t
from broker.core.contract_files.reading import FileContracts
from broker.core.endpoint import ask, field, get, withdraw, write
from broker.core.rest import Rest, TableDesk, TablePortfolio
from broker.core.roles import Plugin, PluginContext
from broker.core.table_roles.login import LoginCalls, TableLogin
from broker.core.table_roles.market import TableMarket

from . import contracts, mapping
from .stream import MeridianStream


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest, books = Rest(context, mapping.DIALECT), mapping.Books(context.instruments, context.alarm)
    own, done = "/orders/{order_id}", mapping.order_id
    return Plugin(
        manifest=context.manifest,
        auth=TableLogin(context, rest, LoginCalls(
            login=write("login", "POST /session", mapping.login, "read", mapping.LOGIN, body="json", signed=False),
            check=get("check", "/session", t.an_object, "read"),
            logout=write("logout", "DELETE /session", lambda _data: None, "read", (), body="query"))),
        orders=TableDesk(
            rest,
            place=write("place", "POST /orders", done, "order", mapping.PLACE, body="json"),
            modify=write("modify", f"PUT {own}", done, "order", mapping.MODIFY, body="json"),
            cancel=withdraw("cancel", f"DELETE {own}", done, "order", (mapping.ORDER_ID,)),
            order_book=get("order book", "/orders", books.orders, "read"),
            trade_book=get("trade book", "/trades", books.trades, "read")),
        portfolio=TablePortfolio(
            rest, positions=get("positions", "/positions", books.positions, "read"),
            holdings=get("holdings", "/holdings", books.holdings, "read"),
            funds=(get("funds", "/funds", mapping.funds, "read"),), sum_funds=lambda funds: funds),
        market=TableMarket(
            context, rest, name=mapping.name,
            depths=ask("quotes", "POST /quotes", mapping.depths, "data", (field("contracts", mapping.names),), "json"),
            history=get("history", mapping.BARS, list, "data", mapping.HISTORY)),
        contracts=FileContracts(context, rest, contracts.FILE),
        stream=lambda: MeridianStream(context, books),
    )  # fmt: skip
