"""What is sent instead of what was asked. Pure: terms, policy and market in, terms out, or the reason for none."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.errors import Refused
from domain.instruments import Instrument
from domain.orders import OrderTerms, PriceType
from services.trading.protection.ladder import next_price, stop_limit
from services.trading.protection.market import MarketView
from services.trading.protection.policy import Policy

NO_PRICE = "NO_PROTECTION_PRICE"


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """An order under protection, before it leaves. urgent: it closes a position.

    sent: what leaves; the same as `asked` where the broker's own protection goes first. market: None then.
    """

    asked: OrderTerms
    sent: OrderTerms
    instrument: Instrument
    policy: Policy
    urgent: bool
    market: MarketView | None = None

    def told(self) -> dict[str, Any]:
        """For the time line: what was asked, what leaves, and what the limit was made from."""
        asked, sent, market = self.asked, self.sent, self.market
        by_us = market is not None
        found: dict[str, Any] = {
            "asked": asked.price_type.value, "sent": sent.price_type.value, "price": sent.price,
            "trigger_price": sent.trigger_price, "protected_by": "gateway" if by_us else "broker",
            "deadline_seconds": self.policy.rule.ladder.seconds,
        }  # fmt: skip
        if market is not None:
            found |= {
                "reference": market.reference, "band_low": market.band.low, "band_high": market.band.high,
                "band": "known" if market.band.is_known else "unknown",
            }  # fmt: skip
        return found


def limit_for(asked: OrderTerms, policy: Policy, instrument: Instrument, market: MarketView) -> OrderTerms:
    """The LIMIT or SL that stands in for a MARKET or SL-M order.

    An unknown band leaves the percentage as the only bound. Raises Refused when no limit can be found: nothing may be
    sent then.
    """
    rule, tick = policy.rule, instrument.tick_size
    if asked.price_type is PriceType.SL_M:
        trigger = asked.trigger_price
        if not trigger:
            raise Refused("A stop leaves with its trigger or not at all; nothing was sent", code="NO_TRIGGER")
        price = stop_limit(asked.side, trigger, rule.stop_percent, market.band, tick)
        if price is None:
            raise Refused(
                f"trigger_price {trigger} is outside the price band; nothing was sent",
                code="TRIGGER_OUTSIDE_BAND",
            )
        return msgspec.structs.replace(asked, price_type=PriceType.SL, price=price)
    price = next_price(asked.side, market.reference, market.band, tick, rule.ladder, 0)
    if price is None:
        raise Refused(
            "MARKET orders are barred here and no price is known that a limit could be made from;"
            " nothing was sent. Send a LIMIT order",
            code=NO_PRICE,
        )
    return msgspec.structs.replace(asked, price_type=PriceType.LIMIT, price=price, trigger_price=None)


def reprice(asked: OrderTerms, quantity: int, price: Any) -> OrderTerms:
    """The next limit of a working order; `quantity` stays the total, so that only what is left gets the new price."""
    return msgspec.structs.replace(
        asked, quantity=quantity, price_type=PriceType.LIMIT, price=price, trigger_price=None,
        disclosed_quantity=min(asked.disclosed_quantity, quantity),
    )  # fmt: skip
