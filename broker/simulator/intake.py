"""The door of the exchange: terms become order records, or are refused with the rule in words."""

from __future__ import annotations

import datetime as dt

from broker.simulator.book.orders import Orders
from broker.simulator.book.records import OrderRecord
from broker.simulator.clearing import Clearing, order_prefix
from broker.simulator.evaluation import reserve_price
from broker.simulator.prices.quotes import Prices, vertex_day, vertex_of
from broker.simulator.rules import check_terms, is_delivery, to_pips
from broker.simulator.specs import Contract
from broker.simulator.universe import Universe
from domain.errors import Refused
from domain.money import from_paise, plain
from domain.orders import OrderStatus, OrderTerms, Side
from utils.clock import epoch_ms, ist
from utils.ids import IdSource


class Intake:
    """Turns terms into order records, or refuses them. Record writes happen inside the caller's transaction."""

    def __init__(
        self, universe: Universe, prices: Prices, orders: Orders, clearing: Clearing, ids: IdSource,
        unique_tags: bool,
    ) -> None:  # fmt: skip
        self._universe = universe
        self._prices = prices
        self._orders = orders
        self._clearing = clearing
        self._ids = ids
        self._unique_tags = unique_tags

    def known(self, account: str, tag: str | None) -> OrderRecord | None:
        """The order that was placed under this tag before."""
        return self._orders.by_tag(account, tag) if tag and self._unique_tags else None

    def listed(self, terms: OrderTerms, now: dt.datetime) -> Contract:
        """The contract, still trading. Raises Refused."""
        exchange = terms.exchange.value
        contract = self._universe.find(exchange, terms.symbol, ist(now).date())
        past = contract or self._universe.resolve(exchange, terms.symbol)
        if past is not None and past.expiry_vertex is not None and past.expiry_vertex < vertex_of(now):
            raise Refused(f"{terms.symbol} has expired", code="EXPIRED")
        if contract is None:
            raise Refused(f"{terms.symbol} is not listed on {exchange}", code="UNKNOWN_SYMBOL")
        return contract

    def admit(self, terms: OrderTerms, now: dt.datetime) -> Contract:
        """The contract of terms that keep every rule. Raises Refused."""
        contract = self.listed(terms, now)
        check_terms(contract, terms, self._prices.circuit(contract, vertex_day(vertex_of(now))))
        return contract

    def accept(
        self, account: str, terms: OrderTerms, tag: str | None, contract: Contract, now: dt.datetime
    ) -> OrderRecord:
        """Write a new order that the account can pay for. Raises Refused."""
        vertex, at_ms = vertex_of(now), epoch_ms(now)
        day = vertex_day(vertex)
        self._clearing.open_account(account, day, at_ms)
        order = OrderRecord(
            sequence=self._orders.next_sequence(),
            order_id=f"{order_prefix(day)}{self._orders.next_number('order', day):08d}",
            exchange_order_id=self._ids.unique(),
            account=account,
            tag=tag or None,
            tag_key=(tag or None) if self._unique_tags else None,
            day=day,
            exchange=terms.exchange.value,
            symbol=terms.symbol,
            side=terms.side.value,
            product=terms.product.value,
            placed_ms=at_ms,
        )
        self._set_terms(order, terms, contract, vertex, at_ms)
        self._check_cover(order, contract)
        self._orders.add(order)
        return order

    def amend(self, order: OrderRecord, terms: OrderTerms, now: dt.datetime) -> Contract:
        """Write new terms of a working order. Raises Refused."""
        fixed = (terms.exchange.value, terms.symbol, terms.side.value, terms.product.value)
        if fixed != (order.exchange, order.symbol, order.side, order.product):
            raise Refused("Only quantity, price type and prices of an order can change", code="IMMUTABLE")
        contract = self.admit(terms, now)
        if terms.quantity <= order.filled:
            raise Refused(f"{order.filled} of the order have traded already", code="QUANTITY")
        self._set_terms(order, terms, contract, vertex_of(now), epoch_ms(now))
        self._check_cover(order, contract)
        self._orders.save(order)
        return contract

    def _set_terms(
        self, order: OrderRecord, terms: OrderTerms, contract: Contract, vertex: int, at_ms: int
    ) -> None:
        """Quantity, prices and the state they start in. Prices that the price type has no use for are dropped."""
        price = terms.price if terms.price_type.needs_price else None
        trigger = terms.trigger_price if terms.price_type.needs_trigger else None
        limit = price if price is not None else trigger
        reserve = reserve_price(self._prices, contract, terms.side, terms.quantity, vertex, limit)
        waiting = terms.price_type.needs_trigger
        order.quantity = terms.quantity
        order.price_type = terms.price_type.value
        order.disclosed = terms.disclosed_quantity
        order.price = None if price is None else to_pips(price)
        order.trigger_price = None if trigger is None else to_pips(trigger)
        order.reserve_price = to_pips(reserve)
        order.status = (OrderStatus.TRIGGER_PENDING if waiting else OrderStatus.OPEN).value
        order.vertex, order.updated_ms = vertex, at_ms

    def _check_cover(self, order: OrderRecord, contract: Contract) -> None:
        """Shares for a delivery sale, money for anything that raises the account's margin."""
        if is_delivery(order.product) and order.side == Side.SELL:
            sellable = max(0, self._clearing.sellable(order, contract))
            if order.pending > sellable:
                raise Refused(
                    f"Cannot sell {order.pending} {order.symbol} for delivery: {sellable} available",
                    code="NO_HOLDINGS",
                )
        position, required = self._clearing.margin_with(order, contract)
        rise, available = required - position.required, self._clearing.available(order.account)
        if rise > 0 and rise > available:
            need, have = plain(from_paise(rise)), plain(from_paise(available))
            raise Refused(f"Insufficient funds: {need} needed, {have} available", code="INSUFFICIENT_FUNDS")
