"""What a manifest declares is what the plug-in does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.instruments import CASH_EXCHANGES, DERIVATIVE_EXCHANGES, Exchange, Instrument, InstrumentType
from domain.orders import OrderTerms, PriceType, Product, Side
from test.broker.kit.data import left_to_fill

ROLE_OF = {
    **dict.fromkeys(("place", "modify", "cancel", "order_book", "trade_book"), "orders"),
    **dict.fromkeys(("positions", "holdings", "funds"), "portfolio"),
    **dict.fromkeys(("quotes", "depth", "history"), "market"),
}


def test_every_own_plugin_folder_is_readable(kit: Any) -> None:
    assert kit.registry.broken() == {}
    assert kit.registry.manifests()


def test_nothing_is_left_to_fill(kit: Any, plugin_id: str) -> None:
    """A skeleton of test/broker/new_broker.py lists here what its author has still to write."""
    assert left_to_fill(kit.registry.folder(plugin_id), kit.HERE / plugin_id) == []


def test_declared_means_implemented_and_absent_means_absent(kit: Any, plugin_id: str, tmp_path: Path) -> None:
    plugin = kit.Bench(plugin_id, kit.ScriptedTransport([]), tmp_path).plugin
    manifest = plugin.manifest
    for operation, role in ROLE_OF.items():
        if manifest.supports(operation):
            assert callable(getattr(getattr(plugin, role), operation))
    assert manifest.supports("margin") == (plugin.margin is not None)
    assert manifest.supports("gtt") == (plugin.gtt is not None)
    sources = [source for source in (plugin.stream, plugin.local_ticks) if source is not None]
    assert len(sources) == (1 if manifest.supports("stream") else 0)
    if manifest.supports("contracts"):
        assert callable(plugin.contracts.fetch) and callable(plugin.contracts.parse)
    in_process = manifest.stream is not None and manifest.stream.order_updates == "in_process"
    assert in_process == (plugin.order_stream is not None)
    own_socket = manifest.stream is not None and manifest.stream.order_updates == "own_socket"
    assert own_socket == (plugin.order_codec is not None)
    if manifest.stream is not None and manifest.stream.order_updates == "postback":
        assert plugin.postback is not None


def test_limits_and_vocabulary_make_sense(kit: Any, plugin_id: str) -> None:
    manifest = kit.manifest(plugin_id)
    assert manifest.evidence, "facts need a source"
    assert manifest.order_polling.rate is None or manifest.order_polling.rate in manifest.limits.rates
    exchanges = set(manifest.exchanges)
    assert len(exchanges) == len(manifest.exchanges)
    assert (Product.CNC in manifest.products) == bool(exchanges & CASH_EXCHANGES)
    assert (Product.NRML in manifest.products) == bool(exchanges & DERIVATIVE_EXCHANGES)
    assert all(url.startswith(("https://", "wss://")) for url in manifest.hosts.values())
    assert all(limit.days > 0 and limit.vendor for limit in manifest.limits.history.values())
    assert manifest.limits.tag_length == 0 or manifest.limits.tag_length >= 8
    if manifest.stream is not None:
        assert manifest.stream.silence_seconds > (manifest.stream.heartbeat_seconds or 0)
        assert manifest.stream.batch > 0 and manifest.stream.sockets > 0


def test_no_order_without_a_limit_price_leaves_unprotected(kit: Any, plugin_id: str) -> None:
    """Exchanges bar MARKET and SL-M of API clients: somebody must make a limit of them, we or the broker."""
    manifest = kit.manifest(plugin_id)
    barred = {PriceType.MARKET, PriceType.SL_M} & set(manifest.price_types)
    if manifest.practice or plugin_id in NO_EXCHANGE:
        pytest.skip("no exchange behind it")
    unprotected = [
        (exchange, kind, price_type)
        for exchange in manifest.exchanges
        if not exchange.is_index
        for kind in ((InstrumentType.EQ,) if exchange in CASH_EXCHANGES else DERIVATIVE_TYPES)
        for price_type in barred
        if not manifest.protection or not manifest.protection.rule_for(*market_order(exchange, kind, price_type))
    ]  # fmt: skip
    assert unprotected == [] and (manifest.protection is None or manifest.protection.first_send != "off")


# Fills every order at a price of its own.
NO_EXCHANGE = frozenset({"dhan_sandbox"})
DERIVATIVE_TYPES = (InstrumentType.FUT, InstrumentType.CE, InstrumentType.PE)


def market_order(
    exchange: Exchange, kind: InstrumentType, price_type: PriceType
) -> tuple[OrderTerms, Instrument]:
    instrument = Instrument(
        symbol="X", exchange=exchange, broker_symbol="X", broker_exchange="X", token="1", name="X",
        instrument_type=kind, lot_size=1, tick_size=Decimal("0.05"),
    )  # fmt: skip
    trigger = Decimal(1) if price_type.needs_trigger else None
    terms = OrderTerms(
        symbol="X", exchange=exchange, side=Side.BUY, quantity=1, price_type=price_type, product=Product.MIS,
        trigger_price=trigger,
    )  # fmt: skip
    return terms, instrument


def test_credentials_and_login_fields_can_be_drawn_as_forms(kit: Any, plugin_id: str) -> None:
    auth = kit.manifest(plugin_id).auth
    for schema in (auth.credentials, auth.login):
        assert schema.get("type") == "object"
        properties = schema.get("properties", {})
        assert set(schema.get("required", [])) <= set(properties)
        for name, field in properties.items():
            assert field.get("type") in ("string", "integer", "boolean"), name
            assert field.get("title"), f"{name} needs a title for its form"
