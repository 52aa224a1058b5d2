"""The door of paper trading: terms become order records, or are refused with the rule in words."""

from __future__ import annotations

from database.sandbox.records import OrderRecord
from domain.errors import Refused
from domain.instruments import Instrument
from domain.money import to_micros
from domain.orders import OrderTerms, Product, Side
from services.sandbox import rules
from services.sandbox.clearing import Clearing
from services.sandbox.exchange.prices import SymbolMarket
from services.sandbox.order_ids import order_id
from utils.clock import epoch_ms

USER, SQUARE_OFF = "user", "square off"


class Intake:
    """Writes new and changed orders inside the caller's unit."""

    def accept(
        self, clearing: Clearing, market: SymbolMarket, terms: OrderTerms, tag: str | None, *,
        account_id: int, origin: str = USER,
    ) -> OrderRecord:  # fmt: skip
        """A new order. One that is short of money or shares is kept as `rejected` with its reason.

        Raises Refused for terms that no exchange takes; nothing is kept of them.
        """
        instrument = market.instrument
        clearing.open_account(account_id, market.broker)
        order = self._record(clearing, market, terms, tag, account_id, origin)
        if origin == USER:
            self._check_hours(clearing, market, terms, order)
            rules.check_terms(instrument, terms, clearing.options, market)
        self._set_terms(order, terms, clearing, market)
        if not market.is_remembered:
            clearing.orders.remember(market.broker, instrument)
        try:
            if origin == USER:
                clearing.check_cover(order, instrument)
        except Refused as error:
            order.status, order.reason = "rejected", error.message[:255]
        clearing.orders.add(order)
        return order

    def amend(self, clearing: Clearing, market: SymbolMarket, order: OrderRecord, terms: OrderTerms) -> None:
        """New terms of a working order, checked like a new one. Raises Refused."""
        fixed = (terms.exchange.value, terms.symbol, terms.side.value, terms.product.value)
        if fixed != (order.exchange, order.symbol, order.side, order.product):
            raise Refused("Only quantity, price type and prices of an order can change", code="IMMUTABLE")
        self._check_hours(clearing, market, terms, order)
        rules.check_terms(market.instrument, terms, clearing.options, market)
        if terms.quantity <= order.filled:
            raise Refused(f"{order.filled} of the order have traded already", code="QUANTITY")
        self._set_terms(order, terms, clearing, market)
        clearing.check_cover(order, market.instrument)

    def _record(
        self, clearing: Clearing, market: SymbolMarket, terms: OrderTerms, tag: str | None, account_id: int,
        origin: str,
    ) -> OrderRecord:  # fmt: skip
        ends = clearing.sessions.order_end(market.broker, terms.exchange, clearing.now)
        return OrderRecord(
            order_id=order_id(clearing.orders, clearing.now), tag=tag, account_id=account_id,
            broker=market.broker, exchange=terms.exchange.value, symbol=terms.symbol, side=terms.side.value,
            product=terms.product.value, quantity=terms.quantity, price_type=terms.price_type.value,
            origin=origin, expires_ms=epoch_ms(ends), placed_ms=clearing.at_ms, updated_ms=clearing.at_ms,
        )  # fmt: skip

    @staticmethod
    def _set_terms(order: OrderRecord, terms: OrderTerms, clearing: Clearing, market: SymbolMarket) -> None:
        """Quantity, prices and the state they start in. Prices that the price type has no use for are dropped."""
        kind = terms.price_type
        order.quantity = terms.quantity
        order.price_type = kind.value
        order.disclosed = terms.disclosed_quantity
        order.price = to_micros(terms.price) if kind.needs_price and terms.price is not None else None
        order.trigger_price = (
            to_micros(terms.trigger_price) if kind.needs_trigger and terms.trigger_price is not None else None
        )
        order.reserve_price = rules.reserve_price(market.instrument, terms, clearing.options, market)
        order.status = "trigger pending" if kind.needs_trigger else "open"
        order.updated_ms = clearing.at_ms

    @staticmethod
    def _check_hours(clearing: Clearing, market: SymbolMarket, terms: OrderTerms, order: OrderRecord) -> None:
        """Raise Refused outside the exchange's hours, after expiry, and for intraday entries after square-off."""
        sessions, now, exchange = clearing.sessions, clearing.now, terms.exchange
        ends = sessions.expiry_end(market.instrument)
        if ends is not None and now >= ends:
            raise Refused(f"{terms.symbol} has expired", code="EXPIRED")
        if not clearing.options.market_hours:
            return
        if not sessions.is_open(market.broker, exchange, now):
            raise Refused(f"{exchange.value} is closed now; no order was placed", code="MARKET_CLOSED")
        late = sessions.is_past_square_off(market.broker, exchange, now, clearing.options)
        if terms.product is Product.MIS and late:
            held = clearing.position_of(order).quantity
            reduces = held * Side(order.side).sign < 0 and terms.quantity <= abs(held)
            if not reduces:
                raise Refused(
                    "Intraday positions are squared off for today; only orders that reduce one are taken",
                    code="AFTER_SQUARE_OFF",
                )


def instrument_of(clearing: Clearing, broker: str, exchange: str, symbol: str) -> Instrument:
    """The instrument of a stored row; it was kept when the row was written."""
    found = clearing.orders.instrument(broker, exchange, symbol)
    if found is None:
        raise LookupError(f"{exchange}:{symbol} is in the paper book but its instrument is not")
    return found
