"""When ticks are expected: the trading sessions of what an account streams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from broker.core.manifest import Manifest
from domain.calendar import GROUP_OF_EXCHANGE, SessionGroup
from domain.instruments import Exchange, Instrument
from services.market.calendar import Calendar, session_group
from utils.clock import Clock

_EDGE = dt.timedelta(seconds=5)  # clocks differ, and exchanges open a moment late
_ALWAYS = "always"
_UNKNOWN = "unknown"


class Hours(Protocol):
    """Groups of instruments with the same sessions. A group's name is the hours' own business."""

    def group(self, instrument: Instrument) -> str:
        """Whose sessions an instrument keeps."""

    def opened(self) -> Mapping[str, float | None]:
        """Since when (monotonic seconds) each group named so far trades continuously, None for a closed one."""


class MarketHours:
    """Hours over the market calendar. A practice exchange never closes; of foreign indices nothing is ever expected,
    because the calendar does not know their hours.

    Equities may or may not take part in the closing auction: between the two ends nothing is expected of them.
    """

    def __init__(self, calendar: Calendar, manifest: Manifest, clock: Clock) -> None:
        self._calendar = calendar
        self._practice = manifest.practice
        self._clock = clock
        self._groups: dict[str, tuple[Exchange, tuple[SessionGroup, ...]]] = {}
        self._opened: dict[str, float | None] = {}

    def group(self, instrument: Instrument) -> str:
        """See Hours."""
        exchange = instrument.exchange
        if exchange is Exchange.GLOBAL_INDEX:
            self._opened.setdefault(_UNKNOWN, None)
            return _UNKNOWN
        if self._practice or GROUP_OF_EXCHANGE[exchange] is SessionGroup.CRYPTO:
            self._opened.setdefault(_ALWAYS, self._clock.monotonic())
            return _ALWAYS
        own = session_group(instrument)
        groups = (own, SessionGroup.EQUITY_AUCTION) if own is SessionGroup.EQUITY else (own,)
        name = f"{exchange}/{own}"
        self._groups.setdefault(name, (exchange, groups))
        self._opened.setdefault(name, None)
        return name

    def opened(self) -> Mapping[str, float | None]:
        """See Hours."""
        now, instant = self._clock.monotonic(), self._clock.now()
        for name, (exchange, groups) in self._groups.items():
            is_open = all(
                self._calendar.is_open(exchange, moment, group=group)
                for group in groups
                for moment in (instant - _EDGE, instant + _EDGE)
            )
            before = self._opened[name]
            self._opened[name] = (now if before is None else before) if is_open else None
        return self._opened
