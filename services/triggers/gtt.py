"""Place, change, withdraw and show the GTTs that the gateway holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from database.stores import Store
from database.triggers.held import HeldGtts
from domain.errors import InvalidInput, NotAllowed, NotFound, Refused
from domain.gtt import GttTerms, check
from domain.instruments import InstrumentKey
from domain.market import Quote
from domain.money import to_decimal
from domain.triggers.held import Happening, HeldGtt, HeldState, Leg
from services.accounts.principal import Principal
from services.trading.modes import AppMode, Modes, OrderMode
from services.trading.router import InstrumentIndex, require_account
from services.triggers.watching import Watcher
from utils.clock import Clock, epoch_ms, ist
from utils.ids import secret_hex

LIFE_MS = 365 * 24 * 3600 * 1000
MOST_OPEN = 250
HISTORY = 500
FIXED = ("side", "symbol", "exchange", "trigger_type")


class Gtts:
    """Each call is about the caller's account in the mode that the application is in."""

    def __init__(
        self, *, store: Store, watcher: Watcher, modes: Modes, instruments: InstrumentIndex,
        quote: Callable[[Principal, InstrumentKey], Quote], clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._watcher = watcher
        self._modes = modes
        self._instruments = instruments
        self._quote = quote
        self._clock = clock

    def place(self, principal: Principal, terms: GttTerms, strategy: str) -> HeldGtt:
        """Hold a new GTT. Raises InvalidInput (also for a trigger that the price has reached), NotAllowed, Refused."""
        mode, account = self._mode(principal, "Place"), require_account(principal)
        last_price = self._checked(principal, terms)
        now = self._clock.now()
        ends = epoch_ms(terms.expires_at) if terms.expires_at else epoch_ms(now) + LIFE_MS
        gtt = HeldGtt(
            trigger_id=f"GTT-{ist(now):%y%m%d}-{secret_hex(4)}", user_id=principal.user_id,
            account_id=account.account_id, broker=account.broker, mode=mode.value, strategy=strategy,
            terms=terms, state=HeldState.ACTIVE, last_price=last_price, created_ms=epoch_ms(now),
            updated_ms=epoch_ms(now), expires_ms=ends,
        )  # fmt: skip
        with self._store.unit(durable=True) as unit:
            if HeldGtts(unit).count_open(account.account_id, mode.value) >= MOST_OPEN:
                raise Refused(f"At most {MOST_OPEN} GTTs may be active", code="TOO_MANY_GTTS")
            HeldGtts(unit).add(gtt)
        self._watcher.hold(gtt)
        return gtt

    def modify(self, principal: Principal, trigger_id: str, terms: GttTerms, strategy: str) -> HeldGtt:
        """Replace the terms of an active GTT. Raises NotFound, InvalidInput, NotAllowed."""
        gtt = self._active(principal, trigger_id, self._mode(principal, "Modify"))
        fixed = [name for name in FIXED if getattr(terms, name) != getattr(gtt.terms, name)]
        if fixed:
            raise InvalidInput(
                f"{fixed[0]} of a GTT cannot be changed",
                errors={name: ["cannot be changed"] for name in fixed},
            )
        last_price = self._checked(principal, terms)
        ends = epoch_ms(terms.expires_at) if terms.expires_at else gtt.expires_ms
        changed = msgspec.structs.replace(
            gtt, terms=terms, strategy=strategy, last_price=last_price, expires_ms=ends,
        )  # fmt: skip
        stored = self._watcher.store(changed, gtt)
        if stored is None:
            raise _missing(trigger_id)
        return stored

    def cancel(self, principal: Principal, trigger_id: str) -> HeldGtt:
        """Withdraw an active GTT. Raises NotFound, also when a leg was claimed meanwhile."""
        gtt = self._active(principal, trigger_id, self._mode(principal, "Cancel"))
        cancelled = self._watcher.move(gtt, Happening.CANCEL)
        if cancelled is None:
            raise _missing(trigger_id)
        return cancelled

    def withdraw_paper(self, account_id: int) -> None:
        """Withdraw every active paper GTT of an account, whose books begin anew."""
        with self._store.reading() as unit:
            rows = HeldGtts(unit).of_account(account_id, AppMode.ANALYZE.value, history=0)
        for gtt in rows:
            self._watcher.move(gtt, Happening.CANCEL, reason="Account reset")

    def book(self, principal: Principal, *, history: bool) -> tuple[list[HeldGtt], str]:
        """(GTTs, mode): those that are open, with `history` finished ones behind them."""
        mode, account = self._modes.app_mode().value, require_account(principal)
        with self._store.reading() as unit:
            rows = HeldGtts(unit).of_account(account.account_id, mode, history=HISTORY if history else 0)
        return rows, mode

    def _mode(self, principal: Principal, verb: str) -> AppMode:
        """The mode. Raises NotAllowed for live calls of a key in semi-auto mode, which this desk cannot queue."""
        mode = self._modes.app_mode()
        if mode is AppMode.LIVE and self._modes.order_mode(principal) is OrderMode.SEMI_AUTO:
            raise NotAllowed(
                f"{verb} GTT order is not allowed in Semi-Auto mode. Switch to Auto mode.", code="SEMI_AUTO"
            )
        return mode

    def _checked(self, principal: Principal, terms: GttTerms) -> Decimal:
        """The instrument's price, once the terms are legal and no trigger is reached by it."""
        check(terms)
        broker = require_account(principal).broker
        instrument = self._instruments.resolve(broker, terms.exchange, terms.symbol)
        if terms.quantity % instrument.lot_size:
            raise InvalidInput(
                f"quantity: must be a multiple of the lot size {instrument.lot_size}",
                errors={"quantity": [f"must be a multiple of {instrument.lot_size}"]},
            )
        if terms.expires_at is not None and terms.expires_at <= self._clock.now():
            raise InvalidInput("expires_at: lies in the past", errors={"expires_at": ["lies in the past"]})
        price = to_decimal(self._quote(principal, instrument.key).ltp)
        for field, side, leg, watched in (
            ("triggerprice_sl", "below", Leg.STOP, terms.stop),
            ("triggerprice_tg", "above", Leg.TARGET, terms.target),
        ):
            if watched is not None and leg.is_reached(watched.trigger_price, price):
                text = f"must be {side} the last price {price}"
                raise InvalidInput(f"{field}: {text}", errors={field: [text]}, code="TRIGGER_REACHED")
        return price

    def _active(self, principal: Principal, trigger_id: str, mode: AppMode) -> HeldGtt:
        account = require_account(principal)
        with self._store.reading() as unit:
            gtt = HeldGtts(unit).get(trigger_id)
        if (
            gtt is None
            or (gtt.account_id, gtt.mode) != (account.account_id, mode.value)
            or gtt.state is not HeldState.ACTIVE
        ):
            raise _missing(trigger_id)
        return gtt


def _missing(trigger_id: str) -> NotFound:
    return NotFound(f"No active GTT with trigger_id '{trigger_id}'")
