"""Open interest and volume of a chain in a few figures. Pure.

    pcr        sum of the puts' open interest / sum of the calls'; the same of volume
    max pain   the listed strike S at which holders would be paid least at expiry:
               sum((S - K)+ * call interest) + sum((K - S)+ * put interest)

What a broker does not tell counts as unknown, never as nothing: a sum without any known part is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from services.options.chains import ChainLeg, ChainRow


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of the strikes at hand. oi, volume: units. max_pain: rupees; the lowest strike on a tie."""

    strikes: int
    call_oi: int | None
    put_oi: int | None
    call_volume: int | None
    put_volume: int | None
    max_pain: Decimal | None

    @property
    def pcr_oi(self) -> float | None:
        """Puts to calls by open interest."""
        return _ratio(self.put_oi, self.call_oi)

    @property
    def pcr_volume(self) -> float | None:
        """Puts to calls by volume."""
        return _ratio(self.put_volume, self.call_volume)


def interest(rows: Sequence[ChainRow]) -> Interest:
    """Totals of these rows."""
    calls, puts = [row.call for row in rows], [row.put for row in rows]
    return Interest(
        strikes=len(rows), call_oi=_total(_oi(leg) for leg in calls), put_oi=_total(_oi(leg) for leg in puts),
        call_volume=_total(_volume(leg) for leg in calls), put_volume=_total(_volume(leg) for leg in puts),
        max_pain=max_pain([(row.strike, _oi(row.call) or 0, _oi(row.put) or 0) for row in rows]),
    )  # fmt: skip


def change(leg: ChainLeg | None, before: int | None) -> int | None:
    """Open interest since the previous session's close, units; None unless both are known."""
    now = _oi(leg)
    return None if now is None or before is None else now - before


def max_pain(interests: Sequence[tuple[Decimal, int, int]]) -> Decimal | None:
    """interests: strike, calls' and puts' open interest. None without any open interest."""
    if not any(calls or puts for _, calls, puts in interests):
        return None

    def pain(price: Decimal) -> Decimal:
        return sum(
            (
                max(price - strike, Decimal(0)) * calls + max(strike - price, Decimal(0)) * puts
                for strike, calls, puts in interests
            ),
            Decimal(0),
        )

    return min((strike for strike, _, _ in interests), key=lambda strike: (pain(strike), strike))


def _oi(leg: ChainLeg | None) -> int | None:
    return leg.quote.oi if leg is not None and leg.quote is not None else None


def _volume(leg: ChainLeg | None) -> int | None:
    return leg.quote.volume if leg is not None and leg.quote is not None else None


def _total(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _ratio(puts: int | None, calls: int | None) -> float | None:
    return puts / calls if puts is not None and calls else None
