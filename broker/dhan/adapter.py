"""Dhan: DhanHQ v2 in the house's roles, with consent login, sockets and forever orders."""

from __future__ import annotations

from collections.abc import Sequence

from broker.core import tables as t
from broker.core.contract_files.reading import FileContracts
from broker.core.endpoint import ask, keyed
from broker.core.rest import Rest
from broker.core.roles import Plugin, PluginContext, Session
from broker.families.dhan import contracts, mapping, roles
from broker.families.dhan.login import Login
from broker.families.dhan.stream import Feed, Updates
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth

_SEGMENTS = (*(segment for _, segment in mapping.PLACES.values()), mapping.INDEX_SEGMENT)
QUOTES = ask("quotes", "POST /marketfeed/quote", t.section("data"), "quote", keyed(*_SEGMENTS), "json")


class Market(roles.Market):
    """Quotes and depth too, which the sandbox lacks."""

    def depths(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Depth]:
        wanted: dict[str, list[int] | None] = {
            place: [int(item.token) for item in instruments if item.broker_exchange == place] or None
            for place in _SEGMENTS
        }
        data = self._rest.call(session, QUOTES, wanted)
        rows = (
            (item, t.inside(item.broker_exchange, t.section(item.token, optional=True))(data))
            for item in instruments
        )
        return {item.key: mapping.depth(row) for item, row in rows if row is not None}


def build(context: PluginContext) -> Plugin:
    """The plug-in."""
    rest = Rest(context, mapping.DIALECT)
    books = mapping.Books(context.instruments, context.alarm)
    return Plugin(
        manifest=context.manifest, auth=Login(context, rest), portfolio=roles.Portfolio(rest, books),
        market=Market(context, rest), margin=roles.margin(rest), gtt=roles.Forever(rest, books),
        orders=roles.desk(rest, books, mapping.LIVE_PRICE_TYPE), contracts=FileContracts(context, rest, contracts.FILE),
        stream=lambda: Feed(context), order_codec=lambda: Updates(context.hosts["orders"], books.order))  # fmt: skip
