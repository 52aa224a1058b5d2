"""What an account's broker takes on an exchange, by the same facts as the rules that judge an order."""

from __future__ import annotations

import msgspec

from broker.core.manifest import Manifest
from domain.instruments import Exchange
from domain.orders import PRODUCTS_BY_SEGMENT, PriceType, Product


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Products and price types in the manifest's order; both empty where nothing can be traded."""

    products: tuple[Product, ...] = ()
    price_types: tuple[PriceType, ...] = ()


def offered(manifest: Manifest, exchange: Exchange) -> Offer:
    """The choices that no rule of `terms` would refuse there."""
    if exchange.is_index or exchange not in manifest.exchanges:
        return Offer()
    segment = PRODUCTS_BY_SEGMENT.get(exchange)
    products = tuple(item for item in manifest.products if segment is None or item in segment)
    return Offer(products=products, price_types=manifest.price_types)
