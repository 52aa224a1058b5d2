"""How far the numbers of the order stream may have been counted. Written by the journal's writer."""

from __future__ import annotations

from sqlalchemy import text

from database.stores import Unit

RESERVE = "UPDATE order_stream SET reserved=:reserved WHERE id=1 AND reserved<:reserved"


def reserved_number(unit: Unit) -> int:
    """The highest number that any run may have given."""
    found = unit.session.execute(text("SELECT reserved FROM order_stream WHERE id=1")).scalar_one_or_none()
    return int(found or 0)
