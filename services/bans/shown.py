"""Bans and watched addresses as the desk is told of them."""

from __future__ import annotations

from typing import Any

import msgspec

from database.bans.rows import BanRecord, WatchRecord
from services.bans.rules import BanRules
from utils.clock import ist

MOST_SHOWN = 100


def rules_view(rules: BanRules) -> dict[str, Any]:
    """Every rule under its name."""
    return msgspec.structs.asdict(rules)


def ban_view(record: BanRecord) -> dict[str, Any]:
    """One ban; `until` null is for good. Times in IST."""
    return {
        "address": record.address, "reason": record.reason, "note": record.note, "times": record.times,
        "banned_at": ist(record.banned_at).isoformat(timespec="seconds"),
        "until": ist(record.until).isoformat(timespec="seconds") if record.until else None,
    }  # fmt: skip


def watch_view(watch: WatchRecord) -> dict[str, Any]:
    """What one address did wrong within its day. seen: paths, or digests of keys."""
    return {
        "address": watch.address, "kind": watch.kind, "count": watch.count, "seen": watch.seen,
        "first_at": ist(watch.first_at).isoformat(timespec="seconds"),
        "last_at": ist(watch.last_at).isoformat(timespec="seconds"),
    }  # fmt: skip
