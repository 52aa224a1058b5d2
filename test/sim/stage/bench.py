"""What the judge looks at."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from database.journal import IntentRow
from test.sim.stage.app import App
from test.sim.stage.clients import Clients
from test.sim.stage.machine import START
from test.sim.stage.wire import WireCall
from test.sim.stage.world import World
from utils.clock import IST, ist_text

# A row that the disk did not take is tried again every second; the slowest commit takes seven.
LATEST_ROW = 8.0


@dataclass
class Verdict:
    """What is wrong, and the figures. waits: seconds from `could be known` to `resolved`, by end state."""

    wrongs: list[str] = field(default_factory=list)
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Bench:
    """One world at rest: the vendor's book, the wire, the journal, and the clients' wishes."""

    def __init__(self, world: World, clients: Clients) -> None:
        self.world = world
        self.clients = clients
        self.verdict = Verdict()
        self.rows = world.vendor.rows()
        self.principal_of = {
            order_id: principal
            for principal, user in zip(world.principals, world.vendor.users, strict=True)
            for order_id in world.vendor.rows_of(user)
        }
        self.by_tag: dict[str, list[str]] = defaultdict(list)
        for order_id, row in self.rows.items():
            self.by_tag[row["tag"]].append(order_id)
        self.calls = world.wire.writes
        self.call_of = {call.tag: call for call in self.calls if call.tag is not None}
        self.orders_of: dict[str, list[str]] = defaultdict(list)
        for tag, ids in self.by_tag.items():
            self.orders_of[self.call_of[tag].label] += ids
        assert world.app is not None, "the judge sits when the app is up"
        self.app: App = world.app
        self.journal = self._read_journal()

    def _read_journal(self) -> dict[str, IntentRow]:
        with self.app.stores.main.engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM order_intents ORDER BY id")).mappings()
            names = IntentRow.__struct_fields__
            return {row["tag"]: IntentRow(**{name: row[name] for name in names}) for row in found}

    def wrong(self, what: str, *about: object) -> None:
        """One violation."""
        self.verdict.wrongs.append(f"{what}: {' | '.join(str(each) for each in about)}")

    def same(self, order_id: str | None, ids: Sequence[str]) -> bool:
        """Whether an order is the one of these; where orders bear no tag, equal ones may stand for each other."""
        return len(ids) == 1 and (order_id == ids[0] or self._are_equal(order_id, ids[0]))

    def _are_equal(self, one: str | None, other: str) -> bool:
        if self.world.keeps_tags or one not in self.rows:
            return False
        first, second = (self.call_of[self.rows[order_id]["tag"]] for order_id in (one, other))
        return first.terms == second.terms

    def equals_of(self, tag: str) -> list[str]:
        """Tags of all orders that were asked for in the very terms of this one, itself and the never sent included."""
        call, row = self.call_of.get(tag), self.journal.get(tag)
        sent = (
            [] if call is None else [name for name, each in self.call_of.items() if each.terms == call.terms]
        )
        meant = [] if row is None else [name for name, each in self.journal.items() if _same_place(each, row)]
        return list(dict.fromkeys([tag, *sent, *meant]))

    def changed_at(self, order_id: str | None) -> float:
        """When the vendor last changed an order; its words know whole seconds."""
        told = self.rows[order_id]["exchange_update_timestamp"] if order_id in self.rows else ist_text(START)
        moment = dt.datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=IST)
        return (moment - START).total_seconds()

    def _calls_of(self, row: IntentRow) -> list[WireCall]:
        method = "DELETE" if row.operation == "cancel" else "PUT"
        return [
            call for call in self.calls
            if call.label == row.strategy and call.method == method and call.target == row.order_id
        ]  # fmt: skip


def _same_place(one: IntentRow, other: IntentRow) -> bool:
    return (one.operation, one.account_id, one.terms) == (other.operation, other.account_id, other.terms)
