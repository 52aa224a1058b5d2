"""Which limit stands in for a market order or a stop-market: pure, always inside the band, on the tick grid."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from broker.core.manifest import Ladder
from domain.orders import Side


class Band(msgspec.Struct, frozen=True):
    """Lowest and highest price that the exchange takes, rupees, both included; None for an edge nobody told."""

    low: Decimal | None
    high: Decimal | None

    @property
    def is_known(self) -> bool:
        """Both edges were told."""
        return self.low is not None and self.high is not None

    def narrowed(self, by: Band) -> Band:
        """What lies inside both; edges that nobody told do not bind."""
        lows = [edge for edge in (self.low, by.low) if edge is not None]
        highs = [edge for edge in (self.high, by.high) if edge is not None]
        return Band(max(lows, default=None), min(highs, default=None))

    def holds(self, price: Decimal) -> bool:
        """Whether the price is on the right side of every edge that is known."""
        return (self.low is None or self.low <= price) and (self.high is None or price <= self.high)


def next_price(
    side: Side, reference: Decimal | None, band: Band, tick: Decimal, ladder: Ladder, rung: int
) -> Decimal | None:
    """The limit of this rung: beyond the reference (opposite touch, else LTP), cut at the band.

    None when the reference is unknown or the band holds no tick: then nothing may be sent.
    """
    if reference is None or reference <= 0:
        return None
    percent = ladder.first_percent + ladder.step_percent * rung
    return _beyond(side, reference, percent, band, tick)


def stop_limit(side: Side, trigger: Decimal, percent: Decimal, band: Band, tick: Decimal) -> Decimal | None:
    """The limit of the SL that replaces an SL-M; the trigger itself is kept as asked.

    None when the trigger lies outside the band: such a stop may not be sent.
    """
    if not band.holds(trigger):
        return None
    limit = _beyond(side, trigger, percent, band, tick)
    if limit is None or (limit - trigger) * side.sign < 0:
        return None
    return limit


def _beyond(side: Side, anchor: Decimal, percent: Decimal, band: Band, tick: Decimal) -> Decimal | None:
    """Rounded outwards so that a small percentage is never cut to nothing, then cut inwards at the band."""
    lowest = tick if band.low is None else max(_on_grid(band.low, tick, ROUND_CEILING), tick)
    highest = None if band.high is None else _on_grid(band.high, tick, ROUND_FLOOR)
    if highest is not None and lowest > highest:
        return None
    outwards = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    wanted = max(_on_grid(anchor * (100 + side.sign * percent) / 100, tick, outwards), lowest)
    return wanted if highest is None else min(wanted, highest)


def _on_grid(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding=rounding) * tick


__all__ = ["Band", "Ladder", "next_price", "stop_limit"]
