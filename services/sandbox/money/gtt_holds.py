"""Money for GTTs that wait: what the dearest leg's order would need is held back until that order is sent."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from database.sandbox.holds import GttHolds
from database.sandbox.records import OrderRecord
from database.stores import Store
from domain.errors import Refused
from domain.instruments import Instrument
from domain.money import from_paise, plain, to_micros
from domain.orders import OrderTerms
from services.sandbox.clearing import Clearing
from services.sandbox.engine import Engine


class PaperGttHolds:
    """A leg counts at its price, a MARKET leg at its trigger price; the order itself is checked when it is sent."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    def hold(
        self, account_id: int, broker: str, trigger_id: str, instrument: Instrument,
        legs: list[tuple[OrderTerms, Decimal]],
    ) -> int:  # fmt: skip
        """Hold back paise for a GTT whose legs are (order, trigger price). Raises Refused when they are not there."""
        with self._engine.lock, self._engine.books() as clearing:
            clearing.open_account(account_id, broker)
            needs = [
                self._need(clearing, account_id, broker, instrument, terms, trigger)
                for terms, trigger in legs
            ]
            paise = sum(needs) if clearing.options.gtt_oco_margin_mode == "sum" else max(needs)
            ledger = clearing.ledger(account_id)
            cash = ledger.money().cash
            if paise > max(cash, 0):
                text = f"{plain(from_paise(paise))} needed, {plain(from_paise(cash))} available"
                raise Refused(f"Insufficient funds: {text}", code="INSUFFICIENT_FUNDS")
            if paise:
                clearing.gtt_holds.add(trigger_id, account_id, paise, clearing.at_ms)
                ledger.block(paise, trigger_id)
        return paise

    def release(self, trigger_id: str) -> None:
        """Give back what a GTT held, if anything. Raises Refused when the books are busy."""
        with self._engine.lock, self._engine.books() as clearing:
            held = clearing.gtt_holds.take(trigger_id)
            if held is not None:
                clearing.ledger(held[0]).block(-held[1], trigger_id)

    def keep_only(self, waiting: Collection[str]) -> int:
        """Give back what GTTs hold that wait no longer: a crash came between two stores. Answers how many."""
        with self._store.reading() as unit:
            over = GttHolds(unit).ids() - set(waiting)
        for trigger_id in over:
            self.release(trigger_id)
        return len(over)

    def of_account(self, account_id: int) -> dict[str, Decimal]:
        """Rupees by trigger id."""
        with self._store.reading() as unit:
            found = GttHolds(unit).of_account(account_id)
        return {trigger_id: from_paise(paise) for trigger_id, paise in found.items()}

    @staticmethod
    def _need(
        clearing: Clearing, account_id: int, broker: str, instrument: Instrument, terms: OrderTerms,
        trigger: Decimal,
    ) -> int:  # fmt: skip
        """What one more order of these terms would hold; nothing for one that closes."""
        order = OrderRecord(
            order_id="", tag=None, account_id=account_id, broker=broker, exchange=terms.exchange.value,
            symbol=terms.symbol, side=terms.side.value, product=terms.product.value, quantity=terms.quantity,
            price_type=terms.price_type.value, reserve_price=to_micros(terms.price or trigger), expires_ms=0,
            placed_ms=clearing.at_ms, updated_ms=clearing.at_ms,
        )  # fmt: skip
        return max(0, clearing.need_of(order, instrument))
