"""Follows the market for exits: draws trailing stops, and hands over what is reached.

A trailing stop counts once it is on disk, which is at most a second after the price that drew it: so a restart never
loosens it. All stops that moved within the second share one write.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from domain.feed import MarketData
from domain.money import to_decimal
from domain.triggers.exits import ExitState, PositionExit
from services.triggers.exits.book import ExitBook
from services.triggers.exits.firing import ExitFiring
from services.triggers.exits.following import Following
from services.triggers.exits.lanes import Lanes
from services.triggers.ticks import Feed, TickRule
from utils.concurrency import Lock, Periodic
from utils.logging import get_logger

ROUND_SECONDS = 1.0
RESUME_ROUNDS = 5
PLACES = Decimal("0.000001")
log = get_logger(__name__)


class ExitWatcher:
    """on_tick runs on the feed's thread and waits for nothing."""

    def __init__(
        self, *, book: ExitBook, lanes: Lanes, firing: ExitFiring, following: Following, feed: Feed,
        ticks: TickRule, is_expired: Callable[[PositionExit], bool],
    ) -> None:  # fmt: skip
        self._book = book
        self._lanes = lanes
        self._firing = firing
        self._following = following
        self._feed = feed
        self._ticks = ticks
        self._is_expired = is_expired
        self._lock = Lock()
        self._storing = Lock()
        self._drawn: dict[str, Decimal] = {}
        self._last: dict[tuple[str, str, str], tuple[Decimal, int]] = {}
        self._rounds = 0
        self._periodic: Periodic | None = None

    def start(self) -> None:
        """Take up what earlier runs left, then follow the market."""
        self._following.doubt(self._book.load())
        self._feed.on_tick(self.on_tick)
        self._resume()
        self._periodic = Periodic(
            self.round, ROUND_SECONDS, "exit-rounds",
            lambda error: log.error("a round of the exits failed", exc_info=error),
        )  # fmt: skip

    def close(self) -> None:
        """Stop; what was claimed is on disk and taken up by the next start."""
        if self._periodic is not None:
            self._periodic.stop()
        self._lanes.close()
        self._book.close()

    def last(self, held: PositionExit) -> tuple[Decimal, int] | None:
        """The last price that counted for a set, with its time (epoch ms); None when none came in this run."""
        return self._last.get((held.broker, held.exchange.value, held.symbol))

    def on_tick(self, broker: str, data: MarketData) -> None:
        """Queue what a price that counts reaches; an old price or a closed market reaches nothing."""
        sets = self._book.at(broker, data.exchange, data.symbol)
        if not sets or not self._ticks.counts(broker, data):
            return
        price = to_decimal(data.ltp).quantize(PLACES)
        self._last[broker, data.exchange, data.symbol] = price, data.received_at_ms
        for held in sets:
            self._following.ticked(held)
            if held.state is not ExitState.ACTIVE:
                continue
            self._draw(held, price)
            if held.reached(price) is not None:
                self._hand_over(held, price, data.received_at_ms)

    def round(self) -> None:
        """Store the stops that moved, take looks that are due, ask for outcomes of orders under way."""
        self.store_stops()
        self._following.round()
        self._rounds += 1
        if self._rounds % RESUME_ROUNDS == 0:
            self._resume()

    def store_stops(self) -> None:
        """Write every trailing stop that a better price drew since the last time.

        When it returns, all that was drawn before the call is on disk, whichever thread wrote it. A write that fails
        is raised, and what it held is due again.
        """
        with self._storing:
            with self._lock:
                drawn, self._drawn = self._drawn, {}
            try:
                self._store_drawn(drawn)
            except Exception:
                for name, price in drawn.items():
                    if (held := self._book.get(name)) is not None:
                        self._draw(held, price)
                raise

    def _store_drawn(self, drawn: dict[str, Decimal]) -> None:
        pairs = []
        for name, price in drawn.items():
            held = self._book.get(name)
            moved = held.seen(price) if held is not None and held.state is ExitState.ACTIVE else None
            if held is not None and moved is not None:
                pairs.append((moved, held))
        if pairs:
            self._book.store_all(pairs)

    def _draw(self, held: PositionExit, price: Decimal) -> None:
        if held.seen(price) is None:
            return
        with self._lock:
            known = self._drawn.get(held.exit_id)
            if known is None or (price - known) * held.direction > 0:
                self._drawn[held.exit_id] = price

    def _hand_over(self, held: PositionExit, price: Decimal, seen_ms: int) -> None:
        self._lanes.put(
            held.account_id, ("fire", held.exit_id), lambda: self._firing.fire(held.exit_id, price, seen_ms)
        )

    def _resume(self) -> None:
        for held in self._book.open():
            if held.state is ExitState.FIRING:
                self._ask_again(held.account_id, held.exit_id)
            elif self._is_expired(held):
                self._following.expire(held)

    def _ask_again(self, account_id: int, exit_id: str) -> None:
        self._lanes.put(account_id, ("resume", exit_id), lambda: self._firing.resume(exit_id))
