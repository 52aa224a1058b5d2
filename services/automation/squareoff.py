"""Ends the day of intraday strategies: from the square-off time on, what a strategy traded today is closed.

Looked for every minute in the store, so that neither a restart nor a switched-off strategy escapes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from database.automation.deliveries import QueuedOrders
from database.automation.strategies import Strategies, StrategyRecord
from database.stores import Store
from domain.errors import OpenAlgoError
from domain.instruments import Exchange
from domain.orders import Side
from services.accounts.principal import Principal
from services.automation.inbox import Inbox
from services.automation.instructions.taking import SQUAREOFF
from services.automation.signals import closing
from utils.clock import Clock, epoch_ms, ist
from utils.logging import get_logger

# One smart order leaves a second, and a broker that does not answer is asked again for a while.
LIFE_MS = 600_000
log = get_logger(__name__)


class SquareOff:
    """`round` is called every minute."""

    def __init__(
        self, *, store: Store, inbox: Inbox, principal: Callable[[int, int | None], Principal],
        is_open: Callable[[str, Exchange, dt.datetime], bool], clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._inbox = inbox
        self._principal = principal
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

    def _serve(self, strategy: StrategyRecord, now: dt.datetime) -> None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._store.reading() as unit:
            traded = QueuedOrders(unit).traded(strategy.id, epoch_ms(midnight))
            mappings = {
                (row.exchange.value, row.symbol): row for row in Strategies(unit).mappings(strategy.id)
            }
        batches = []
        for account_id in sorted({account_id for account_id, _, _ in traded}):
            principal = self._principal(strategy.user_id, account_id)
            held = [
                mappings[(exchange, symbol)]
                for owner, exchange, symbol in sorted(traded)
                if owner == account_id and (exchange, symbol) in mappings
                and self._is_open(principal.broker or "", Exchange(exchange), now)
            ]  # fmt: skip
            if held:
                batches.append((principal, [closing(row, strategy.name, Side.SELL) for row in held]))
        today = now.date().isoformat()
        self._inbox.queue(
            strategy, batches, SQUAREOFF, LIFE_MS,
            claim=lambda unit: Strategies(unit).mark_squared_off(strategy.id, today),
        )  # fmt: skip
