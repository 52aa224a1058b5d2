"""Ends the day of intraday strategies: from the square-off time on, what a strategy traded today is closed.

Looked for every minute in the store, so that neither a restart nor a switched-off strategy escapes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from database.automation.deliveries import QueuedOrders
from database.automation.strategies import MappingRecord, Strategies, StrategyRecord
from database.stores import Store
from domain.errors import OpenAlgoError
from domain.instruments import Exchange
from domain.orders import Side
from services.accounts.principal import Principal
from services.automation.inbox import Inbox
from services.automation.instructions.legs import standing
from services.automation.instructions.taking import READ_AT_ONCE, SQUAREOFF
from services.automation.signals import closing
from services.trading.modes import AppMode
from utils.clock import Clock, epoch_ms, ist
from utils.logging import get_logger

# One smart order leaves a second, and a broker that does not answer is asked again for a while.
LIFE_MS = 600_000
log = get_logger(__name__)


class SquareOff:
    """`round` is called every minute, `at_once` when somebody asks for it."""

    def __init__(
        self, *, store: Store, inbox: Inbox, principal: Callable[[int, int | None], Principal],
        app_mode: Callable[[], AppMode], is_open: Callable[[str, Exchange, dt.datetime], bool], clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._inbox = inbox
        self._principal = principal
        self._app_mode = app_mode
        self._is_open = is_open
        self._clock = clock

    def round(self) -> None:
        """Queue the exits of every strategy whose time has come and that was not served today."""
        now = ist(self._clock.now())
        with self._store.reading() as unit:
            due = Strategies(unit).to_square_off(now.date().isoformat(), now.strftime("%H:%M"))
        for strategy in due:
            try:
                self._serve(strategy, now)
            except OpenAlgoError as error:
                log.error("a strategy could not be squared off", strategy=strategy.id, reason=error.message)

    def at_once(self, strategy: StrategyRecord) -> int:
        """Queue the exits of what its own orders say that the strategy holds, whatever its hours; answers how many.

        Instruments of exchanges that are closed now are left out. The strategy goes on listening.
        """
        mode = self._app_mode().value
        batches = []
        for principal, rows in self._traded(strategy, 0, ist(self._clock.now())):
            exits = []
            with self._store.reading() as unit:
                for row in rows:
                    last = QueuedOrders(unit).last_of_instrument(
                        strategy.id,
                        principal.account_id or 0,
                        mode,
                        row.exchange.value,
                        row.symbol,
                        READ_AT_ONCE,
                    )
                    side = standing(last).side
                    if side is not None:
                        exits.append(closing(row, strategy.name, side.opposite, only=True))
            if exits:
                batches.append((principal, exits))
        self._inbox.queue(strategy, batches, SQUAREOFF, LIFE_MS, claim=lambda _unit: True)
        return sum(len(orders) for _, orders in batches)

    def _serve(self, strategy: StrategyRecord, now: dt.datetime) -> None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        batches = [
            (principal, [closing(row, strategy.name, Side.SELL) for row in rows])
            for principal, rows in self._traded(strategy, epoch_ms(midnight), now)
        ]
        today = now.date().isoformat()
        self._inbox.queue(
            strategy, batches, SQUAREOFF, LIFE_MS,
            claim=lambda unit: Strategies(unit).mark_squared_off(strategy.id, today),
        )  # fmt: skip

    def _traded(
        self, strategy: StrategyRecord, since_ms: int, now: dt.datetime
    ) -> Iterator[tuple[Principal, list[MappingRecord]]]:
        """What it traded since an instant and still trades, where the exchange is open, an account at a time."""
        with self._store.reading() as unit:
            traded = QueuedOrders(unit).traded(strategy.id, since_ms)
            mappings = {
                (row.exchange.value, row.symbol): row for row in Strategies(unit).mappings(strategy.id)
            }
        for account_id in sorted({account_id for account_id, _, _ in traded}):
            principal = self._principal(strategy.user_id, account_id)
            rows = [
                mappings[(exchange, symbol)]
                for owner, exchange, symbol in sorted(traded)
                if owner == account_id and (exchange, symbol) in mappings
                and self._is_open(principal.broker or "", Exchange(exchange), now)
            ]  # fmt: skip
            if rows:
                yield principal, rows
