"""Bodies of the GTT routes. Unknown fields are ignored here, as clients expect."""

from __future__ import annotations

from typing import Literal

from services.trading.commands import GttCancel, GttModify, GttPlace
from services.wire.fields import Body, OrderId, Strategy
from services.wire.triggers.fields import GttFields, KeyedGtt


class PlaceGttBody(GttFields):
    """POST placegttorder."""

    strategy: Strategy

    def command(self) -> GttPlace:
        """The use case's command."""
        return GttPlace(strategy=self.strategy, terms=self.terms(), client_order_id=self.key)


class ModifyGttBody(GttFields):
    """POST modifygttorder: a full replacement."""

    strategy: Strategy
    trigger_id: OrderId

    def command(self) -> GttModify:
        """The use case's command."""
        return GttModify(
            trigger_id=self.trigger_id, strategy=self.strategy, terms=self.terms(), client_order_id=self.key
        )


class CancelGttBody(KeyedGtt):
    """POST cancelgttorder."""

    strategy: Strategy
    trigger_id: OrderId

    def command(self) -> GttCancel:
        """The use case's command."""
        return GttCancel(trigger_id=self.trigger_id, strategy=self.strategy, client_order_id=self.key)


class GttBookBody(Body):
    """POST gttorderbook."""

    status: Literal["active", "all"] = "active"
