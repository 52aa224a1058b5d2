"""What leaves in place of Dhan's orders without a price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from broker.families.dhan.mapping import LIVE_PRICE_TYPE
from domain.errors import UnmappedValue
from domain.orders import OrderTerms, PriceType, Product, Side
from services.trading.protection.policy import Policies


class Host:
    def __init__(self, manifest: Any, option: str) -> None:
        self._manifest, self._option = manifest, option

    def manifest(self, _broker: str) -> Any:
        return self._manifest

    def option(self, _broker: str, _name: str) -> str:
        return self._option


@pytest.mark.parametrize(("option", "market"), [("vendor", "as_asked"), ("limit", "limit")])
def test_stops_leave_as_limits_whatever_is_chosen_for_market_orders(
    kit: Any, tmp_path: Any, option: str, market: str
) -> None:
    bench = kit.Bench("dhan", kit.ScriptedTransport([]), tmp_path)
    policies = Policies(Host(kit.manifest("dhan"), option))
    for row in bench.lookup.keys.values():
        if row.exchange.is_index:
            continue
        for kind, first in ((PriceType.MARKET, market), (PriceType.SL_M, "limit")):
            terms = OrderTerms(
                symbol=row.symbol, exchange=row.exchange, side=Side.SELL, quantity=1, price_type=kind,
                product=Product.MIS, trigger_price=Decimal(1) if kind.needs_trigger else None,
            )  # fmt: skip
            policy = policies.of("dhan", terms, row)
            assert policy is not None and policy.first_send == first, (row.symbol, kind)
            assert policy.rule.ladder.asks_market == kind.needs_trigger


def test_no_stop_at_the_market_can_be_said_to_dhan() -> None:
    with pytest.raises(UnmappedValue):
        LIVE_PRICE_TYPE.encode(PriceType.SL_M)
    assert LIVE_PRICE_TYPE.decode("STOP_LOSS_MARKET") is PriceType.SL_M
