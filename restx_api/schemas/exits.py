"""Bodies of the routes of exits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.wire.fields import (
    Body,
    ExchangeWord,
    OptionalStrategy,
    OrderBody,
    OrderId,
    ProductWord,
    Strategy,
    Symbol,
)  # fmt: skip
from services.wire.triggers.exit_fields import ExitFields


class PlacePositionExitBody(OrderBody):
    """POST placepositionexit. The position must be open; one set of exits for each."""

    strategy: Strategy
    symbol: Symbol
    exchange: ExchangeWord
    product: ProductWord
    exits: ExitFields


class ModifyPositionExitBody(OrderBody):
    """POST modifypositionexit: a full replacement of what was asked."""

    exit_id: OrderId
    exits: ExitFields
    strategy: OptionalStrategy = ""


class CancelPositionExitBody(OrderBody):
    """POST cancelpositionexit."""

    exit_id: OrderId
    strategy: OptionalStrategy = ""


class PositionExitsBody(Body):
    """POST positionexits."""

    status: Literal["active", "all"] = Field(
        "active", description="all: finished ones behind the running ones"
    )
