"""What a plug-in says: every order the manifest claims in the sheet's words, and no word outside a table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import product as combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.tables import StatusTable, Table
from domain.errors import Refused, UnmappedValue
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import PRODUCTS_BY_SEGMENT, OrderTerms, PlaceOrder, PriceType, Product, Side
from services.trading.commands import Place
from services.trading.risk.terms import Facts, complaints
from test.broker.kit.tables import tables_of

CLAIMS = {"side": Side, "price_type": PriceType, "product": Product, "exchange": Exchange}
FOREIGN = ("", " ", "?", "NO SUCH WORD", "None", "0x1", "\u0000")


def orders_of(manifest: Any, instruments: dict[Exchange, Instrument]) -> Iterator[PlaceOrder]:
    """Every side x price type x product x exchange that the manifest claims and the segment allows."""
    traded = [exchange for exchange in manifest.exchanges if not exchange.is_index]
    for exchange, kind, product, side in combinations(traded, manifest.price_types, manifest.products, Side):
        if product not in PRODUCTS_BY_SEGMENT[exchange]:
            continue
        found = instruments[exchange]
        terms = OrderTerms(
            symbol=found.symbol, exchange=exchange, side=side, quantity=found.lot_size * 2, price_type=kind,
            product=product, price=found.tick_size * 2000 if kind.needs_price else None,
            trigger_price=found.tick_size * 1990 if kind.needs_trigger else None,
        )  # fmt: skip
        yield PlaceOrder(terms=terms, instrument=found, tag="OATAG1")


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field of a request with its whole path, also inside fields that hold JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = json.loads(value)
    if isinstance(value, dict):
        for name, item in value.items():
            yield from flat(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flat(item, f"{path}.{index}")
    else:
        yield path, str(value)


def fields_of(facts: dict[str, Any]) -> dict[str, str]:
    whole = {**facts, "params": dict(facts.get("params", []))}
    return dict(flat(whole))


def said(fields: dict[str, str], name: str) -> str | None:
    """The one field of this name, or the end of whose path this is; None when it was left out."""
    found = [value for path, value in fields.items() if path.endswith(f".{name}")]
    assert len(found) <= 1, f"{name} is said more than once"
    return found[0] if found else None


def assert_words(wire: dict[str, Any], order: PlaceOrder, fields: dict[str, str]) -> None:
    terms = order.terms
    for claim in CLAIMS:
        if claim not in wire:
            assert claim == "exchange", f"wire.json does not tell the field of {claim}"
            continue
        name, words = wire[claim]
        ours = getattr(terms, claim).value
        word = words.get(f"{terms.exchange.value} {ours}", words.get(ours))
        assert word is not None, f"wire.json has no word for {claim} {ours}"
        assert said(fields, name) == str(word), f"{claim} {ours} on {terms.exchange.value}"
    for name, attribute in wire["instrument"].items():
        assert said(fields, name) == str(getattr(order.instrument, attribute)), name
    for name, value in (("price", terms.price), ("trigger_price", terms.trigger_price)):
        text = said(fields, wire[name])
        if value is None:
            assert text is None or text == "" or Decimal(text) == 0, f"{name} without need"
        else:
            assert Decimal(text or "0") == value * int(wire.get("price_factor", 1)), name


def is_refused_on_purpose(wire: dict[str, Any], terms: OrderTerms) -> bool:
    """Whether wire.json says that this vendor does not take such an order."""
    return any(
        all(getattr(terms, claim).value == rule[claim] for claim in CLAIMS if claim in rule)
        for rule in wire.get("refuses", [])
    )


def test_every_claimed_order_is_one_request_in_the_sheets_words(
    kit: Any, plugin_id: str, tmp_path: Path
) -> None:
    """The words stand in wire.json, written from the sheet: the plug-in's own tables prove nothing here."""
    cases = kit.cases_of(plugin_id)
    if not cases:
        pytest.skip("no cases: not a vendor's wire")
    wire = kit.wire_of(plugin_id)["place"]
    happy = next((case for case in cases if case.operation == "place" and case.succeeds), None)
    assert happy is not None, "no case of an order that is taken"
    transport = kit.RepeatingTransport(happy, happy.responses()[0])
    bench = kit.Bench(plugin_id, transport, tmp_path, happy.data.get("now"), happy.data.get("settings"))
    instruments = {item.exchange: item for item in bench.lookup.keys.values()}
    count = 0
    for order in orders_of(bench.plugin.manifest, instruments):
        transport.requests.clear()
        count += 1
        if is_refused_on_purpose(wire, order.terms):
            with pytest.raises((Refused, UnmappedValue)):
                bench.plugin.orders.place(bench.session, order)
            assert transport.requests == []
            continue
        assert bench.plugin.orders.place(bench.session, order)
        (request,) = transport.requests
        assert_words(wire, order, fields_of(kit.request_facts(request)))
    assert count >= 2 * len(bench.plugin.manifest.price_types)


def test_words_of_the_wire_are_told_apart(kit: Any, plugin_id: str) -> None:
    wire = kit.wire_of(plugin_id).get("place", {})
    for claim in ("side", "price_type", "product"):
        words = [str(word) for key, word in wire.get(claim, ["", {}])[1].items() if " " not in key]
        assert len(words) == len(set(words)), f"two values of {claim} in one word"


def test_the_desk_refuses_exactly_what_the_manifest_does_not_claim(kit: Any, plugin_id: str) -> None:
    """Such an order is refused before the plug-in is asked."""
    whole = kit.manifest(plugin_id)
    part = msgspec.structs.replace(
        whole, exchanges=whole.exchanges[:1], products=whole.products[:1], price_types=whole.price_types[1:2]
    )
    contract = Instrument(
        symbol="X", exchange=Exchange.NSE, broker_symbol="X", broker_exchange="NSE", token="1", name="X",
        instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"),
    )  # fmt: skip
    for manifest, exchange, kind, product in combinations((whole, part), Exchange, PriceType, Product):
        command = Place(
            strategy="", symbol="X", exchange=exchange, side=Side.BUY, quantity=Decimal(1), price_type=kind,
            product=product,
        )  # fmt: skip
        place = msgspec.structs.replace(contract, exchange=exchange)
        facts = Facts(command=command, instrument=place, manifest=manifest, today=dt.date(2026, 3, 2))
        claimed = (
            exchange in manifest.exchanges
            and not exchange.is_index
            and kind in manifest.price_types
            and product in manifest.products
        )
        refused = {complaint.rule for complaint in complaints(facts)} & {"not_offered", "index"}
        assert bool(refused) is not claimed, (exchange, kind, product)


def test_words_outside_a_table_are_refused_both_ways(kit: Any, plugin_id: str) -> None:
    tables = [table for table in tables_of(plugin_id) if isinstance(table, Table)]
    if not tables and not kit.cases_of(plugin_id):
        pytest.skip("no vendor, no words")
    assert tables, "a vendor's words stand in tables"
    for table in tables:
        for word in (*FOREIGN, None, 1, True, [], object()):
            with pytest.raises(UnmappedValue):
                table.decode(word)
        for ours in ("NO SUCH VALUE", None, object(), []):
            with pytest.raises(UnmappedValue):
                table.encode(ours)
        for ours, word in table._out.items():
            assert table.decode(table.encode(ours)) == ours, f"{table.name}: {word!r}"


def test_an_unknown_state_is_unknown_and_rings_the_alarm(kit: Any, plugin_id: str) -> None:
    tables = [table for table in tables_of(plugin_id) if isinstance(table, StatusTable)]
    if not tables and not kit.cases_of(plugin_id):
        pytest.skip("no vendor, no words")
    assert tables, "a vendor's order states stand in a status table"
    for table in tables:
        unknown = table.decode("NO SUCH STATE", lambda what, detail: None)
        assert unknown.value == "unknown", table.name
        for word in (*FOREIGN, None, 1, [], {}):
            rung: list[str] = []
            assert table.decode(word, lambda what, detail, rung=rung: rung.append(detail)) is unknown
            assert rung, f"{table.name}: {word!r} rang no alarm"
