"""What the desk remembers of a user under a name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document. version: grows with every change, 0 when it was never kept. value: None when it was dropped."""

    key: str
    version: int = 0
    value: Any = None
    updated_at: dt.datetime | None = None
