"""How often: repeats, and sends in a second and a minute."""

from __future__ import annotations

from services.trading.risk.exposure import Breach, Exposure, above, barred
from services.trading.risk.limits import Limits


def duplicate(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    limit, age = limits.duplicate_seconds or 0, exposure.same_terms_age
    if age is None or age >= limit:
        return None
    return barred(
        rule, str(limit), f"{age:.1f}", f"the same order was sent {age:.1f} s ago, within {limit} s"
    )


def orders_per_second(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    """Vendors count by the calendar second or by any second: both must hold."""
    sent = max(exposure.sent_this_second, exposure.sent_within_second)
    return above(rule, sent, limits.orders_per_second or 0, "no count")


def orders_per_minute(rule: str, limits: Limits, exposure: Exposure) -> Breach | None:
    return above(rule, exposure.sent_within_minute, limits.orders_per_minute or 0, "no count")
