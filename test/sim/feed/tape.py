"""A market that keeps hours: every instrument trades at its own rate while its exchange is open, and only then."""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.calendar import Calendar
from domain.instruments import Instrument
from domain.market import Depth, DepthLevel, Mode, Quote, Tick
from utils.clock import Clock, epoch_ms, ist

MIDDAY = range(12, 14)


@dataclass
class Tape:
    """One instrument: its last price, volume and trade, and when it trades next (UTC).

    every: seconds between trades while the market is open. regular: the next trade comes within `every` for certain;
    otherwise trades are chance, and `every` is the mean.
    """

    listed: Any
    every: float
    regular: bool
    price: int
    volume: int = 0
    traded_at: dt.datetime | None = None
    open: int = 0

    def quote(self, now: dt.datetime) -> Quote:
        """The snapshot."""
        ltp, traded = self.price / 20, epoch_ms(self.traded_at) if self.traded_at else None
        first = (self.open or self.price) / 20
        return Quote(
            ltp=ltp, open=first, high=max(first, ltp), low=min(first, ltp), prev_close=first, volume=self.volume,
            average_price=ltp, last_quantity=self.listed.lot, total_buy_quantity=100 * self.listed.lot,
            total_sell_quantity=90 * self.listed.lot, exchange_at_ms=epoch_ms(now), last_trade_at_ms=traded,
        )  # fmt: skip

    def levels(self, side: int) -> tuple[DepthLevel, ...]:
        """Five levels of a side: -1 bids, 1 asks."""
        lot = self.listed.lot
        return tuple(DepthLevel((self.price + side * step) / 20, step * lot, step) for step in range(1, 6))


class TapeListing:
    """The day's instruments, which never change here."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._by_token = {row.token: row for row in rows}
        self._by_name = {(row.exchange, row.tradingsymbol): row for row in rows}

    def by_token(self, token: int) -> Any:
        return self._by_token.get(token)

    def by_name(self, exchange: str, tradingsymbol: str) -> Any:
        return self._by_name.get((exchange, tradingsymbol))


class TapeMarket:
    """What the twin's ticker and REST calls ask. `rates`: (every, regular) per listed instrument."""

    def __init__(
        self, rates: dict[Any, tuple[float, bool]], clock: Clock, calendar: Calendar, seed: int
    ) -> None:
        self.clock = clock
        self.exchange = None
        self.sink = None
        self.listing = TapeListing(list(rates))
        self.tapes = {
            row.token: Tape(row, every, regular, 2000 + 100 * number)
            for number, (row, (every, regular)) in enumerate(rates.items())
        }
        self._calendar = calendar
        self._dice = random.Random(f"tape-{seed}")
        self._watchers: dict[int, set[TapeTicks]] = defaultdict(set)
        self._due: list[tuple[dt.datetime, int]] = []
        for token in self.tapes:
            self._schedule(token, clock.now())

    def _schedule(self, token: int, after: dt.datetime) -> None:
        tape = self.tapes[token]
        slow = 2.5 if not tape.regular and ist(after).hour in MIDDAY else 1.0
        chance = self._dice.uniform(0.6, 1.0) if tape.regular else self._dice.expovariate(1.0) * slow
        at = after + dt.timedelta(seconds=tape.every * chance)
        exchange = tape.listed.instrument.exchange
        if not self._calendar.is_open(exchange, at):
            opens = self._calendar.next_open(exchange, at)
            if opens is None:
                return
            at = opens + dt.timedelta(seconds=tape.every * self._dice.random())
        heapq.heappush(self._due, (at, token))

    def trade(self) -> None:
        """Let everything happen that is due by now."""
        now = self.clock.now()
        while self._due and self._due[0][0] <= now:
            at, token = heapq.heappop(self._due)
            tape = self.tapes[token]
            fresh = tape.traded_at is None or ist(tape.traded_at).date() != ist(at).date()
            if fresh:
                tape.volume, tape.open = 0, tape.price
            tape.price += self._dice.choice((-2, -1, 1, 2)) if tape.price > 500 else 2
            tape.volume += tape.listed.lot * self._dice.randint(1, 9)
            tape.traded_at = at
            for watcher in self._watchers[token]:
                watcher.pending.add(token)
            self._schedule(token, at)

    def ticks(self) -> TapeTicks:
        """A tick source for one connection."""
        return TapeTicks(self)

    def watch(self, token: int, watcher: TapeTicks, *, on: bool) -> None:
        """Tell a source of trades, or no more."""
        (self._watchers[token].add if on else self._watchers[token].discard)(watcher)

    def quote(self, listed: Any) -> Quote:
        """Snapshot now."""
        self.trade()
        return self.tapes[listed.token].quote(self.clock.now())

    def depth(self, listed: Any, _levels: int = 5) -> Depth:
        """Snapshot and five levels now."""
        tape = self.tapes[listed.token]
        return Depth(quote=self.quote(listed), bids=tape.levels(-1), asks=tape.levels(1))


class TapeTicks:
    """Ticks of what was subscribed: its last state at once, then one after each beat in which it traded."""

    def __init__(self, market: TapeMarket) -> None:
        self.pending: set[int] = set()
        self._market = market
        self._modes: dict[int, Mode] = {}

    def _tokens(self, instruments: Sequence[Instrument]) -> list[int]:
        wanted = {(row.broker_exchange, row.token) for row in instruments}
        return [
            token for token, tape in self._market.tapes.items()
            if (tape.listed.instrument.broker_exchange, tape.listed.instrument.token) in wanted
        ]  # fmt: skip

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> None:
        for instrument, mode in wants:
            for token in self._tokens([instrument]):
                self._modes[token] = mode
                self.pending.add(token)
                self._market.watch(token, self, on=True)

    def unsubscribe(self, instruments: Sequence[Instrument]) -> None:
        for token in self._tokens(instruments):
            self._modes.pop(token, None)
            self.pending.discard(token)
            self._market.watch(token, self, on=False)

    def close(self) -> None:
        """The connection is gone."""
        for token in list(self._modes):
            self._market.watch(token, self, on=False)

    def due(self, now: dt.datetime) -> list[Tick]:
        self._market.trade()
        tokens, self.pending = sorted(self.pending), set()
        return [self._tick(self._market.tapes[token], self._modes[token], now) for token in tokens]

    @staticmethod
    def _tick(tape: Tape, mode: Mode, now: dt.datetime) -> Tick:
        row = tape.listed.instrument
        return Tick(
            broker_exchange=row.broker_exchange, token=row.token, mode=mode, quote=tape.quote(now),
            bids=tape.levels(-1) if mode is Mode.DEPTH else (), asks=tape.levels(1) if mode is Mode.DEPTH else (),
        )  # fmt: skip
