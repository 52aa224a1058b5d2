"""The words of the order stream: changes under their numbers, whose they are, and the gap that no number closes."""

from __future__ import annotations

import msgspec

from domain.feed import OrderMessage

MODES = ("live", "analyze")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose changes: of a user, of all accounts and both modes unless one is named."""

    user_id: int
    account_id: int | None = None
    mode: str | None = None

    def covers(self, message: OrderMessage) -> bool:
        """Whether a change of the user belongs to it."""
        return self.account_id in (None, message.account_id) and self.mode in (None, message.mode)


class Sent(msgspec.Struct, frozen=True):
    """A change as clients get it."""

    seq: int
    message: OrderMessage


class Placed(msgspec.Struct, frozen=True):
    """A change of any user, with its place among those of all users."""

    place: int
    user_id: int
    sent: Sent


class Gap(Exception):
    """Changes behind the number are gone, or the number is none of ours: only the order book tells where things stand.

    head: the user's highest number, from which on nothing is missing.
    """

    def __init__(self, head: int) -> None:
        super().__init__(f"order updates are missing before {head}")
        self.head = head
