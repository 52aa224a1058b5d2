"""What a caller asks for, parsed once at the edge; deeper layers see no raw dictionaries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.gtt import GttTerms
from domain.instruments import Exchange, InstrumentType
from domain.orders import PriceType, Product, Side
from domain.triggers.exits import ExitTerms


class Operation(StrEnum):
    """What is done with orders; the rows of the mode table."""

    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    CANCEL_ALL = "cancel_all"
    CLOSE = "close"
    SMART = "smart"
    BASKET = "basket"
    SPLIT = "split"
    OPTIONS = "options"
    OPTIONS_MULTI = "options_multi"
    GTT_PLACE = "gtt_place"
    GTT_MODIFY = "gtt_modify"
    GTT_CANCEL = "gtt_cancel"

    @property
    def is_gtt(self) -> bool:
        """Whether it is about a GTT instead of an order."""
        return self in (Operation.GTT_PLACE, Operation.GTT_MODIFY, Operation.GTT_CANCEL)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A new order. Quantity in units. `strategy` is a free tag, `client_order_id` makes repeats harmless.

    `reduces` marks an exit that we derived from an open position: it passes where entries are refused.
    """

    strategy: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: Decimal
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0
    client_order_id: str | None = None
    reduces: bool = False

    operation = Operation.PLACE


class Modify(msgspec.Struct, frozen=True, kw_only=True):
    """New terms of a working order; symbol, exchange, side and product must be the order's own."""

    order_id: str
    strategy: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: Decimal
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0
    client_order_id: str | None = None

    operation = Operation.MODIFY


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw one working order."""

    order_id: str
    strategy: str = ""
    client_order_id: str | None = None

    operation = Operation.CANCEL


class CancelAll(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw every working order of the account, or only those of `symbol`, or only `order_ids`."""

    strategy: str = ""
    symbol: str | None = None
    exchange: Exchange | None = None
    order_ids: tuple[str, ...] | None = None
    client_order_id: str | None = None

    operation = Operation.CANCEL_ALL


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """Square off every open position at MARKET; with symbol, exchange and product only that one.

    only: (exchange, symbol, product) of the positions that are meant, all when None.
    """

    strategy: str = ""
    symbol: str | None = None
    exchange: Exchange | None = None
    product: Product | None = None
    only: tuple[tuple[Exchange, str, Product], ...] | None = None
    client_order_id: str | None = None

    operation = Operation.CLOSE


class Smart(msgspec.Struct, frozen=True, kw_only=True):
    """Bring the account's position in (exchange, symbol, product) to `position_size`, signed units.

    side and quantity count only when nothing is held and nothing is wanted: then they are a plain order.
    exits: what protects the position from then on. closes_only: a position that `side` does not close is left alone.
    adds: the order of `side` and `quantity` leaves as it is, and `position_size` becomes what is held and it together.
    """

    strategy: str
    symbol: str
    exchange: Exchange
    side: Side
    quantity: Decimal
    position_size: Decimal
    price_type: PriceType
    product: Product
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0
    client_order_id: str | None = None
    exits: ExitTerms | None = None
    closes_only: bool = False
    adds: bool = False

    operation = Operation.SMART

    def place(self, side: Side, quantity: Decimal, *, reduces: bool = False) -> Place:
        """One order on the way to the target."""
        return Place(
            strategy=self.strategy, symbol=self.symbol, exchange=self.exchange, side=side, quantity=quantity,
            price_type=self.price_type, product=self.product, price=self.price, trigger_price=self.trigger_price,
            disclosed_quantity=min(self.disclosed_quantity, int(quantity)), reduces=reduces,
        )  # fmt: skip


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """Several orders at once, each with its own outcome; all are checked before any is sent.

    rollback: all orders or none; what was accepted before one failed is undone.
    """

    strategy: str
    orders: tuple[Place, ...]
    rollback: bool = False
    client_order_id: str | None = None

    operation = Operation.BASKET


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One order cut into slices of `size` units."""

    order: Place
    size: int
    client_order_id: str | None = None

    operation = Operation.SPLIT

    @property
    def strategy(self) -> str:
        """The order's tag."""
        return self.order.strategy


class OptionPick(msgspec.Struct, frozen=True, kw_only=True):
    """One option by its place: offset ATM, ITMn or OTMn in listed strikes. Quantity in units.

    split_size: units a slice, 0 for one order. expiry overrules the command's.
    """

    offset: str
    option_type: InstrumentType
    side: Side
    quantity: int
    price_type: PriceType
    product: Product
    expiry: dt.date | None = None
    split_size: int = 0
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    disclosed_quantity: int = 0


class OptionsOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order for one option of an underlying. exchange: the underlying's. strike_int: count multiples of it."""

    strategy: str
    underlying: str
    exchange: Exchange
    pick: OptionPick
    expiry: dt.date | None = None
    strike_int: int | None = None
    client_order_id: str | None = None

    operation = Operation.OPTIONS


class OptionsMultiOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Orders for several options of one underlying, chosen by one price of it; BUY legs before SELL legs.

    rollback: all legs or none; what was accepted before a leg failed is undone.
    """

    strategy: str
    underlying: str
    exchange: Exchange
    legs: tuple[OptionPick, ...]
    expiry: dt.date | None = None
    strike_int: int | None = None
    rollback: bool = False
    client_order_id: str | None = None

    operation = Operation.OPTIONS_MULTI


class GttPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A new GTT."""

    strategy: str
    terms: GttTerms
    client_order_id: str | None = None

    operation = Operation.GTT_PLACE


class GttModify(msgspec.Struct, frozen=True, kw_only=True):
    """New terms of an active GTT; symbol, exchange, side and trigger type must be its own."""

    trigger_id: str
    strategy: str
    terms: GttTerms
    client_order_id: str | None = None

    operation = Operation.GTT_MODIFY


class GttCancel(msgspec.Struct, frozen=True, kw_only=True):
    """Withdraw an active GTT."""

    trigger_id: str
    strategy: str = ""
    client_order_id: str | None = None

    operation = Operation.GTT_CANCEL


Single = Place | Modify | Cancel
Plan = CancelAll | Close | Smart | Basket | Split | OptionsOrder | OptionsMultiOrder
GttCommand = GttPlace | GttModify | GttCancel
Command = Single | Plan | GttCommand


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The broker accepted the write (not: executed it). `replayed` when this is a stored answer."""

    order_id: str
    mode: str
    tag: str = ""
    replayed: bool = False


class GttAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """A GTT was taken. held_by: `gateway` or `broker`, where it waits now. `tag` is of a write to the broker."""

    trigger_id: str
    mode: str
    held_by: str
    tag: str = ""
    replayed: bool = False

    @property
    def order_id(self) -> str:
        """What an approval queue notes as the result."""
        return self.trigger_id


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """The whole command waits for a person's approval; nothing was sent."""

    pending_id: int
    mode: str = "semi_auto"


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a plan and how it ended: order_id, or error code and message.

    number, offset, option_type: the leg of an options order that it belongs to. passing: it was refused for a
    reason that says nothing about the order and may be gone the next moment.
    """

    symbol: str
    exchange: str
    product: str
    quantity: int
    side: str = ""
    order_id: str | None = None
    code: str | None = None
    message: str = ""
    number: int = 0
    offset: str = ""
    option_type: str = ""
    passing: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the broker accepted it."""
        return self.code is None


class PlanOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """Every leg of a plan, in plan order. `message` says why there is none. underlying_ltp: rupees.

    exit_id: the exits that a smart order came with.
    """

    legs: tuple[Leg, ...]
    mode: str
    message: str = ""
    underlying_ltp: float | None = None
    exit_id: str | None = None
    replayed: bool = False
