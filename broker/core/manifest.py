"""The plug-in manifest (`plugin.json`): what a broker can do, as data. Unknown fields and values are refused."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from domain.gtt import GttTerms, TriggerType
from domain.instruments import Exchange
from domain.market import Interval
from domain.orders import PriceType, Product

OPERATIONS = (
    "place", "modify", "cancel", "order_book", "trade_book", "positions", "holdings", "funds", "margin",
    "quotes", "depth", "history", "contracts", "stream", "order_updates", "gtt",
)  # fmt: skip

Capability = Literal["native", "emulated", "absent"]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all manifest sections."""


class Auth(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """kind: instant, form or redirect. credentials/login: JSON Schema objects from which the forms are drawn."""

    kind: Literal["instant", "form", "redirect"]
    credentials: dict[str, Any]
    login: dict[str, Any]
    callback_fields: tuple[str, ...] = ()
    rollover: str | None = None  # HH:MM IST at which sessions die, None when they do not


class RateClass(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls allowed per window; several windows may apply at once. per_second etc. are inclusive limits.

    exit_reserve: slots of each window that only exits and cancels may use.
    """

    per_second: float | None = None
    per_minute: int | None = None
    per_day: int | None = None
    exit_reserve: int = 0


class HistoryLimit(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """vendor: the vendor's word for the interval. days: longest span of one call."""

    vendor: str
    days: int


class Stream(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """transport: websocket or local. order_updates: how order changes arrive.

    heartbeat_seconds: how often we send; silence_seconds: silence after which the connection is dead.
    """

    transport: Literal["websocket", "local"]
    instruments_per_socket: int
    sockets: int
    batch: int
    depth_levels: tuple[int, ...]
    order_updates: Literal["market_socket", "own_socket", "in_process", "poll"]
    silence_seconds: float
    heartbeat_seconds: float | None = None
    auth_deadline_seconds: float = 15.0
    tick_interval_ms: int | None = None


class Limits(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """quote_batch: instruments per quotes call. tag_length: longest correlation tag, 0 when the broker has none."""

    quote_batch: int
    depth_levels: int
    tag_length: int
    rates: dict[str, RateClass]
    history: dict[Interval, HistoryLimit]
    write_timeout_seconds: float = 7.0
    read_timeout_seconds: float = 7.0


class NativeGtt(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the broker's own GTTs can hold. expires_at: whether the caller may choose the end of their life."""

    trigger_types: tuple[TriggerType, ...]
    expires_at: bool = False

    def can_hold(self, terms: GttTerms) -> bool:
        """Whether nothing of the terms would be lost."""
        return terms.trigger_type in self.trigger_types and (terms.expires_at is None or self.expires_at)


class Evidence(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the facts of a section come from and when they were read."""

    source: str
    date: str
    verified: bool


class Manifest(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One broker as data. Served by the API, drawn in the UI, printed in the docs.

    practice: no real money is behind its accounts, and its market never closes.
    """

    id: str
    name: str
    family: str
    version: int
    auth: Auth
    exchanges: tuple[Exchange, ...]
    products: tuple[Product, ...]
    price_types: tuple[PriceType, ...]
    capabilities: dict[str, Capability]
    hosts: dict[str, str]
    limits: Limits
    evidence: dict[str, Evidence]
    stream: Stream | None = None
    gtt: NativeGtt | None = None
    practice: bool = False
    options: dict[str, str] = {}

    def supports(self, operation: str) -> bool:
        """Whether the operation is there in any form."""
        return self.capabilities[operation] != "absent"
