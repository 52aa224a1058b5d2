"""Whose profit it is: the fills of the day by symbol and by strategy. Pure; rupees as Decimal, None is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from domain.instruments import Exchange
from domain.money import ZERO
from domain.orders import Side, TradeRow
from domain.portfolio import Position, unrealised

Place = tuple[Exchange, str, str]


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One fill with the strategy that sent its order, None for an order placed elsewhere. value: rupees."""

    exchange: Exchange
    symbol: str
    product: str
    side: Side
    quantity: int
    value: Decimal
    order_id: str
    strategy: str | None
    at: dt.datetime | None = None

    @property
    def place(self) -> Place:
        """Where the position stands that it changed."""
        return self.exchange, self.symbol, self.product


class Traded(msgspec.Struct, frozen=True, kw_only=True):
    """What fills of one place come to. net: signed units that they leave open."""

    bought: int
    sold: int
    buy_value: Decimal
    sell_value: Decimal

    @property
    def net(self) -> int:
        """Bought less sold."""
        return self.bought - self.sold

    @property
    def turnover(self) -> Decimal:
        """Both sides, rupees."""
        return self.buy_value + self.sell_value

    @property
    def realised(self) -> Decimal:
        """Of the units that were both bought and sold, at the average of each side."""
        matched = min(self.bought, self.sold)
        if matched == 0:
            return ZERO
        return matched * (self.sell_value / self.sold - self.buy_value / self.bought)

    def unrealised(self, ltp: Decimal | None, multiplier: int) -> Decimal | None:
        """Of the units left open, at the last price; None without one."""
        if self.net == 0:
            return ZERO
        if ltp is None:
            return None
        return self.sell_value - self.buy_value + self.net * ltp * multiplier - self.realised


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the page.

    unpriced: open places that `unrealised` leaves out: without a last price, or, for a strategy, mixed with units from
    earlier days, of which nobody says whose they are.
    realised, unrealised, charges: None where there is no basis for the number.
    """

    trades: int
    turnover: Decimal
    realised: Decimal | None
    unrealised: Decimal | None
    charges: Decimal | None
    unpriced: int = 0

    @property
    def total(self) -> Decimal | None:
        """Realised and unrealised together, before charges."""
        if self.realised is None or self.unrealised is None:
            return None
        return self.realised + self.unrealised


class StrategyRow(Row, frozen=True, kw_only=True):
    """strategy: None for orders placed elsewhere."""

    strategy: str | None


class SymbolRow(Row, frozen=True, kw_only=True):
    """One position of the day. carried: signed units that the day began with."""

    place: Place
    quantity: int
    carried: int


def fills_of(trades: Sequence[TradeRow], strategies: Mapping[str, str]) -> list[Fill]:
    """The fills of the trade book with who sent them."""
    return [
        Fill(
            exchange=row.exchange, symbol=row.symbol, product=str(row.product), side=row.side,
            quantity=row.quantity, value=row.value, order_id=row.order_id,
            strategy=strategies.get(row.order_id) or None, at=row.traded_at,
        )
        for row in trades
    ]  # fmt: skip


def traded(fills: Iterable[Fill]) -> Traded:
    """The sums of fills of one place."""
    bought, sold, buy_value, sell_value = 0, 0, ZERO, ZERO
    for fill in fills:
        if fill.side is Side.BUY:
            bought, buy_value = bought + fill.quantity, buy_value + fill.value
        else:
            sold, sell_value = sold + fill.quantity, sell_value + fill.value
    return Traded(bought=bought, sold=sold, buy_value=buy_value, sell_value=sell_value)


def by_place(fills: Iterable[Fill]) -> dict[Place, list[Fill]]:
    """Fills sorted by where they stand, in their order."""
    found: dict[Place, list[Fill]] = {}
    for fill in fills:
        found.setdefault(fill.place, []).append(fill)
    return found


def by_symbol(
    positions: Sequence[Position], fills: Sequence[Fill], charges: Mapping[str, Decimal | None]
) -> list[SymbolRow]:
    """One row a position, in the broker's own figures. charges: of each order, by its id."""
    sorted_fills = by_place(fills)
    rows = []
    for position in positions:
        place = (position.exchange, position.symbol, str(position.product))
        mine = sorted_fills.get(place, [])
        sums = traded(mine)
        open_profit = unrealised(position)
        rows.append(
            SymbolRow(
                place=place, quantity=position.quantity, carried=position.quantity - sums.net, trades=len(mine),
                turnover=sums.turnover, realised=position.realized_pnl, unrealised=open_profit,
                charges=_charged(mine, charges),
                unpriced=int(position.quantity != 0 and position.ltp is None),
            )
        )  # fmt: skip
    return rows


def by_strategy(
    positions: Sequence[Position], fills: Sequence[Fill], charges: Mapping[str, Decimal | None]
) -> list[StrategyRow]:
    """One row a strategy from its own fills alone, the one of nobody last; positions only give last prices."""
    held = {(row.exchange, row.symbol, str(row.product)): row for row in positions}
    nets = {place: traded(mine).net for place, mine in by_place(fills).items()}
    names = sorted({fill.strategy for fill in fills}, key=lambda name: (name is None, name or ""))
    rows = []
    for name in names:
        mine = [fill for fill in fills if fill.strategy == name]
        sums = {place: traded(parts) for place, parts in by_place(mine).items()}
        profits = [_open_profit(each, held.get(place), nets[place]) for place, each in sums.items()]
        known = [profit for profit in profits if profit is not None]
        rows.append(
            StrategyRow(
                strategy=name, trades=len(mine), turnover=sum((each.turnover for each in sums.values()), ZERO),
                realised=sum((each.realised for each in sums.values()), ZERO),
                unrealised=sum(known, ZERO) if known or not profits else None,
                charges=_charged(mine, charges), unpriced=len(profits) - len(known),
            )
        )  # fmt: skip
    return rows


def _open_profit(mine: Traded, position: Position | None, net: int) -> Decimal | None:
    """What a strategy's open units of one place have won; net: of everybody's fills there."""
    if mine.net == 0:
        return ZERO
    if position is None or position.quantity != net:
        return None
    return mine.unrealised(position.ltp, position.multiplier)


def _charged(fills: Sequence[Fill], charges: Mapping[str, Decimal | None]) -> Decimal | None:
    """Charges of the orders of these fills; None as soon as one order's are not known."""
    found = [charges.get(order_id) for order_id in {fill.order_id for fill in fills}]
    if any(one is None for one in found):
        return None
    return sum((one for one in found if one is not None), ZERO)
