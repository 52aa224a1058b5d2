"""How far from the last trades an exchange takes a limit price: the limit price protection of equity derivatives. Pure.

The exchange's reference is the mean of the trades of thirty seconds, renewed each thirty seconds. Figures are dated
data; where sources differ the narrower one stands, so that nothing is sent outside whichever is true. Sources:
NSE/FAOP/54242 of 28 October 2022 as told by NSE's questions and answers and by a member's support page; futures: 3 %
(one member), or 2 % above and 200 rupees below 10,000 (another).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from domain.instruments import Exchange, Instrument, InstrumentType

WINDOW_SECONDS = 30
# Without a trade for so long the exchange computes a theoretical price, which nobody tells.
STALE_SECONDS = 15 * 60
EXCHANGES = frozenset({Exchange.NFO, Exchange.BFO})


class Reach(msgspec.Struct, frozen=True):
    """From `since` on and up to a reference of `upto` rupees (None: any): so many rupees or percent, the narrower."""

    since: dt.date
    is_option: bool
    upto: Decimal | None
    rupees: Decimal | None
    percent: Decimal | None


REACHES = (
    Reach(dt.date(2022, 10, 28), True, Decimal(50), Decimal(20), None),
    Reach(dt.date(2022, 10, 28), True, None, None, Decimal(40)),
    Reach(dt.date(2022, 10, 28), False, Decimal(10_000), Decimal(200), Decimal(3)),
    Reach(dt.date(2022, 10, 28), False, None, None, Decimal(2)),
)


def reach(instrument: Instrument, reference: Decimal, on: dt.date) -> Decimal | None:
    """Rupees by which a limit may differ from the reference; None where no such rule is known."""
    kind = instrument.instrument_type
    if instrument.exchange not in EXCHANGES or not (kind.is_option or kind is InstrumentType.FUT):
        return None
    dated = [row for row in REACHES if row.since <= on and row.is_option is kind.is_option]
    latest = max((row.since for row in dated), default=None)
    found = next(
        (row for row in dated if row.since == latest and (row.upto is None or reference <= row.upto)), None
    )
    if found is None:
        return None
    share = None if found.percent is None else reference * found.percent / 100
    return min(item for item in (found.rupees, share) if item is not None)
