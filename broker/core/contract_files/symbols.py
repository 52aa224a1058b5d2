"""What a vendor's trading symbol tells about its underlying."""

from __future__ import annotations

import datetime as dt

from domain.instruments import MONTHS


def dated_root(word: str, expiry: dt.date | None) -> str:
    """The underlying in front of the exchanges' own `YYMMM`, or weekly `YYmDD`, of this expiry. Raises ValueError."""
    if expiry is not None:
        weekly = f"{expiry:%y}{'123456789OND'[expiry.month - 1]}{expiry.day:02d}"
        for dated in (f"{expiry:%y}{MONTHS[expiry.month - 1]}", weekly):
            root, found, _ = word.partition(dated)
            if found and root:
                return root
    raise ValueError(word)
