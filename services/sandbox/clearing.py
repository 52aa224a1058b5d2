"""After the match: fills become positions, shares, realised profit and margin, all within one unit of the store."""

from __future__ import annotations

import datetime as dt

from database.sandbox.holds import GttHolds
from database.sandbox.money import Accounts, Positions
from database.sandbox.orders import Orders
from database.sandbox.records import (
    AccountRecord,
    LotRecord,
    OrderRecord,
    PositionRecord,
    TradeRecord,
)
from database.stores import Unit
from domain.errors import Refused
from domain.instruments import Exchange, Instrument
from domain.money import from_paise, plain, to_paise, traded_paise
from domain.netting import Net, apply_fill
from domain.orders import Product, Side
from services.sandbox import rules
from services.sandbox.ledger import Ledger
from services.sandbox.money import spreads
from services.sandbox.money.costs import costs_of_fill
from services.sandbox.options import PaperOptions
from services.sandbox.sessions import Sessions
from utils.clock import epoch_ms


class Clearing:
    """The books behind the orders at one instant; lives as long as its unit."""

    def __init__(self, unit: Unit, options: PaperOptions, sessions: Sessions, now: dt.datetime) -> None:
        self.orders = Orders(unit)
        self.accounts = Accounts(unit)
        self.positions = Positions(unit)
        self.gtt_holds = GttHolds(unit)
        self.options = options
        self.sessions = sessions
        self.now = now
        self.at_ms = epoch_ms(now)
        self._seen: dict[tuple[int, str, str, str], PositionRecord] = {}

    def ledger(self, account_id: int) -> Ledger:
        """The account's ledger, posting at this instant."""
        return Ledger(self.accounts, account_id, self.at_ms)

    def open_account(self, account_id: int, broker: str) -> AccountRecord:
        """The paper account, with its opening capital if it is new."""
        account = self.accounts.get(account_id)
        if account is None:
            day = self.sessions.day_of(self.now).isoformat()
            account = AccountRecord(
                account_id=account_id, broker=broker, day=day, opened_ms=self.at_ms, reset_ms=0
            )
            self.accounts.add(account)
            self.ledger(account_id).fund(to_paise(self.options.starting_capital), "opening")
        return account

    def position_of(self, order: OrderRecord) -> PositionRecord:
        """The position an order belongs to, a fresh one if there is none."""
        key = (order.account_id, order.exchange, order.symbol, order.product)
        if key not in self._seen:
            self._seen[key] = self.positions.get(*key) or self._fresh(order)
        return self._seen[key]

    def _fresh(self, order: OrderRecord) -> PositionRecord:
        return PositionRecord(
            account_id=order.account_id, broker=order.broker, exchange=order.exchange, symbol=order.symbol,
            product=order.product, opened_ms=self.at_ms, updated_ms=self.at_ms,
        )  # fmt: skip

    def position_at(self, row: PositionRecord) -> PositionRecord:
        """The one record of a position within this unit; `row` if it is the first that was read."""
        return self._seen.setdefault((row.account_id, row.exchange, row.symbol, row.product), row)

    def working_of(self, position: PositionRecord) -> list[OrderRecord]:
        """Working orders of the position's instrument and product."""
        return self.orders.working_of(
            position.account_id, position.exchange, position.symbol, position.product
        )

    def sellable(self, order: OrderRecord) -> int:
        """Delivery shares not yet promised: settled and unsettled ones, less other resting sales."""
        holding = self.positions.holding(order.account_id, order.exchange, order.symbol)
        position = self.position_of(order)
        promised = sum(
            row.pending
            for row in self.working_of(position)
            if row.side == Side.SELL.value and row.order_id != order.order_id
        )
        return (holding.quantity if holding else 0) + position.quantity - promised

    def check_cover(self, order: OrderRecord, instrument: Instrument) -> None:
        """Shares for a delivery sale, money for whatever raises the margin. Raises Refused."""
        if order.product == Product.CNC.value and order.side == Side.SELL.value:
            sellable = max(0, self.sellable(order))
            if order.pending > sellable:
                raise Refused(
                    f"Cannot sell {order.pending} {order.symbol} for delivery: {sellable} available",
                    code="NO_HOLDINGS",
                )
        need = self.need_of(order, instrument)
        cash = self.ledger(order.account_id).money().cash
        if need > 0 and need > cash:
            raise Refused(
                f"Insufficient funds: {plain(from_paise(need))} needed, {plain(from_paise(cash))} available",
                code="INSUFFICIENT_FUNDS",
            )

    def need_of(self, order: OrderRecord, instrument: Instrument) -> int:
        """Paise that an order raises the margin by; negative when it lowers it."""
        position = self.position_of(order)
        others = [row for row in self.working_of(position) if row.order_id != order.order_id]
        held, required = self._margins(position, instrument, [*others, order])
        return sum(required) - sum(row.margin for row in held)

    def refresh_margin(self, position: PositionRecord, instrument: Instrument) -> None:
        """Recompute what a position and its working orders hold, move the difference, store the position."""
        held, required = self._margins(position, instrument, self.working_of(position))
        for row, amount in zip(held, required, strict=True):
            if row is not position and row.margin == amount:
                continue
            self.ledger(row.account_id).block(amount - row.margin, row.symbol)
            row.margin = amount
            row.updated_ms = self.at_ms
            self.positions.save(row)

    def _margins(
        self, position: PositionRecord, instrument: Instrument, orders: list[OrderRecord]
    ) -> tuple[list[PositionRecord], list[int]]:
        """The positions whose margin depends on each other, this one first, and what each needs."""
        if not spreads.is_grouped(instrument, self.options):
            return [position], [rules.required_margin(instrument, position, orders, self.options)]
        group = spreads.group_of(self, position, instrument, orders)
        return [row.position for row in group], spreads.margins(group, self.options)

    def book(
        self, order: OrderRecord, position: PositionRecord, instrument: Instrument, quantity: int, price: int,
        trade_id: str,
    ) -> TradeRecord:  # fmt: skip
        """One fill: the trade row, the position, what it realised and what it cost. Margin follows separately."""
        value = traded_paise(quantity, price, instrument.multiplier)
        was = position.quantity
        charges = costs_of_fill(self, order, instrument, value)
        if order.product == Product.CNC.value:
            realised = self._deliver(order, position, quantity, value)
        else:
            signed = Side(order.side).sign * quantity
            net, realised = apply_fill(Net(position.quantity, position.cost), signed, value)
            position.quantity, position.cost = net.quantity, net.cost
        if was == 0 or (was > 0) != (position.quantity > 0):
            position.opened_ms = self.at_ms
        trade = TradeRecord(
            trade_id=trade_id, order_id=order.order_id, account_id=order.account_id, exchange=order.exchange,
            symbol=order.symbol, side=order.side, product=order.product, quantity=quantity, price=price,
            value=value, realised=realised, charges=charges, traded_ms=self.at_ms,
        )  # fmt: skip
        self.orders.add_trade(trade)
        ledger = self.ledger(order.account_id)
        ledger.realise(realised, trade_id)
        ledger.charge(charges, trade_id)
        position.realised += realised
        position.realised_total += realised
        position.last_price = price
        order.filled += quantity
        order.filled_value += value
        order.filled_cost += quantity * price
        return trade

    def _deliver(self, order: OrderRecord, position: PositionRecord, quantity: int, value: int) -> int:
        """A delivery trade; answers what it realised. Sales take unsettled shares first, the oldest first."""
        if order.side == Side.BUY.value:
            self._add_lot(position, quantity, value)
            position.quantity += quantity
            position.cost += value
            return 0
        released = self._release_lots(position, quantity)
        rest = quantity - released[0]
        position.quantity -= released[0]
        position.cost -= released[1]
        return value - released[1] - (self._release_holding(order, rest) if rest else 0)

    def _add_lot(self, position: PositionRecord, quantity: int, cost: int) -> None:
        day = self.sessions.settles_on(Exchange(position.exchange), self.now).isoformat()
        lots = self.positions.lots(position.account_id, position.exchange, position.symbol)
        lot = next((row for row in lots if row.settles_on == day), None) or LotRecord(
            account_id=position.account_id, exchange=position.exchange, symbol=position.symbol,
            settles_on=day, quantity=0, cost=0,
        )  # fmt: skip
        lot.quantity += quantity
        lot.cost += cost
        self.positions.save_lot(lot)

    def _release_lots(self, position: PositionRecord, quantity: int) -> tuple[int, int]:
        """Take unsettled shares; how many there were, and their cost."""
        taken = cost = 0
        for lot in self.positions.lots(position.account_id, position.exchange, position.symbol):
            part = min(quantity - taken, lot.quantity)
            if part == 0:
                break
            share = lot.cost * part // lot.quantity
            lot.quantity -= part
            lot.cost -= share
            self.positions.save_lot(lot)
            taken += part
            cost += share
        return taken, cost

    def _release_holding(self, order: OrderRecord, quantity: int) -> int:
        """Take settled shares; their cost becomes cash. Raises Refused rather than go below zero."""
        holding = self.positions.holding(order.account_id, order.exchange, order.symbol)
        if holding is None or holding.quantity < quantity:
            raise Refused(f"Not enough {order.symbol} in the holdings", code="NO_HOLDINGS")
        cost = holding.cost * quantity // holding.quantity
        holding.quantity -= quantity
        holding.cost -= cost
        self.positions.save_holding(holding)
        self.ledger(order.account_id).deliver(cost, order.order_id)
        return cost
