"""Part of the judge: what clients were told, wish by wish."""

from __future__ import annotations

from collections import Counter
from typing import Any

from services.trading.commands import Basket, Close, Place, Smart, Split
from test.sim.stage.bench import LATEST_ROW, Bench
from test.sim.stage.clients import UNKNOWN, Attempt, Wish


class Answers(Bench):
    """Answers against the vendor's book."""

    def _duplicates(self) -> None:
        """No intent and no wish stands twice."""
        for tag, ids in self.by_tag.items():
            if len(ids) > 1:
                self.wrong("one intent, several orders", tag, ids)
        for wish in self.clients.wishes:
            ids = self.orders_of[wish.label]
            most = self._most_orders(wish)
            if most is not None and len(ids) > most:
                self.wrong("a wish became more orders than wished for", wish.label, wish.kind, most, ids)

    @staticmethod
    def _most_orders(wish: Wish) -> int | None:
        """How many orders a wish may become; None where only the plan itself knows."""
        if wish.kind in ("smart", "close"):
            ran = [attempt for attempt in wish.attempts if attempt.plan is not None]
            return len(ran[-1].plan.legs) if ran and ran[-1].plan else None
        return wish.orders

    def _overshoot(self, wish: Wish) -> None:
        """The orders of a basket or split are among those asked for, and together no more than that."""
        if not isinstance(wish.command, Basket | Split):
            return
        asked = wish.command.orders if isinstance(wish.command, Basket) else (wish.command.order,)
        most: Counter[tuple[str, str, str]] = Counter()
        sent: Counter[tuple[str, str, str]] = Counter()
        for order in asked:
            most[order.symbol, order.side.value, order.product.value] += int(order.quantity)
        for order_id in self.orders_of[wish.label]:
            row = self.rows[order_id]
            sent[row["tradingsymbol"], row["transaction_type"], row["product"]] += row["quantity"]
        if sent - most:
            self.wrong("a plan sent more than was asked for", wish.label, sent, most)

    def _steered(self, wish: Wish) -> None:
        """An order towards a wanted position, or out of one, is no larger than it ever was away while it was asked."""
        if not isinstance(wish.command, Smart | Close) or not self.orders_of[wish.label]:
            return
        wanted = int(wish.command.position_size) if isinstance(wish.command, Smart) else 0
        rows = [self.rows[order_id] for order_id in self.orders_of[wish.label]]
        sent = sum(row["quantity"] * (1 if row["transaction_type"] == "BUY" else -1) for row in rows)
        begun = min(attempt.begun for attempt in wish.attempts)
        ended = max(call.at for call in self.calls if call.label == wish.label)
        away = [wanted - net for net in self._held(wish, begun, ended)]
        bought, sold = self._moving(wish, begun, ended)
        if not min(0, *away) - bought <= sent <= max(0, *away) + sold:
            self.wrong("an order beyond the position that was wanted", wish.label, wanted, sent, away)

    def _moving(self, wish: Wish, begun: float, ended: float) -> tuple[int, int]:
        """Units of other MARKET orders on their way then, by side: they count as held, whatever becomes of them."""
        units = {"BUY": 0, "SELL": 0}
        command: Any = wish.command
        own = self.orders_of[wish.label]
        for call in self.calls:
            row = self.rows.get(call.order_id or "") if call.method == "POST" else None
            if (
                row is None
                or call.order_id in own
                or self.principal_of[row["order_id"]] is not wish.principal
            ):
                continue
            same = (row["tradingsymbol"], row["product"]) == (command.symbol, str(command.product))
            if same and row["order_type"] == "MARKET" and call.at <= ended:
                # The vendor's words know whole seconds, and a book is a second old at most.
                units[row["transaction_type"]] += row["quantity"] * (
                    self.changed_at(call.order_id) + 2.0 >= begun
                )
        return units["BUY"], units["SELL"]

    def _held(self, wish: Wish, begun: float, ended: float) -> list[int]:
        """What the account held of the wish's contract at any time between."""
        command: Any = wish.command
        place = self.world.principals.index(wish.principal)
        key = (self.world.vendor.users[place], command.symbol, str(command.product))
        past = self.world.vendor.net.get(key, [(0.0, 0)])
        before = [net for at, net in past if at <= begun]
        return [before[-1], *(net for at, net in past if begun < at <= ended)]

    def _isolation(self, wish: Wish) -> None:
        """Nothing of one account reaches another's."""
        for order_id in self.orders_of[wish.label]:
            if self.principal_of[order_id] is not wish.principal:
                self.wrong("an order in another's account", wish.label, order_id)
        target = self.principal_of.get(getattr(wish.command, "order_id", ""))
        if target not in (None, wish.principal) and any(each.outcome == "acked" for each in wish.attempts):
            self.wrong("a change of another's order was told as done", wish.label, wish.command)
        for call in self.calls:
            if call.label == wish.label and self.principal_of.get(call.order_id or "") not in (
                None,
                wish.principal,
            ):
                self.wrong("another's order was changed", wish.label, call)

    def _told(self, wish: Wish) -> None:
        for attempt in wish.attempts:
            self.verdict.counts[f"told {attempt.outcome}"] += 1
        if wish.kind == "place":
            self._told_place(wish)
        elif wish.kind in ("modify", "cancel"):
            self._told_change(wish)
        else:
            self._told_plan(wish)
        for attempt in wish.attempts:
            if attempt.outcome == "unknown" and not self._is_unknowable(wish, attempt):
                self.wrong("unknown was told although the answer was clear", wish.label, attempt)

    def _told_place(self, wish: Wish) -> None:
        ids = self.orders_of[wish.label]
        for attempt in wish.attempts:
            if attempt.outcome == "acked":
                if not self.same(attempt.order_id, ids):
                    self.wrong("told an order that is not the one at the broker", wish.label, attempt, ids)
                elif not self._same_terms(wish.command, self.rows[ids[0]], modified=attempt.order_id):
                    self.wrong("another order than asked for", wish.label, self.rows[ids[0]])
        last = max(wish.attempts, key=lambda attempt: attempt.ended)
        if last.outcome == "refused" and last.code != "DUPLICATE_KEY" and ids:
            self.wrong("told refused, but it is live", wish.label, last, ids)

    def _same_terms(self, command: Any, row: dict[str, Any], modified: str | None) -> bool:
        assert isinstance(command, Place)
        named = (command.symbol, command.side.value, command.product.value)
        if named != (row["tradingsymbol"], row["transaction_type"], row["product"]):
            return False
        changed = row["modified"]
        return changed or int(command.quantity) == row["quantity"]

    def _told_change(self, wish: Wish) -> None:
        """A cancel or modify told as done was done; one told as refused was not."""
        calls = [call for call in self.calls if call.label == wish.label]
        acted = [call for call in calls if call.order_id is not None]
        for attempt in wish.attempts:
            if attempt.outcome == "acked" and not acted and not self._shows(wish):
                self.wrong("told a change that never happened", wish.label, attempt)
        last = max(wish.attempts, key=lambda attempt: attempt.ended)
        if last.outcome == "refused" and last.code not in ("DUPLICATE_KEY", "ORDER_STATE") and acted:
            self.wrong("told a change as refused that happened", wish.label, last, acted)

    def _shows(self, wish: Wish) -> bool:
        """Whether the order is as the change wants it, by whatever way."""
        row = self.rows.get(getattr(wish.command, "order_id", ""), {})
        if wish.kind == "cancel":
            return row.get("status") == "CANCELLED"
        command: Any = wish.command
        same = int(command.quantity) == row.get("quantity")
        return same and (command.price is None or float(command.price) == row.get("price"))

    def _told_plan(self, wish: Wish) -> None:
        """Every leg told as accepted is there; legs told as refused are not."""
        ran = [attempt for attempt in wish.attempts if attempt.plan is not None]
        if not ran:
            last = max(wish.attempts, key=lambda attempt: attempt.ended)
            if last.outcome == "refused" and last.code != "DUPLICATE_KEY" and self.orders_of[wish.label]:
                self.wrong("a plan told as refused has orders", wish.label, last, self.orders_of[wish.label])
            return
        plan = ran[-1].plan
        assert plan is not None
        if wish.kind == "cancel_all":
            return
        ids = self.orders_of[wish.label]
        for leg in plan.legs:
            if leg.order_id is not None and not any(self.same(leg.order_id, [one]) for one in ids):
                self.wrong("a leg told as accepted is not at the broker", wish.label, leg)
        possible = [leg for leg in plan.legs if leg.order_id is not None or leg.code == UNKNOWN]
        # A later run of the plan that was not answered may have sent the legs that this one was refused.
        is_last = all(attempt.ended <= ran[-1].ended for attempt in wish.attempts)
        if is_last and len(ids) > len(possible):
            self.wrong("a leg told as refused is live", wish.label, plan, ids)

    def _is_unknowable(self, wish: Wish, attempt: Attempt) -> bool:
        """Some call for this wish got no clear answer before, or an earlier run of it died."""
        before = [each for each in wish.attempts if each.begun <= attempt.ended]
        if any(each.outcome == "died" for each in before):
            return True
        if any(each.life < attempt.life and self._was_forgotten(each) for each in before):
            return True
        calls = [call for call in self.calls if call.label == wish.label and call.at <= attempt.ended]
        return any(call.told == "nothing" for call in calls)

    def _was_forgotten(self, attempt: Attempt) -> bool:
        """Its end was known to a run that died before a failing disk took it; the next one finds the intent only."""
        death = self.world.deaths.get(attempt.life)
        failures = self.world.disk.failures
        return death is not None and any(
            max(attempt.begun, death - LATEST_ROW) <= at <= death for at in failures
        )
