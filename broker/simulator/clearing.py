"""After the match: trades become positions, cash, margin and holdings. Runs inside the store's transaction."""

from __future__ import annotations

from broker.simulator.book.accounts import Accounts
from broker.simulator.book.orders import Orders
from broker.simulator.book.records import HoldingRecord, OrderRecord, PositionRecord, TradeRecord
from broker.simulator.prices.path import DAY_VERTICES
from broker.simulator.prices.quotes import Prices, vertex_ms
from broker.simulator.rules import (
    is_delivery,
    pays_premium,
    required_margin,
    tick_pips,
    value_paise,
)
from broker.simulator.specs import Contract, day_date
from broker.simulator.universe import Universe
from domain.instruments import InstrumentType
from domain.margin import Pending
from domain.netting import Net, apply_fill
from domain.orders import OrderStatus, Side

OPENING_CASH = 1_00_00_000_00  # one crore rupees, in paise
DAY_ENDED = "Day order expired"
CONTRACT_ENDED = "Contract expired"


class Clearing:
    """The books behind the orders."""

    def __init__(self, orders: Orders, accounts: Accounts, universe: Universe, prices: Prices) -> None:
        self._orders = orders
        self._accounts = accounts
        self._universe = universe
        self._prices = prices

    def open_account(self, account: str, day: int, at_ms: int) -> None:
        """Give a new account its opening cash."""
        if self._accounts.cash_and_day(account) is None:
            self._accounts.open(account, day)
            self._accounts.move_cash(account, at_ms, "opening", OPENING_CASH, "")

    def contract(self, exchange: str, symbol: str) -> Contract:
        """The contract of a stored row; it was valid when it was written."""
        contract = self._universe.resolve(exchange, symbol)
        if contract is None:
            raise KeyError(f"{exchange}:{symbol} is in the book but not in the universe")
        return contract

    def position_of(self, order: OrderRecord, contract: Contract) -> PositionRecord:
        """The position an order belongs to, a fresh one if there is none."""
        return self._accounts.position(
            order.account, order.exchange, order.symbol, order.product
        ) or PositionRecord(
            account=order.account,
            exchange=order.exchange,
            symbol=order.symbol,
            product=order.product,
            expiry_vertex=contract.expiry_vertex,
        )

    def sellable(self, order: OrderRecord, contract: Contract) -> int:
        """Delivery shares not yet promised: holdings and today's net purchase less resting sales, this one aside."""
        holding = self._accounts.holding(order.account, order.exchange, order.symbol)
        position = self.position_of(order, contract)
        promised = sum(
            other.pending
            for other in self._orders.working_of(position)
            if other.side == Side.SELL and other.sequence != order.sequence
        )
        return (holding.quantity if holding else 0) + position.quantity - promised

    def margin_with(self, order: OrderRecord, contract: Contract) -> tuple[PositionRecord, int]:
        """The order's position and the margin it will hold once the order rests (or has its new terms)."""
        position = self.position_of(order, contract)
        others = [row for row in self._orders.working_of(position) if row.sequence != order.sequence]
        return position, self._required(contract, position, [*others, order])

    def available(self, account: str) -> int:
        """Cash not held back, paise."""
        row = self._accounts.cash_and_day(account)
        return (row[0] if row else OPENING_CASH) - self._accounts.required_sum(account)

    def refresh_margin(self, position: PositionRecord, contract: Contract) -> None:
        """Recompute what a position and its resting orders hold, and store the position."""
        position.required = self._required(contract, position, self._orders.working_of(position))
        self._accounts.save_position(position)

    def _required(self, contract: Contract, position: PositionRecord, orders: list[OrderRecord]) -> int:
        buys = [Pending(row.pending, row.reserve_price) for row in orders if row.side == Side.BUY]
        sells = [Pending(row.pending, row.reserve_price) for row in orders if row.side == Side.SELL]
        account = self._accounts.cash_and_day(position.account)
        spot = self.spot_pips(contract, account[1]) if account else 0
        return required_margin(contract, position, buys, sells, spot)

    def spot_pips(self, contract: Contract, day: int) -> int:
        """The underlying's previous close: the notional of written options, constant through a day."""
        return tick_pips(contract.spot.tick, self._prices.paths.close(contract.spot, day - 1))

    def book_trade(self, trade: TradeRecord, position: PositionRecord, contract: Contract) -> None:
        """Store a trade and move position and cash; margin is refreshed by the caller once per match."""
        self._orders.add_trade(trade)
        sign = Side(trade.side).sign
        net, realised = apply_fill(Net(position.quantity, position.cost), sign * trade.quantity, trade.value)
        position.quantity, position.cost = net.quantity, net.cost
        position.realised += realised
        position.traded += trade.quantity
        if pays_premium(contract, trade.product):
            self._accounts.move_cash(
                trade.account, trade.traded_ms, "trade", -sign * trade.value, trade.trade_id
            )
        elif realised:
            self._accounts.move_cash(trade.account, trade.traded_ms, "realised", realised, trade.trade_id)

    def settle_expired(self, vertex: int) -> list[PositionRecord]:
        """Close positions in contracts that stopped trading before `vertex` at their settlement price."""
        settled = self._accounts.expired_positions(vertex)
        for position in settled:
            contract = self.contract(position.exchange, position.symbol)
            price = self.settlement_pips(contract)
            value = value_paise(contract, abs(position.quantity), price)
            _, realised = apply_fill(Net(position.quantity, position.cost), -position.quantity, value)
            premium = contract.kind.is_option
            amount = (value if position.quantity > 0 else -value) if premium else realised
            assert contract.expiry_vertex is not None
            at_ms = vertex_ms(contract.expiry_vertex + 1)
            self._accounts.move_cash(position.account, at_ms, "settlement", amount, position.symbol)
            position.realised += realised
            position.quantity = position.cost = 0
            self.refresh_margin(position, contract)
        return settled

    def settlement_pips(self, contract: Contract) -> int:
        """Final price of an expired contract: the future's last price, an option's intrinsic value."""
        assert contract.expiry_vertex is not None
        if contract.strike is None:
            return tick_pips(contract.tick, self._prices.last(contract, contract.expiry_vertex))
        day, within = divmod(contract.expiry_vertex, DAY_VERTICES)
        spot = tick_pips(contract.spot.tick, self._prices.paths.value(contract.spot, day, within))
        assert contract.instrument.strike is not None
        strike = int(contract.instrument.strike * 10_000)
        return max(0, spot - strike if contract.kind is InstrumentType.CE else strike - spot)

    def is_behind(self, vertex: int) -> bool:
        """Whether a position is to be settled or an account to be moved to a new day."""
        day = vertex // DAY_VERTICES
        return bool(self._accounts.behind(day) or self._accounts.expired_positions(vertex))

    def roll_all(self, day: int) -> None:
        """Begin a new trading day for every account that is still in an old one."""
        for account in self._accounts.behind(day):
            self.roll(account, day)

    def roll(self, account: str, day: int) -> None:
        """Begin a new trading day: deliver shares, forget flat rows and yesterday's realised figures."""
        self._accounts.set_day(account, day)
        for position in self._accounts.positions(account):
            contract = self.contract(position.exchange, position.symbol)
            if is_delivery(position.product):
                self._deliver(position)
                position.quantity = 0
            if position.quantity == 0 and not self._orders.working_of(position):
                self._accounts.delete_position(position)
                continue
            position.realised = position.traded = 0
            self.refresh_margin(position, contract)

    def _deliver(self, position: PositionRecord) -> None:
        """Yesterday's net purchase becomes a holding; a net sale leaves the holding at its average cost."""
        if position.quantity == 0:
            return
        key = (position.account, position.exchange, position.symbol)
        old = self._accounts.holding(*key) or HoldingRecord(
            account=key[0], exchange=key[1], symbol=key[2], quantity=0, cost=0
        )
        if position.quantity > 0:
            cost = old.cost + position.cost
        else:
            cost = old.cost - old.cost * -position.quantity // old.quantity
        quantity = old.quantity + position.quantity
        self._accounts.save_holding(
            HoldingRecord(account=key[0], exchange=key[1], symbol=key[2], quantity=quantity, cost=cost)
        )

    def end_order(self, order: OrderRecord, contract: Contract, reason: str, at_ms: int) -> None:
        """Cancel what is left of an order and give its margin back."""
        order.status = OrderStatus.CANCELLED.value
        order.reason = reason
        order.updated_ms = at_ms
        self._orders.save(order)
        self.refresh_margin(self.position_of(order, contract), contract)


def order_end(order: OrderRecord, contract: Contract) -> tuple[int, str]:
    """The last vertex at which an order can trade, and why it ends there."""
    day_end = (order.day + 1) * DAY_VERTICES - 1
    if contract.expiry_vertex is not None and contract.expiry_vertex < day_end:
        return contract.expiry_vertex, CONTRACT_ENDED
    return day_end, DAY_ENDED


def order_prefix(day: int) -> str:
    """YYMMDD of a day number."""
    return day_date(day).strftime("%y%m%d")
