"""Pre-trade rules: `terms` of one order, `limits` of an account, `entry` rules against them, `reservations`."""

from __future__ import annotations

from services.trading.risk.entry import VERSION, Breach, Exposure, RiskRefused, weigh
from services.trading.risk.limits import Hours, Limits, checked, strictest
from services.trading.risk.reservations import Book, Reservation, Reservations
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
    "MAX_QUANTITY", "RULES", "VERSION", "Book", "Breach", "Complaint", "Exposure", "Facts", "Hours", "Limits",
    "Reservation", "Reservations", "RiskRefused", "approve", "checked", "complaints", "is_reducing", "normal_prices",
    "refuse_entry", "sentence", "strictest", "weigh",
]  # fmt: skip
