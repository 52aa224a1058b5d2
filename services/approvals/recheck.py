"""Whether what an approver decides on is still what the caller meant: age and price. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

HUNDRED = Decimal(100)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When a waiting order needs a second look. confirm_seconds, life_seconds: age. confirm_percent: price move."""

    confirm_seconds: float
    confirm_percent: Decimal
    life_seconds: float


def doubts(
    limits: Limits, *, age_seconds: float, then: Mapping[str, str], now: Mapping[str, str | None]
) -> list[str]:
    """Sentences why an approval must be given again; empty when nothing changed. Prices by EXCHANGE:SYMBOL."""
    found = []
    if age_seconds > limits.confirm_seconds:
        found.append(f"the request is {int(age_seconds)} s old")
    for name, price in now.items():
        before = then.get(name)
        if price is None:
            found.append(f"{name} has no price now")
        elif before is None:
            found.append(f"{name} had no price when it was queued and is at {price} now")
        else:
            moved = moved_percent(Decimal(before), Decimal(price))
            if moved is None or abs(moved) > limits.confirm_percent:
                change = "" if moved is None else f" ({moved:+.2f} %)"
                found.append(f"{name} moved from {before} to {price}{change}")
    return found


def moved_percent(before: Decimal, now: Decimal) -> Decimal | None:
    """Change in percent; None when the earlier price is no base."""
    return (now - before) / before * HUNDRED if before > 0 else None
