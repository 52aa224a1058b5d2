"""The Gtt role as a table, and the limit orders that stand in where a vendor's GTTs know no MARKET."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest
from broker.core.roles import Session
from domain.errors import InvalidInput, Refused
from domain.gtt import DeleteGtt, GttRow, ModifyGtt, PlaceGtt, check
from domain.money import ZERO, to_decimal
from domain.orders import PlaceOrder, PriceType, Side


def require_gtt(command: PlaceGtt | ModifyGtt) -> None:
    """The last look before the wire: a legal combination and a live price to compare with. Raises Refused."""
    try:
        check(command.terms)
    except InvalidInput as error:
        raise Refused(error.message) from None
    if not command.last_price.is_finite() or command.last_price <= ZERO:
        raise Refused("A GTT needs the last price of its instrument")


def protected_price(side: Side, trigger_price: Decimal, percent: Decimal, tick_size: Decimal) -> Decimal:
    """The limit that stands in for MARKET: the worst price at which a triggered order may still fill, rupees.

    `percent` above the trigger for BUY and below it for SELL, rounded away from the trigger to a multiple of
    `tick_size`: rounding never takes the room to fill away. Never less than one tick.
    """
    reach = trigger_price * (1 + side.sign * percent / 100)
    steps = (reach / tick_size).to_integral_value(ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)
    return max(steps, Decimal(1)) * tick_size


def limit_orders(percent: str) -> Callable[[PlaceGtt | ModifyGtt], list[PlaceOrder]]:
    """What a GTT's legs send, for a vendor whose GTTs hold LIMIT orders only: MARKET becomes LIMIT at protected_price.

    percent: an option's text, more than 0 and less than 100. Raises ValueError.
    """
    room = to_decimal(percent)
    if not 0 < room < 100:
        raise ValueError("the protective offset of a GTT must be a percentage between 0 and 100")

    def orders(command: PlaceGtt | ModifyGtt) -> list[PlaceOrder]:
        terms, tick = command.terms, command.instrument.tick_size
        found = []
        for leg in terms.legs:
            order = terms.order_of(leg)
            if order.price_type is PriceType.MARKET:
                price = protected_price(order.side, leg.trigger_price, room, tick)
                order = msgspec.structs.replace(order, price_type=PriceType.LIMIT, price=price)
            found.append(PlaceOrder(terms=order, instrument=command.instrument, tag=""))
        return found

    return orders


def unchangeable_terms(vendor: str) -> Callable[[ModifyGtt], str]:
    """A request field with the trigger id, for a vendor whose change carries prices and quantities only.

    Anything else that differs is refused: it would be dropped without a word.
    """

    def source(gtt: ModifyGtt) -> str:
        terms, row, leg = gtt.terms, gtt.row, gtt.row.legs[0]
        before = (row.trigger_type, row.symbol, row.exchange, leg.side, leg.product)
        if (terms.trigger_type, terms.symbol, terms.exchange, terms.side, terms.product) != before:
            raise Refused(f"{vendor} can change only the prices and the quantity of a GTT")
        return gtt.trigger_id

    return source


class TableGtt:
    """A Gtt of four endpoints; the subject of each write is the command itself."""

    def __init__(
        self, rest: Rest, *, place: Endpoint[str], modify: Endpoint[str], delete: Endpoint[str],
        book: Endpoint[list[GttRow]],
    ) -> None:  # fmt: skip
        self._rest, self._place, self._modify = rest, place, modify
        self._delete, self._book = delete, book

    def place(self, session: Session, command: PlaceGtt) -> str:
        require_gtt(command)
        return self._rest.call(session, self._place, command)

    def modify(self, session: Session, command: ModifyGtt) -> str:
        require_gtt(command)
        return self._rest.call(session, self._modify, command)

    def delete(self, session: Session, command: DeleteGtt) -> str:
        return self._rest.call(session, self._delete, command)

    def book(self, session: Session) -> list[GttRow]:
        return self._rest.call(session, self._book)
