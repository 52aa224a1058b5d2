"""GTTs that the gateway holds itself: kept on disk, then watched."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Protocol

import msgspec

from database.stores import Store, Unit
from database.triggers.held import HeldGtts
from domain.errors import OpenAlgoError, Refused
from domain.instruments import Instrument
from domain.orders import OrderTerms
from domain.triggers.held import Happening, HeldGtt, HeldState
from services.trading.commands import GttAccepted, GttModify, GttPlace
from services.trading.journal import Journal
from services.trading.writes import KeyUse, Mandate
from services.triggers.native.desk import missing
from services.triggers.telling import GATEWAY
from services.triggers.terms import CheckedGtt, refuse_other
from services.triggers.watching import Watcher
from utils import json
from utils.clock import Clock, epoch_ms, ist
from utils.ids import secret_hex
from utils.logging import get_logger

LIFE_MS = 365 * 24 * 3600 * 1000
MOST_OPEN = 250
HISTORY = 500
PAPER = "analyze"
log = get_logger(__name__)


class Reserve(Protocol):
    """Money held back for GTTs of paper trading."""

    def hold(
        self, account_id: int, broker: str, trigger_id: str, instrument: Instrument,
        legs: list[tuple[OrderTerms, Decimal]],
    ) -> int:  # fmt: skip
        """For legs of (order, trigger price). Raises Refused when it is not there."""

    def release(self, trigger_id: str) -> None:
        """Give it back, if anything is held."""

    def keep_only(self, waiting: Collection[str]) -> int:
        """Give back what GTTs hold that wait no longer."""

    def of_account(self, account_id: int) -> dict[str, Decimal]:
        """Rupees by trigger id."""


class HeldDesk:
    """A call's key and its answer reach the disk together with what the call did, so that it is done once."""

    def __init__(
        self, *, store: Store, journal: Journal, watcher: Watcher, reserve: Reserve, clock: Clock
    ) -> None:
        self._store = store
        self._journal = journal
        self._watcher = watcher
        self._reserve = reserve
        self._clock = clock

    def place(
        self, mandate: Mandate, mode: str, command: GttPlace, order: CheckedGtt, key: KeyUse | None
    ) -> GttAccepted:
        """Hold a new one. Raises Refused when too many wait."""
        account, terms, now = mandate.account, order.terms, self._clock.now()
        ends = epoch_ms(terms.expires_at) if terms.expires_at else epoch_ms(now) + LIFE_MS
        gtt = HeldGtt(
            trigger_id=f"GTT-{ist(now):%y%m%d}-{secret_hex(4)}", user_id=mandate.principal.user_id,
            account_id=account.account_id, broker=account.broker, mode=mode, strategy=command.strategy,
            terms=terms, state=HeldState.ACTIVE, last_price=order.last_price, created_ms=epoch_ms(now),
            updated_ms=epoch_ms(now), expires_ms=ends, key_id=mandate.principal.key_id,
        )  # fmt: skip
        answer = _answer(gtt)
        self._hold(gtt, order)
        try:
            with self._store.unit(durable=True) as unit:
                if HeldGtts(unit).count_open(account.account_id, mode) >= MOST_OPEN:
                    raise Refused(f"At most {MOST_OPEN} GTTs may be active", code="TOO_MANY_GTTS")
                HeldGtts(unit).add(gtt)
                self._keep(key, answer)(unit)
        except BaseException:
            self._release(gtt)
            raise
        self._watcher.hold(gtt)
        return answer

    def modify(
        self, gtt: HeldGtt, mandate: Mandate, command: GttModify, order: CheckedGtt, key: KeyUse | None
    ) -> GttAccepted:
        """New terms, bound by the limits of whoever sets them. Raises InvalidInput, NotFound when a leg was claimed."""
        refuse_other(order.terms, {name: getattr(gtt.terms, name) for name in gtt.terms.__struct_fields__})
        ends = order.terms.expires_at
        changed = msgspec.structs.replace(
            gtt, terms=order.terms, strategy=command.strategy, last_price=order.last_price,
            expires_ms=epoch_ms(ends) if ends else gtt.expires_ms, key_id=mandate.principal.key_id,
        )  # fmt: skip
        self._release(gtt)
        try:
            self._hold(changed, order)
        except OpenAlgoError:
            self._hold(gtt, order)
            raise
        stored = self._watcher.store(changed, gtt, self._keep(key, _answer(gtt)))
        if stored is None:
            self._release(gtt)
            raise missing(gtt.trigger_id)
        return _answer(stored)

    def cancel(self, gtt: HeldGtt, key: KeyUse | None) -> GttAccepted:
        """Withdraw it. Raises NotFound when a leg was claimed meanwhile."""
        answer = _answer(gtt)
        if self._watcher.move(gtt, Happening.CANCEL, self._keep(key, answer)) is None:
            raise missing(gtt.trigger_id)
        return answer

    def withdraw(self, account_id: int, mode: str, reason: str) -> None:
        """Withdraw all that are active."""
        for gtt in self.book(account_id, mode, history=False):
            self._watcher.move(gtt, Happening.CANCEL, reason=reason)

    def open_accounts(self) -> set[int]:
        """Accounts with GTTs that may still send an order."""
        with self._store.reading() as unit:
            return {gtt.account_id for gtt in HeldGtts(unit).open()}

    def close_account(self, account_id: int, reason: str) -> int:
        """Withdraw every GTT of an account; of one whose order is on its way nobody knows the end."""
        with self._store.reading() as unit:
            mine = [gtt for gtt in HeldGtts(unit).open() if gtt.account_id == account_id]
        return sum(self._end(gtt, reason) for gtt in mine)

    def _end(self, gtt: HeldGtt, reason: str) -> bool:
        if self._watcher.move(gtt, Happening.CANCEL, reason=reason) is not None:
            return True
        with self._store.reading() as unit:
            current = HeldGtts(unit).get(gtt.trigger_id)
        if current is None or current.state is HeldState.ACTIVE:
            return (
                current is not None
                and self._watcher.move(current, Happening.CANCEL, reason=reason) is not None
            )
        text = f"{reason}; its order may be at the broker"
        return self._watcher.move(current, Happening.LOST, reason=text) is not None

    def find(self, mandate: Mandate, mode: str, trigger_id: str) -> HeldGtt | None:
        """One of the account in this mode, in any state."""
        with self._store.reading() as unit:
            gtt = HeldGtts(unit).get(trigger_id)
        is_mine = gtt is not None and (gtt.account_id, gtt.mode) == (mandate.account.account_id, mode)
        return gtt if is_mine else None

    def book(self, account_id: int, mode: str, *, history: bool) -> list[HeldGtt]:
        """Those that are open, with `history` finished ones behind them."""
        with self._store.reading() as unit:
            return HeldGtts(unit).of_account(account_id, mode, history=HISTORY if history else 0)

    def amounts(self, account_id: int, mode: str) -> dict[str, Decimal]:
        """Rupees that waiting GTTs of paper trading hold back, by trigger id."""
        return self._reserve.of_account(account_id) if mode == PAPER else {}

    def moved(self, gtt: HeldGtt) -> None:
        """Money is held for a GTT that waits; from its claim on its order asks for its own."""
        if gtt.state is not HeldState.ACTIVE:
            self._release(gtt)

    def recover(self) -> None:
        """Give back what an earlier run left held: a crash came between the two stores."""
        with self._store.reading() as unit:
            waiting = {row.trigger_id for row in HeldGtts(unit).open() if row.state is HeldState.ACTIVE}
        self._reserve.keep_only(waiting)

    def _hold(self, gtt: HeldGtt, order: CheckedGtt) -> None:
        if gtt.mode == PAPER:
            legs = [(gtt.terms.order_of(leg), leg.trigger_price) for leg in gtt.terms.legs]
            self._reserve.hold(gtt.account_id, gtt.broker, gtt.trigger_id, order.instrument, legs)

    def _release(self, gtt: HeldGtt) -> None:
        """What cannot be given back now is given back at the next start."""
        if gtt.mode != PAPER:
            return
        try:
            self._reserve.release(gtt.trigger_id)
        except OpenAlgoError as error:
            log.error("money of a paper GTT is still held", trigger=gtt.trigger_id, reason=error.message)

    def _keep(self, key: KeyUse | None, answer: GttAccepted) -> Callable[[Unit], None]:
        def write(unit: Unit) -> None:
            if key is not None:
                self._journal.answer_within(unit, key.claim, json.encode(answer), retakes=key.retakes)

        return write


def _answer(gtt: HeldGtt) -> GttAccepted:
    return GttAccepted(trigger_id=gtt.trigger_id, mode=gtt.mode, held_by=GATEWAY)
