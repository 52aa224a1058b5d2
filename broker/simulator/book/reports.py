"""What an account is told about its money: positions, holdings, funds; and what legs would cost."""

from __future__ import annotations

from collections.abc import Sequence

from broker.simulator.book import views
from broker.simulator.book.accounts import Accounts
from broker.simulator.book.records import PositionRecord
from broker.simulator.clearing import OPENING_CASH, Clearing
from broker.simulator.evaluation import reserve_price
from broker.simulator.prices.quotes import Prices, vertex_day
from broker.simulator.rules import SPAN_SHARE, required_margin, tick_pips, to_pips
from broker.simulator.specs import Contract
from domain.margin import Pending
from domain.money import from_paise
from domain.orders import OrderTerms, PriceType, Side
from domain.portfolio import Funds, Holding, MarginEstimate, Position


class Reports:
    """Reads the accounts and marks them at the prices of a vertex."""

    def __init__(self, accounts: Accounts, clearing: Clearing, prices: Prices) -> None:
        self._accounts = accounts
        self._clearing = clearing
        self._prices = prices

    def positions(self, account: str, vertex: int) -> list[Position]:
        """Net positions; those closed today stay, flat."""
        return [
            views.position(record, contract, last)
            for record, contract, last in self._marked(account, vertex)
            if record.quantity or record.traded
        ]

    def holdings(self, account: str, vertex: int) -> list[Holding]:
        """Delivery shares of earlier days."""
        rows = []
        for record in self._accounts.holdings(account):
            contract = self._clearing.contract(record.exchange, record.symbol)
            rows.append(views.holding(record, contract, self._last(contract, vertex)))
        return rows

    def funds(self, account: str, vertex: int) -> Funds:
        """Money; an account that has not traded has its opening cash."""
        row = self._accounts.cash_and_day(account)
        cash = row[0] if row else OPENING_CASH
        return views.funds(cash, self._accounts.required_sum(account), self._marked(account, vertex))

    def _marked(self, account: str, vertex: int) -> list[views.Marked]:
        rows = []
        for record in self._accounts.positions(account):
            contract = self._clearing.contract(record.exchange, record.symbol)
            rows.append(views.Marked(record, contract, self._last(contract, vertex)))
        return rows

    def _last(self, contract: Contract, vertex: int) -> int:
        if contract.expiry_vertex is not None:
            vertex = min(vertex, contract.expiry_vertex)
        return tick_pips(contract.tick, self._prices.last(contract, vertex))

    def margin(self, legs: Sequence[tuple[Contract, OrderTerms]], vertex: int) -> MarginEstimate:
        """Margin of the legs taken together on an empty account; `benefit` is what taking them together saves."""
        groups: dict[tuple[Contract, str], tuple[list[Pending], list[Pending]]] = {}
        alone = total = leveraged = 0
        day = vertex_day(vertex)
        for contract, terms in legs:
            pending = self._pending(contract, terms, vertex)
            product, buying = terms.product.value, terms.side is Side.BUY
            buys, sells = groups.setdefault((contract, product), ([], []))
            (buys if buying else sells).append(pending)
            alone += self._leg(contract, product, [pending] * buying, [pending] * (not buying), day)
        for (contract, product), (buys, sells) in groups.items():
            amount = self._leg(contract, product, buys, sells, day)
            total += amount
            if contract.expiry_day is not None:
                premium = self._leg(contract, product, buys, [], day) if contract.strike is not None else 0
                leveraged += amount - premium
        span = int(leveraged * SPAN_SHARE)
        return MarginEstimate(
            total=from_paise(total),
            span=from_paise(span),
            exposure=from_paise(leveraged - span),
            benefit=from_paise(alone - total),
        )

    def _pending(self, contract: Contract, terms: OrderTerms, vertex: int) -> Pending:
        limit = terms.price if terms.price_type.needs_price else None
        if terms.price_type is PriceType.SL_M:
            limit = terms.trigger_price
        price = reserve_price(self._prices, contract, terms.side, terms.quantity, vertex, limit)
        return Pending(terms.quantity, to_pips(price))

    def _leg(
        self, contract: Contract, product: str, buys: list[Pending], sells: list[Pending], day: int
    ) -> int:
        nothing = PositionRecord(account="", exchange="", symbol="", product=product)
        return required_margin(contract, nothing, buys, sells, self._clearing.spot_pips(contract, day))
