"""Part of the judge: the time line of every order, as its owner reads it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec

from database.order_events import EventRow, OrderEventRows
from services.accounts.principal import Principal
from services.trading.timeline.reading import TimeLines
from test.sim.stage.bench import Bench
from test.sim.stage.streams import TERMINAL, WORDS

SHOWN = ("status", "filled_quantity", "quantity", "price", "trigger_price", "average_price")
OURS = frozenset({"answered", "acked", "sent", "journalled", "resolved"})


class Stories(Bench):
    """Time lines against the vendor's book."""

    def _stories(self) -> None:
        """Each order's states once and in order up to the vendor's last, its fills adding up, its sending told."""
        if not self.world.keeps_story:
            return
        lines = TimeLines(self.app.stores.logs, self.app.stores.main)
        for order_id, row in self.rows.items():
            principal = self.principal_of[order_id]
            line = self.world.call(lambda p=principal, o=order_id: lines.of(p, order_id=o), "judge-story")
            states = [each.data for each in self._written(principal, order_id)]
            self.verdict.counts["story states"] += len(states)
            self._in_order(order_id, states)
            end = [(each["status"], each["filled_quantity"]) for each in states[-1:]]
            if end != [(WORDS[row["status"]], row["filled_quantity"])]:
                self.wrong("a story ends otherwise than its order", order_id, states[-1:], row)
            told = [entry.facts for entry in line.entries if entry.stage == "state"]
            if len(told) != len(states):
                self.wrong("a time line leaves states out or tells them twice", order_id, told, states)
            fills = sum(entry.facts["quantity"] for entry in line.entries if entry.stage == "fill")
            if fills != row["filled_quantity"]:
                self.wrong("the fills of a story do not add up", order_id, fills, row["filled_quantity"])
            if not OURS & {entry.stage for entry in line.entries}:
                self.wrong("a story does not say that we sent the order", order_id, line)

    def _written(self, principal: Principal, order_id: str) -> list[EventRow]:
        """States in the order in which they were written; their times are those of a clock that may have leapt."""
        with self.app.stores.logs.reading() as unit:
            rows = OrderEventRows(unit).of_order(principal.user_id, principal.account_id, order_id)
        states = sorted((row for row in rows if row.kind == "state"), key=lambda row: row.id)
        # A batch whose commit failed in appearance only stands twice; readers pass over that.
        return list({msgspec.json.encode(msgspec.structs.replace(row, id=0)): row for row in states}.values())

    def _in_order(self, order_id: str, states: list[dict[str, Any]]) -> None:
        for before, after in pairwise(states):
            if all(before.get(name) == after.get(name) for name in SHOWN):
                self.wrong("a story tells a state twice", order_id, after)
            if after["filled_quantity"] < before["filled_quantity"]:
                self.wrong("fills shrink in a story", order_id, before, after)
            if before["status"] in TERMINAL and after["status"] not in TERMINAL:
                self.wrong("an order comes back to life in its story", order_id, before, after)
