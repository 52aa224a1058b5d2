"""Protection and the writes it stands before: each needs the other, so they are built together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.trading.protection.market import GatheredQuotes
from services.trading.protection.policy import Policies
from services.trading.protection.room import Protection
from services.trading.writes import Writes

if TYPE_CHECKING:
    from services.trading.assembly import Trading, TradingParts


def protected_writes(room: Trading, parts: TradingParts) -> tuple[Writes, Protection]:
    """Every write passes protection, which re-prices through the same writes; the desk lets nothing else by."""
    policies = Policies(parts.brokers)
    room.live.guard = policies.require_sayable
    protection = Protection(
        desk=room.live, policies=policies, quotes=GatheredQuotes(room.live), journal=room.journal, bus=parts.events,
        clock=parts.clock, known=room.updates.known, bands=parts.bands,
    )  # fmt: skip
    writes = Writes(room.journal, parts.events, room, parts.ids, protection)
    protection.drive(
        writes=writes,
        instruments=parts.instruments,
        tracing=room.tracing,
        look=room.reconciler.look,
        count=lambda mandate: room.gate.record(mandate, is_order=False),
    )
    return writes, protection
