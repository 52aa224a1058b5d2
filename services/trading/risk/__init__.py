"""Pre-trade rules: `terms` of one order, `limits` of an account, `entry` rules against them, `reservations`."""

from __future__ import annotations

from services.trading.risk.entry import (
    PACE,
    VERSION,
    Fact,
    RiskRefused,
    Ruleset,
    Weighed,
    weigh,
)  # fmt: skip
from services.trading.risk.entry import RULES as ENTRY_RULES
from services.trading.risk.exposure import Breach, Exposure
from services.trading.risk.limits import ORDERS_PER_SECOND, Hours, Limits, checked, strictest
from services.trading.risk.offers import Offer, offered
from services.trading.risk.reservations import Book, Change, Outcome, Reservation, Reservations
from services.trading.risk.terms import (
    MAX_QUANTITY,
    RULES,
    Complaint,
    Facts,
    approve,
    complaints,
    is_reducing,
    normal_prices,
    refuse_entry,
    sentence,
)

__all__ = [
    "ENTRY_RULES", "MAX_QUANTITY", "ORDERS_PER_SECOND", "PACE", "RULES", "VERSION", "Book", "Breach", "Change",
    "Complaint", "Exposure", "Fact", "Facts", "Hours", "Limits", "Offer", "Outcome", "Reservation", "Reservations",
    "RiskRefused", "Ruleset", "Weighed", "approve", "checked", "complaints", "is_reducing", "normal_prices",
    "offered", "refuse_entry", "sentence", "strictest", "weigh",
]  # fmt: skip
