"""Part of the judge: what was pushed to clients, and what the books show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from domain.orders import OrderRow, OrderStatus
from test.sim.stage.app import BROKER, App
from test.sim.stage.bench import Bench
from test.sim.stage.machine import START
from utils.clock import ist_text

# Seconds within which a run has reserved its numbers or failed to.
BEGINNING = 6.0
TERMINAL = ("complete", "cancelled", "rejected")
WORDS = {"COMPLETE": "complete", "CANCELLED": "cancelled", "REJECTED": "rejected", "OPEN": "open",
          "TRIGGER PENDING": "trigger pending"}  # fmt: skip


class Streams(Bench):
    """Streams and books against the vendor's."""

    def _streams(self) -> None:
        """What was pushed to clients: in sequence, never backwards, nothing twice, and right in the end."""
        for user_id in {principal.user_id for principal in self.world.principals}:
            self._stream_of(user_id)

    def _stream_of(self, user_id: int) -> None:
        last_seq, last_of = 0, {}
        for app in self.world.lives:
            shown: dict[str, Any] = {}
            for seq, message in app.bus.streams[user_id]:
                if self._user_of(message.orderid) != user_id:
                    self.wrong("an order in another's stream", user_id, message)
                if seq <= last_seq and not self._could_not_reserve(app):
                    self.wrong("the stream's numbers do not grow", app.life.number, seq, last_seq)
                last_seq = seq
                self._follows(shown.get(message.orderid), message)
                shown[message.orderid] = last_of[message.orderid] = message
        untold = self._untold(user_id)
        for order_id, row in self.rows.items():
            if self._user_of(order_id) != user_id or self._is_old_to(self.world.lives[-1], order_id):
                continue
            message = last_of.get(order_id)
            if order_id in untold and self._is_right(untold[order_id], row):
                continue
            if message is None:
                self.wrong("an order that clients never heard of", order_id, row["status"])
            elif self._differs(message, row):
                self.wrong("clients were left with a wrong state", message, row)

    def _could_not_reserve(self, app: App) -> bool:
        """Two runs in a row that a full disk kept from reserving numbers know nothing of each other."""
        before = self.world.lives[max(0, app.life.number - 2)]
        failures = self.world.disk.failures
        return all(
            any(each.began_at <= at <= each.began_at + BEGINNING for at in failures) for each in (before, app)
        )

    def _is_old_to(self, app: App, order_id: str) -> bool:
        """Without stories of orders: to a start with a clock an hour ahead, what the first book shows is no news."""
        if self.world.keeps_story:
            return False
        reads = [at for at, good in self.world.wire.read_ends if good and at > app.began_at]
        first = reads[: len(self.world.principals)][-1:] or [app.began_at]
        begun = START + dt.timedelta(seconds=first[0] + 1.0)
        return app.began_wall > app.began_at and self.rows[order_id]["exchange_update_timestamp"] <= ist_text(
            begun
        )

    def _follows(self, before: Any, message: Any) -> None:
        if before is None:
            return
        if message.filled_quantity < before.filled_quantity:
            self.wrong("fills shrank in the stream", before, message)
        if before.order_status in TERMINAL and message.order_status not in TERMINAL:
            self.wrong("an order came back to life in the stream", before, message)
        fields = ("order_status", "filled_quantity", "quantity", "price", "trigger_price", "average_price",
                  "rejection_reason", "pricetype", "pending_quantity")  # fmt: skip
        if all(getattr(before, name) == getattr(message, name) for name in fields):
            self.wrong("the same was told twice", message)

    def _user_of(self, order_id: str) -> int | None:
        principal = self.principal_of.get(order_id)
        return principal and principal.user_id

    def _untold(self, user_id: int) -> dict[str, OrderRow]:
        """Last states that a run stored and died before telling: whoever comes back is given them."""
        heard = [[seq for seq, _ in app.bus.streams[user_id]] for app in self.world.lives]
        spans = [(seqs[0], seqs[-1]) for seqs in heard if seqs]
        latest = heard[-1][0] if heard[-1] else None
        return {
            each.row.order_id: each.row
            for each in self.app.trading.stream.last_states("live", 0)
            if not any(first <= each.seq <= last for first, last in spans)
            and (latest is None or each.seq < latest)
        }

    @staticmethod
    def _is_right(stored: OrderRow, row: dict[str, Any]) -> bool:
        told = (stored.status.value, stored.filled_quantity, stored.quantity)
        if told != (WORDS[row["status"]], row["filled_quantity"], row["quantity"]):
            return False
        average = float(stored.average_price or 0)
        return not row["filled_quantity"] or abs(average - float(row["average_price"])) <= 0.01

    @staticmethod
    def _differs(message: Any, row: dict[str, Any]) -> bool:
        told = (message.order_status, message.filled_quantity, message.quantity)
        if told != (WORDS[row["status"]], row["filled_quantity"], row["quantity"]):
            return True
        return bool(
            row["filled_quantity"] and abs(message.average_price - float(row["average_price"])) > 0.01
        )

    def _books(self) -> None:
        """The app's own books and positions are the vendor's."""
        for principal, user in zip(self.world.principals, self.world.vendor.users, strict=True):
            self._books_of(principal.account_id, user)

    def _books_of(self, account_id: int, user: str) -> None:
        desk, vendor = self.app.trading.live, self.world.vendor
        book = self.world.call(lambda: desk.order_book(account_id, BROKER), "judge-book")
        if {row.order_id for row in book} != set(vendor.rows_of(user)):
            self.wrong("the order book is not the vendor's", user)
        working = [row for row in book if row.status is OrderStatus.UNKNOWN]
        if working:
            self.wrong("a status that nobody knows", working)
        found = self.world.call(lambda: desk.positions(account_id, BROKER), "judge-positions")
        ours = {(row.symbol, str(row.product)): row.quantity for row in found if row.quantity}
        if ours != vendor.positions(user):
            self.wrong("positions disagree", user, ours, vendor.positions(user))
