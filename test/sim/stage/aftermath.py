"""Part of the judge: the journal's last words, and how long they took."""

from __future__ import annotations

from database.journal import IntentRow
from test.sim.stage.bench import LATEST_ROW, Bench
from test.sim.stage.wire import WireCall

LONGEST_UNKNOWN = 5.0


class Aftermath(Bench):
    """Intents against the vendor's book."""

    def _intents(self) -> None:
        """The journal's last word on every intent."""
        owners: dict[str, str] = {}
        for tag, row in self.journal.items():
            self.verdict.counts[f"journal {row.operation} {row.state}"] += 1
            if row.state in ("pending", "unknown"):
                if not self._is_ambiguous(row):
                    self.wrong("an intent without an end", row)
            elif row.operation == "place":
                ids = self.by_tag.get(tag, [])
                if any(
                    self.principal_of[one].account_id != row.account_id
                    for one in (*ids, row.order_id)
                    if one in self.rows
                ):
                    self.wrong("an intent of one account with an order of another", row, ids)
                if row.state == "acked" and owners.setdefault(str(row.order_id), tag) != tag:
                    self.wrong("two intents own one order", row, owners[str(row.order_id)])
                if row.state == "acked" and not self.same(row.order_id, ids):
                    self.wrong("the journal knows an order that is not there", row, ids)
                if row.state in ("refused", "absent") and ids:
                    self.wrong("the journal says it is not live, but it is", row, ids)
            elif row.state in ("refused", "absent"):
                self._change_not_done(row)
        for tag, ids in self.by_tag.items():
            if tag not in self.journal and not self._may_lack_a_row(tag):
                self.wrong("an order without an intent", tag, ids, self.call_of[tag])

    def _is_ambiguous(self, row: IntentRow) -> bool:
        """Without tags the book cannot tell equal orders apart: some of them came, and not as many as are missed."""
        if self.world.keeps_tags or row.operation != "place":
            return False
        equal = [self.journal[tag] for tag in self.equals_of(row.tag) if tag in self.journal]
        owned = {each.order_id for each in equal if each.state == "acked"}
        here = {one for tag in self.equals_of(row.tag) for one in self.by_tag.get(tag, [])}
        missed = sum(each.state in ("pending", "unknown") for each in equal)
        return len(here - owned) not in (0, missed)

    def _change_not_done(self, row: IntentRow) -> None:
        """A cancel said not to have happened: each that the vendor acted on must have an intent that says so."""
        acted = [
            call
            for call in self._calls_of(row)
            if call.order_id is not None and not self._died_unwritten(call)
        ]
        known = [
            other for other in self.journal.values()
            if (other.operation, other.order_id, other.strategy) == (row.operation, row.order_id, row.strategy)
            and other.state == "acked"
        ]  # fmt: skip
        if row.operation == "cancel" and len(acted) > len(known):
            self.wrong("the journal says a change did not happen, but it did", row, acted)

    def _died_unwritten(self, call: WireCall) -> bool:
        """A cancel may go out while the disk is full; its run may die before the disk takes the row."""
        death, failures = self.world.deaths.get(call.life), self.world.disk.failures
        return death is not None and any(
            call.at - LATEST_ROW <= at <= min(death, call.at + LATEST_ROW) for at in failures
        )

    def _may_lack_a_row(self, tag: str) -> bool:
        """Only an exit may be sent without a journal row, and only when the disk fails."""
        wish = next((each for each in self.clients.wishes if each.label == self.call_of[tag].label), None)
        return wish is not None and wish.kind in ("close", "smart")

    def _resolutions(self) -> None:
        """How long after it could be known each unknown outcome was settled."""
        ends: dict[str, tuple[float, str]] = {}
        for app in self.world.lives:
            ends.update(app.resolved)
        for tag, (at, state) in ends.items():
            row = self.journal.get(tag)
            if row is None:
                continue
            waited = self._waited(self._knowable_at(tag, row, at), at)
            self.verdict.waits[f"{row.operation} {state}"].append(waited)
            is_plain = self.world.keeps_tags or len(self.equals_of(tag)) == 1
            if state == "acked" and waited > LONGEST_UNKNOWN and is_plain:
                self.wrong("an unknown outcome was settled late", f"{waited:.2f} s", f"at {at:.2f}", row)

    def _waited(self, since: float, until: float) -> float:
        """Seconds, without those that a slow disk took of them."""
        slow = [(max(begun, since), min(ended, until)) for begun, ended in self.world.disk.slowed]
        return until - since - sum(ended - begun for begun, ended in slow if ended > begun)

    def _knowable_at(self, tag: str, row: IntentRow, resolved_at: float) -> float:
        """When a look at the book could first have told: connectivity, login, life and the order all there."""
        # A change that was sent anew after the first was proven absent is the newer call's.
        changes = [each for each in self._calls_of(row) if each.at <= resolved_at]
        call = self.call_of.get(tag) or (changes[-1] if changes else None)
        moments = [0.0, self.world.wire.down_until, *self.world.disk.failures]
        if call is not None:
            moments.append(call.told_at or call.at)
            if call.order_id is not None:
                visible_at = self.world.vendor.orders.hidden_until.get(call.order_id, 0.0)
                if visible_at > resolved_at:
                    return resolved_at  # a push told it before any book could
                moments += [call.acted_at, visible_at]
        if row.operation != "place":
            # Another call may have brought about what this one asked for.
            changed_at = self.changed_at(row.order_id)
            moments.append(min(changed_at + 1.0, resolved_at) if changed_at <= resolved_at else 0.0)
        moments += [at for at in self.world.logins if at <= resolved_at]
        moments += [at for at, good in self.world.wire.read_ends if not good and at <= resolved_at]
        moments += [app.began_at for app in self.world.lives if app.began_at <= resolved_at]
        return min(max(moment for moment in moments if moment <= resolved_at), resolved_at)
