"""The caller of a use case, resolved once at the edge."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from services.accounts.keys.access import Access

# A key, a browser, or a room of ours that acts for its user: a trigger, an exit attached to a
# position, a webhook, the ladder that re-prices a protected order.
Source = Literal["api", "ui", "gtt", "exit", "webhook", "ladder"]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A user and the broker account the call is about.

    account_id, broker: the user's active account, None when there is none.
    key_id: the API key that was shown, or that a webhook stands for; None for a browser. source: who asks; see Source.
    web_session_id: the signed-in browser that asks, None for a key.
    access: what the key opens; a browser and rooms of ours may do everything. until: when that key ends.
    approved: the call is one that waited in the approval queue and that a person has approved.
    """

    user_id: int
    username: str
    account_id: int | None
    broker: str | None
    source: Source
    key_id: int | None = None
    is_admin: bool = False
    web_session_id: int | None = None
    approved: bool = False
    access: Access = "trade"
    until: dt.datetime | None = None
