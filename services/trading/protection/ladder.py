"""Which limit stands in for a market order or a stop-market: pure, always inside the band, on the tick grid."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from domain.orders import Side


class Band(msgspec.Struct, frozen=True):
    """Lowest and highest price that the exchange takes, rupees, both included."""

    low: Decimal
    high: Decimal


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """`first_percent` beyond the reference, `step_percent` more on each rung; the last rung is `rungs - 1`."""

    first_percent: Decimal
    step_percent: Decimal
    rungs: int
    rung_seconds: float

    def rung_at(self, elapsed: float) -> int | None:
        """The rung due after this many seconds; None when the deadline has passed."""
        rung = int(elapsed // self.rung_seconds)
        return rung if 0 <= rung < self.rungs else None


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
    if not band.low <= trigger <= band.high:
        return None
    limit = _beyond(side, trigger, percent, band, tick)
    if limit is None or (limit - trigger) * side.sign < 0:
        return None
    return limit


def _beyond(side: Side, anchor: Decimal, percent: Decimal, band: Band, tick: Decimal) -> Decimal | None:
    """Rounded outwards so that a small percentage is never cut to nothing, then cut inwards at the band."""
    lowest = _on_grid(band.low, tick, ROUND_CEILING)
    highest = _on_grid(band.high, tick, ROUND_FLOOR)
    if lowest > highest or lowest <= 0:
        return None
    outwards = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    wanted = _on_grid(anchor * (100 + side.sign * percent) / 100, tick, outwards)
    return min(max(wanted, lowest), highest)


def _on_grid(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding=rounding) * tick
