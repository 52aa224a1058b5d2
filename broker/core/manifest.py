"""The plug-in manifest (`plugin.json`): what a broker can do, as data. Unknown fields and values are refused."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from domain.gtt import GttTerms, TriggerType
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.market import Interval
from domain.orders import OrderTerms, PriceType, Product

OPERATIONS = (
    "place", "modify", "cancel", "order_book", "trade_book", "positions", "holdings", "funds", "margin",
    "quotes", "depth", "history", "contracts", "stream", "order_updates", "gtt")  # fmt: skip

# Of the longest trading day, 09:00 to 23:30: reads are fast while orders work, which they do not at night.
DAY_SECONDS = 52_200.0
Capability = Literal["native", "emulated", "absent"]
FirstSend = Literal["limit", "as_asked", "off"]


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
    per_half_hour: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    exit_reserve: int = 0

    @property
    def windows(self) -> tuple[tuple[float, float], ...]:
        """(calls, seconds) of each window; that of a day has the length of DAY_SECONDS."""
        told = (
            (self.per_second, 1.0), (self.per_minute, 60.0), (self.per_half_hour, 1800.0), (self.per_hour, 3600.0),
            (self.per_day, DAY_SECONDS))  # fmt: skip
        return tuple((calls, seconds) for calls, seconds in told if calls is not None)


class HistoryLimit(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """vendor: the vendor's word for the interval. days: longest span of one call."""

    vendor: str
    days: int


class Stream(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """transport: websocket or local.

    order_updates: how order changes arrive: on the market socket, on one of their own or in this process they are
    taken as told; a postback is a hint that a read confirms; else the book is polled. The safety net is polled anyway.

    heartbeat_seconds: how often we send; silence_seconds: silence after which the connection is dead, unless its vendor
    `answers_pings` and does so: such a vendor sends nothing while nothing trades.
    """

    transport: Literal["websocket", "local"]
    instruments_per_socket: int
    sockets: int
    batch: int
    depth_levels: tuple[int, ...]
    order_updates: Literal["market_socket", "own_socket", "in_process", "postback", "poll"]
    silence_seconds: float
    answers_pings: bool = False
    heartbeat_seconds: float | None = None
    auth_deadline_seconds: float = 15.0
    tick_interval_ms: int | None = None


class OrderPolling(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast the order book may be read while an order works and nothing is pushed.

    rate: rate class that the order book counts against, None where none is known. share: of its slots that such reads
    may take; the rest is for callers.
    """

    rate: str | None = None
    share: float = 0.25


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
    """What the broker's own GTTs can hold. expires_at: whether the caller may choose the end of their life.

    price_types: of the orders that they send. products: the same, every one when empty.
    """

    trigger_types: tuple[TriggerType, ...]
    expires_at: bool = False
    price_types: tuple[PriceType, ...] = (PriceType.LIMIT, PriceType.MARKET)
    products: tuple[Product, ...] = ()

    def can_hold(self, terms: GttTerms) -> bool:
        """Whether nothing of the terms would be lost."""
        fits = terms.trigger_type in self.trigger_types and terms.price_type in self.price_types
        fits = fits and (not self.products or terms.product in self.products)
        return fits and (terms.expires_at is None or self.expires_at)


class Ladder(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`first_percent` beyond the reference price, `step_percent` more on each rung; the last rung is `rungs - 1`.

    rungs x rung_seconds is the deadline. asks_market: the broker's book does not tell that a stop was set off, so one
    that waits is held against quotes every rung_seconds; else it is once the broker calls it open.
    """

    first_percent: Decimal
    step_percent: Decimal
    rungs: int
    rung_seconds: float
    asks_market: bool = False

    def rung_at(self, elapsed: float) -> int | None:
        """The rung due after this many seconds; None when the deadline has passed."""
        rung = int(elapsed // self.rung_seconds)
        return rung if 0 <= rung < self.rungs else None

    @property
    def seconds(self) -> float:
        """From the first limit to the deadline."""
        return self.rungs * self.rung_seconds


class ProtectionRule(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Price types that API orders may not carry somewhere, and the limits that stand in for them.

    products, instrument_types: where the rule holds, everywhere when empty. stop_percent: how far behind the trigger
    the limit of a stop lies. first_send: of this rule, whatever the section and its option say.
    """

    price_types: tuple[PriceType, ...]
    exchanges: tuple[Exchange, ...]
    ladder: Ladder
    stop_percent: Decimal
    products: tuple[Product, ...] = ()
    instrument_types: tuple[InstrumentType, ...] = ()
    first_send: FirstSend | None = None

    def fits(self, terms: OrderTerms, instrument: Instrument) -> bool:
        """Whether the order falls under this rule."""
        return (
            terms.price_type in self.price_types
            and terms.exchange in self.exchanges
            and (not self.products or terms.product in self.products)
            and (not self.instrument_types or instrument.instrument_type in self.instrument_types)
        )


class Protection(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of orders without a limit price where API orders may not be such; the first rule that fits decides.

    first_send: `limit`: a limit of ours leaves instead, and is re-priced on the ladder. `as_asked`: the order leaves
    as it is, because the plug-in protects it with a field of the broker's own; the ladder takes over once it rests.
    `off`: sent as asked and not looked after.
    option, by_option: an option of the plug-in, and for some of its values another `first_send`.
    """

    rules: tuple[ProtectionRule, ...]
    first_send: FirstSend
    option: str | None = None
    by_option: dict[str, FirstSend] = {}

    def rule_for(self, terms: OrderTerms, instrument: Instrument) -> ProtectionRule | None:
        """The rule of an order, None for one that may leave as it is."""
        return next((rule for rule in self.rules if rule.fits(terms, instrument)), None)


class Evidence(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the facts of a section come from and when they were read."""

    source: str
    date: str
    verified: bool


def chosen(manifest: Manifest, options: Mapping[str, str]) -> Manifest:
    """The manifest as its options make it: `order_updates` and `instruments_per_socket` replace those of the stream.

    Vendors of one wire differ in them, and often nobody knows before an operator tries. Raises ValueError.
    """
    names = {"order_updates", "instruments_per_socket"} & manifest.options.keys()
    told = {name: options[name] for name in names if options.get(name)}
    if manifest.stream is None or not told:
        return manifest
    stream = {**msgspec.to_builtins(manifest.stream), **told}
    return msgspec.structs.replace(manifest, stream=msgspec.convert(stream, Stream, strict=False))


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
    order_polling: OrderPolling = OrderPolling()
    gtt: NativeGtt | None = None
    protection: Protection | None = None
    practice: bool = False
    options: dict[str, str] = {}

    def supports(self, operation: str) -> bool:
        """Whether the operation is there in any form."""
        return self.capabilities[operation] != "absent"

    @property
    def poll_seconds(self) -> float:
        """The shortest interval at which reading the order book stays inside its share of the rate limit; 0: any."""
        rate = self.limits.rates.get(self.order_polling.rate or "")
        if rate is None:
            return 0.0
        share = self.order_polling.share
        return max((seconds / (calls * share) for calls, seconds in rate.windows if calls), default=0.0)
