"""Repository of the GTTs that we hold."""

from __future__ import annotations

import msgspec

from database.models import triggers as tables
from database.triggers.rows import TriggerRows
from domain.gtt import GttTerms
from domain.triggers.held import HeldGtt, HeldState, Leg


class HeldGtts(TriggerRows[HeldGtt]):
    """GTTs by id and account."""

    table = tables.HeldGtt
    name = "trigger_id"
    open_states = ("active", "firing")

    def add(self, gtt: HeldGtt) -> None:
        """Keep a new one."""
        self._session.add(tables.HeldGtt(**self.columns(gtt)))
        self._session.flush()

    def columns(self, value: HeldGtt) -> dict[str, object]:
        """The columns of a GTT."""
        facts = {name: getattr(value, name) for name in value.__struct_fields__}
        return facts | {
            "terms": msgspec.json.encode(value.terms).decode(), "state": value.state.value,
            "leg": value.leg.value if value.leg else None, "reason": value.reason[:500],
        }  # fmt: skip

    def value(self, row: tables.HeldGtt) -> HeldGtt:
        """The GTT of a row."""
        return HeldGtt(
            trigger_id=row.trigger_id, user_id=row.user_id, account_id=row.account_id, broker=row.broker,
            mode=row.mode, strategy=row.strategy, terms=msgspec.json.decode(row.terms, type=GttTerms),
            state=HeldState(row.state), last_price=row.last_price, created_ms=row.created_ms,
            updated_ms=row.updated_ms, expires_ms=row.expires_ms, leg=Leg(row.leg) if row.leg else None,
            claimed_ms=row.claimed_ms, order_id=row.order_id, reason=row.reason, key_id=row.key_id,
        )  # fmt: skip
