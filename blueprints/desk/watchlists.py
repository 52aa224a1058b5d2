"""The user's watch lists: read and replaced as a whole, so that any order of anything is one change."""

from __future__ import annotations

from typing import Annotated, Any

import flask
from pydantic import BeforeValidator, Field

from blueprints.edge import Call, Form, session_route
from domain.desk.watchlists import (
    ID_PATTERN,
    LONGEST_NAME,
    MOST_ENTRIES,
    MOST_GROUPS,
    MOST_LISTS,
    Entry,
    Group,
    Watchlist,
    Watchlists,
)
from services.desk.watchlists import Seen, WatchlistConflict
from services.wire.fields import ExchangeWord, Symbol, clean

blueprint = flask.Blueprint("watchlists", __name__)

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Name = Annotated[str, BeforeValidator(clean)]
LIMITS = {"lists": MOST_LISTS, "groups": MOST_GROUPS, "symbols": MOST_ENTRIES}


class SymbolForm(Form):
    """One instrument."""

    symbol: Symbol
    exchange: ExchangeWord


class GroupForm(Form):
    """One section of a list; without a name its symbols have no heading."""

    id: Id
    name: Annotated[Name, Field(max_length=LONGEST_NAME)] = ""
    collapsed: bool = False
    symbols: list[SymbolForm] = Field(max_length=MOST_ENTRIES)


class ListForm(Form):
    """One list."""

    id: Id
    name: Annotated[Name, Field(min_length=1, max_length=LONGEST_NAME)]
    groups: list[GroupForm] = Field(max_length=MOST_GROUPS)


class ListsForm(Form):
    """All lists. version: of the lists that this change is based on."""

    version: Annotated[int, Field(ge=0, strict=True)]
    lists: list[ListForm] = Field(min_length=1, max_length=MOST_LISTS)


@session_route(blueprint, "/ui/api/watchlists")
def show_watchlists(call: Call) -> Any:
    """Lists, groups and instruments in the user's order, each instrument with its state."""
    return _shown(call, call.services.watchlists.get(call.principal.user_id))


@session_route(blueprint, "/ui/api/watchlists", methods=("PUT",), body=ListsForm)
def replace_watchlists(call: Call) -> Any:
    """Replace everything; 409 with the current lists when they are not the version seen any more."""
    form: ListsForm = call.body
    wanted = Watchlists(form.version, tuple(map(_list, form.lists)))
    try:
        return _shown(call, call.services.watchlists.replace(call.principal, wanted))
    except WatchlistConflict as conflict:
        conflict.details = {"current": _shown(call, conflict.current)}
        raise


def _list(form: ListForm) -> Watchlist:
    groups = (
        Group(group.id, group.name, tuple(Entry(item.exchange, item.symbol) for item in group.symbols),
              group.collapsed)
        for group in form.groups
    )  # fmt: skip
    return Watchlist(form.id, form.name, tuple(groups))


def _shown(call: Call, lists: Watchlists) -> dict[str, Any]:
    seen = call.services.watchlists.seen(call.principal, lists)
    return {
        "version": lists.version,
        "limits": LIMITS,
        "lists": [
            {"id": one.id, "name": one.name, "groups": [_shown_group(group, seen) for group in one.groups]}
            for one in lists.lists
        ],
    }


def _shown_group(group: Group, seen: dict[Any, Seen]) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "collapsed": group.collapsed,
        "symbols": [_shown_entry(seen[entry.key]) for entry in group.entries],
    }


def _shown_entry(seen: Seen) -> dict[str, Any]:
    """Lot size and type are null for what the contract master does not hold."""
    instrument = seen.instrument
    return {
        "symbol": seen.entry.symbol,
        "exchange": seen.entry.exchange.value,
        "state": seen.state,
        "expiry": seen.entry.expiry,
        "name": instrument.name if instrument else None,
        "instrumenttype": instrument.instrument_type.value if instrument else None,
        "lotsize": instrument.lot_size if instrument else None,
    }
