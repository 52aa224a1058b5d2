"""Tables, readers and layouts: strict both ways, absent is not zero, errors name the field."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.core import tables as t
from broker.core import values as v
from broker.core.contracts import csv_rows, text_lines
from broker.core.layout import Layout, run
from broker.core.stream import batches, counted_packets
from domain.errors import BadVendorData, Refused, UnmappedValue
from domain.instruments import Exchange
from domain.market import DepthLevel, Interval, Mode, Quote
from domain.orders import OrderStatus, OrderTerms, PriceType, Side
from utils.clock import IST, from_epoch

SIDE = t.Table("side", {Side.BUY: "B", Side.SELL: "S"}, {"BUY": Side.BUY})


def test_a_table_translates_both_ways() -> None:
    assert (SIDE.encode(Side.BUY), SIDE.decode("B"), SIDE.decode("BUY")) == ("B", Side.BUY, Side.BUY)


@pytest.mark.parametrize("word", ["b", "X", "", None, 1, ["B"], True])
def test_an_unknown_vendor_word_is_refused(word: Any) -> None:
    with pytest.raises(UnmappedValue, match="side"):
        SIDE.decode(word)


@pytest.mark.parametrize("value", ["LONG", None, ["x"]])
def test_an_unknown_value_of_ours_is_refused(value: Any) -> None:
    with pytest.raises(UnmappedValue, match="vendor"):
        SIDE.encode(value)


def test_a_vendor_whose_codes_are_numbers_is_read_from_a_table_of_words() -> None:
    table = t.Table("side", {Side.BUY: "1", Side.SELL: "-1"})
    read = t.coded("side", table, word=t.identity)
    assert [read({"side": code}) for code in (1, -1, "1")] == [Side.BUY, Side.SELL, Side.BUY]
    for code, error in ((2, UnmappedValue), (True, BadVendorData), (1.0, BadVendorData)):
        with pytest.raises(error):
            read({"side": code})
    assert table.number(Side.SELL) == -1


def test_a_state_may_be_told_as_a_number() -> None:
    alarms: list[str] = []
    table = t.StatusTable("status", {"2": OrderStatus.COMPLETE}, OrderStatus.UNKNOWN)
    read = t.state("status", table, lambda what, detail: alarms.append(detail), digits=True)
    found = [read({"status": word}) for word in (2, "2", 3, True, 2.0)]
    assert found == [OrderStatus.COMPLETE] * 2 + [OrderStatus.UNKNOWN] * 3
    assert len(alarms) == 3


def test_a_token_tells_its_claims_and_a_foreign_one_is_refused() -> None:
    assert v.jwt_claims("e30.eyJleHAiOjE3OTB9.x") == {"exp": 1790}
    for token in ("", "a.b", "a.!.c", "e30.W10.x", "e30.eyJleHAi.x"):
        with pytest.raises(BadVendorData):
            v.jwt_claims(token)


def test_lots_are_counted_only_where_the_vendor_counts_them() -> None:
    step = v.lot_step("MCX CDS")
    contracts = [
        SimpleNamespace(exchange=Exchange(code), lot_size=100) for code in ("MCX", "CDS", "NFO", "NSE")
    ]
    assert [step(contract) for contract in contracts] == [100, 100, 1, 1]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="NYSE"):
        v.lot_step("MCX NYSE")


def test_one_vendor_word_cannot_stand_for_two_values() -> None:
    with pytest.raises(ValueError, match="two values"):
        t.Table("side", {Side.BUY: "1", Side.SELL: "1"})


def test_folding_ignores_letter_case_and_foreign_words_may_be_kept() -> None:
    table = t.Table("side", {Side.BUY: "Buy"}, fold=True)
    assert table.decode("bUY") is Side.BUY
    assert (table.decode_or_keep("buy"), table.decode_or_keep("mtf")) == (Side.BUY, "MTF")


def test_an_answer_to_one_question_holds_exactly_one_row() -> None:
    shape = t.Shape("margin", dict, {"total": t.decimal("total")})
    assert shape.read_only([{"total": 5}]) == {"total": Decimal(5)}
    for rows in ([], None, [{"total": 5}, {"total": 6}]):
        with pytest.raises(BadVendorData, match="rows where one was asked for"):
            shape.read_only(rows)


def test_an_unknown_status_is_unknown_and_rings_the_alarm() -> None:
    rung: list[str] = []
    table = t.StatusTable("status", {"Open": OrderStatus.OPEN}, OrderStatus.UNKNOWN)
    assert table.decode("OPEN", lambda what, detail: rung.append(detail)) is OrderStatus.OPEN
    assert rung == []
    for word in ("Paused", None, 7):
        assert table.decode(word, lambda what, detail: rung.append(detail)) is OrderStatus.UNKNOWN
    assert len(rung) == 3


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (t.text("x"), 5),
        (t.identity("x"), ""),
        (t.identity("x"), True),
        (t.integer("x"), "5"),
        (t.integer("x"), 5.5),
        (t.integer("x"), True),
        (t.decimal("x"), "5"),
        (t.decimal("x"), float("nan")),
        (t.number("x"), [1]),
        (t.number("x"), float("inf")),
        (t.section("x"), []),
        (t.rows("x"), {}),
        (t.rows("x"), [1]),
        (t.moment("x", "%Y-%m-%d", IST), "soon"),
        (t.from_text(t.decimal, "x"), "five"),
    ],
)
def test_a_field_of_another_type_is_refused_by_name(reader: t.Reader, value: Any) -> None:
    with pytest.raises(BadVendorData, match="'x'"):
        reader({"x": value})


def test_absent_is_none_or_an_error_and_never_zero() -> None:
    assert t.decimal("x", optional=True)({}) is None
    assert t.decimal("x", optional=True)({"x": None}) is None
    assert t.decimal("x", optional=True)({"x": 0}) == 0
    assert t.unless_zero(t.decimal, "x")({"x": 0}) is None
    assert t.from_text(t.decimal, "x", optional=True)({"x": " "}) is None
    for row in ({}, {"x": None}):
        with pytest.raises(BadVendorData, match="missing"):
            t.decimal("x")(row)


def test_money_keeps_its_digits_and_numbers_their_kind() -> None:
    assert t.decimal("x")({"x": 391.4}) == Decimal("391.4")
    assert t.from_text(t.decimal, "x")({"x": "0.10"}) == Decimal("0.10")
    assert t.integer("x")({"x": 5.0}) == 5
    assert t.identity("x")({"x": 220303000308932}) == "220303000308932"


def test_times_get_the_vendors_zone() -> None:
    at, at_ms = t.clock_readers("%Y-%m-%d %H:%M:%S", IST)
    assert at("x")({"x": "2026-03-02 09:15:00"}) == dt.datetime(2026, 3, 2, 3, 45, tzinfo=dt.UTC)
    assert at_ms("x")({"x": "2026-03-02 09:15:00"}) == 1_772_423_100_000
    assert at("x")({"x": ""}) is None and at_ms("x")({}) is None


def test_readers_combine() -> None:
    assert t.first(t.integer("a", optional=True), t.integer("b", optional=True))({"b": 2}) == 2
    assert t.first(t.integer("a", optional=True))({}) is None
    assert t.inside("o", t.integer("a"))({"o": {"a": 1}}) == 1
    assert t.inside("o", t.integer("a"))({}) is None
    assert t.words("a", "b")({"a": 1, "b": None, "c": 3}) == {"a": "1"}


def test_the_first_reader_that_understands_a_row_is_taken() -> None:
    read = t.either(t.moment("at", "%Y-%m-%d", IST), t.moment("at", "%d-%b-%Y", IST))
    assert read({"at": "2026-03-02"}) == read({"at": "02-Mar-2026"}) == dt.datetime(2026, 3, 2, tzinfo=IST)
    with pytest.raises(BadVendorData, match="%d-%b-%Y"):
        read({"at": "yesterday"})


@pytest.mark.parametrize("option", ["-2", "26", "NaN", "auto", ""])
def test_a_protection_that_the_vendor_does_not_know_is_refused(option: str) -> None:
    with pytest.raises(ValueError):
        v.market_protection(option, 25)


def test_protection_goes_to_orders_without_a_limit_price_only() -> None:
    def order(kind: PriceType) -> Any:
        return SimpleNamespace(terms=SimpleNamespace(price_type=kind))

    band = v.market_protection("-1", 25)
    assert [band(order(kind)) for kind in PriceType] == [Decimal(-1), None, None, Decimal(-1)]


def test_a_snapshot_with_one_bad_row_is_no_snapshot() -> None:
    shape = t.Shape("level", DepthLevel, {"price": t.number("p"), "quantity": t.integer("q")})
    assert shape.read_all(None) == []
    with pytest.raises(BadVendorData, match=r"level.*'q'"):
        shape.read_all([{"p": 1, "q": 1}, {"p": 1}])
    with pytest.raises(BadVendorData, match="list"):
        shape.read_all({})


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 65535), st.booleans())
def test_a_layout_reads_what_it_packs(token: int, price: int, orders: int, big: bool) -> None:
    fields = [(10, "i32", "price"), (0, "u32", "token"), (14, "u16", "orders"), (16, "s4", "tag")]
    layout = Layout("x", "big" if big else "little", fields, 24)
    packed = layout.pack(token, price, orders, b"NIFT")
    assert len(packed) == layout.size == 24
    assert layout.read(packed) == {"token": token, "price": price, "orders": orders, "tag": b"NIFT"}
    assert list(layout.repeat(packed * 2, 0, 2)) == [layout.values(packed)] * 2


def test_a_layout_refuses_short_buffers_and_overlapping_fields() -> None:
    layout = Layout("x", "big", run(0, "u32", "a", "b"))
    with pytest.raises(BadVendorData):
        layout.read(b"1234567")
    with pytest.raises(BadVendorData):
        list(layout.repeat(b"12345678", 0, 2))
    with pytest.raises(ValueError, match="overlaps"):
        Layout("x", "big", ((0, "u32", "a"), (2, "u16", "b")))
    with pytest.raises(ValueError, match="too few"):
        Layout("x", "big", ((0, "u32", "a"),), 3)


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_counted_packets_come_back(packets: list[bytes]) -> None:
    frame = len(packets).to_bytes(2, "big") + b"".join(len(p).to_bytes(2, "big") + p for p in packets)
    assert list(counted_packets(frame)) == packets
    with pytest.raises(BadVendorData):
        list(counted_packets(frame + b"x"))


def test_batches_keep_order_and_size() -> None:
    assert [list(batch) for batch in batches([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]


@given(st.text(max_size=200), st.integers(1, 9))
def test_lines_survive_any_cut(text: str, size: int) -> None:
    content = text.replace("\x00", "").encode()
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    assert "".join(text_lines(chunks)) == content.decode("utf-8-sig")


def test_a_csv_of_another_shape_is_refused() -> None:
    assert list(csv_rows([b"a,b\r\n1,", b'"x,\ny"\r\n'], ("a", "b"), "f")) == [(2, ["1", "x,\ny"])]
    for content in (b"", b"a\n", b"a,b\n1\n", b"\xff\xfe"):
        with pytest.raises(BadVendorData):
            list(csv_rows([content], ("a", "b"), "f"))


@pytest.mark.parametrize("row", [["2026-03-02T09:15:00+0530", 1, 2, 0.5, "1", 5], ["soon", 1, 1, 1, 1, 1], [], 5, None,
                                 ["2026-03-02T09:15:00+0530", 1, 2, 0.5, float("nan"), 5]])  # fmt: skip
def test_a_bar_that_is_not_the_documented_row_is_refused(row: Any) -> None:
    start, end = dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    with pytest.raises(BadVendorData):
        v.bars([row], Interval.M1, start, end)


def test_bars_are_read_with_the_vendors_own_clock() -> None:
    start, end = (dt.datetime(2026, 9, 9, 9, minute, tzinfo=IST) for minute in (15, 16))
    stamps = [int(start.timestamp()) + 60 * number for number in (2, 1, 0, 1)]
    found = v.bars([[stamp, 1, 2, 1, 2, 10] for stamp in stamps], Interval.M1, start, end, from_epoch)
    assert [bar.timestamp for bar in found] == [stamps[2], stamps[1]]
    with pytest.raises(BadVendorData):
        v.bars([[10**30, 1, 2, 1, 2, 10]], Interval.M1, start, end, from_epoch)


def test_the_best_level_shows_in_the_quote_and_empty_levels_are_gone() -> None:
    depth = v.book(Quote(ltp=10.0), [DepthLevel(9.9, 0), DepthLevel(9.8, 5)], [])
    assert (depth.quote.bid, depth.quote.bid_qty, depth.quote.ask, depth.bids) == (
        9.8,
        5,
        None,
        (DepthLevel(9.8, 5),),
    )


def test_profit_of_shares_that_cost_nothing_is_undefined() -> None:
    assert v.pnl_percent(Decimal(200), Decimal(210)) == Decimal("5.00")
    assert v.pnl_percent(None, Decimal(1)) is None and v.pnl_percent(Decimal(1), None) is None


@pytest.mark.parametrize(("kind", "price", "trigger"), [("LIMIT", None, None), ("SL", "1", None), ("SL-M", None, None),
                                                        ("SL-M", None, "0"), ("SL", None, "1")])  # fmt: skip
def test_an_order_without_its_prices_never_leaves(kind: str, price: str | None, trigger: str | None) -> None:
    from domain.instruments import Exchange
    from domain.orders import PriceType, Product

    terms = OrderTerms(
        symbol="X", exchange=Exchange.NSE, side=Side.BUY, quantity=1, price_type=PriceType(kind), product=Product.MIS,
        price=price and Decimal(price), trigger_price=trigger and Decimal(trigger),
    )  # fmt: skip
    with pytest.raises(Refused, match="needs"):
        v.require_prices(terms)


class Master:
    """A contract master that knows SBIN and is told of others."""

    def __init__(self) -> None:
        self.known = {"SBIN": SimpleNamespace(symbol="SBIN", multiplier=1)}

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Any:
        return self.known.get(broker_symbol)

    def by_token(self, broker_exchange: str, token: str) -> Any:
        tokened = SimpleNamespace(symbol="TOKENED", multiplier=1)
        return {("NSE_EQ", "3045"): self.known["SBIN"], ("NSE", "7"): tokened}.get((broker_exchange, token))


def test_a_row_that_comes_again_is_read_once_and_a_changed_one_anew() -> None:
    read: list[int] = []

    def quantity(row: Any) -> int:
        read.append(row["quantity"])
        return int(row["quantity"])

    naming = v.Naming(Master(), None, exchange="exchange", symbol="symbol")  # type: ignore[arg-type]
    rows = naming.reads(t.Shape("row", dict, {"quantity": quantity}))
    book = [{"exchange": "NSE", "symbol": "SBIN", "quantity": number} for number in (1, 2)]
    assert rows.read_all(book) == [{"quantity": 1}, {"quantity": 2}]
    book = [dict(book[0]), {**book[1], "quantity": 3}, {**book[1], "quantity": 4}]
    assert rows.read_all(book) == [{"quantity": 1}, {"quantity": 3}, {"quantity": 4}]
    assert rows.read_all(book[:1]) == [{"quantity": 1}]
    assert read == [1, 2, 3, 4]


def test_a_row_that_comes_again_has_the_name_that_the_contract_master_knows_now() -> None:
    rung: list[str] = []
    master = Master()
    naming = v.Naming(master, lambda _, detail: rung.append(detail), exchange="exchange", symbol="symbol")  # type: ignore[arg-type]
    rows = naming.reads(t.Shape("row", dict, {"symbol": t.text("common_symbol")}))
    book = [{"exchange": "NSE", "symbol": "NEW-EQ"}]
    assert [rows.read_all(book), rows.read_all(book)] == [[{"symbol": "NEW-EQ"}]] * 2
    assert len(rung) == 2
    master.known["NEW-EQ"] = SimpleNamespace(symbol="NEW", multiplier=1)
    assert rows.read_all(book) == [{"symbol": "NEW"}]


@pytest.mark.parametrize(
    ("count", "units"), [(3, 150), ("3", 150), ("-3", -150), ("", ""), ("x", "x"), (None, None)]
)
def test_lots_become_units_whether_the_vendor_writes_numbers_or_text(count: Any, units: Any) -> None:
    contract = SimpleNamespace(symbol="GOLD", multiplier=1)
    lookup: Any = SimpleNamespace(
        by_token=lambda place, token: (place, token) == ("MCX", "7") and contract,
        by_broker_symbol=Master().by_broker_symbol,
    )
    naming = v.Naming(
        lookup, None, exchange="exchange", symbol="symbol", token="id", quantities=("n",), step=lambda _: 50
    )
    row: Any = naming.one({"exchange": "MCX", "symbol": "odd", "id": 7, "n": count})
    assert (row["common_symbol"], row["n"]) == ("GOLD", units)


@pytest.mark.parametrize(
    ("token", "symbol"), [("7", "TOKENED"), (7, "TOKENED"), ("8", "SBIN"), (None, "SBIN")]
)
def test_a_token_is_believed_before_the_symbol_where_a_row_has_one(token: Any, symbol: str) -> None:
    naming = v.Naming(Master(), None, exchange="exchange", symbol="symbol", token="token")  # type: ignore[arg-type]
    rows = naming.reads(t.Shape("row", dict, {"symbol": t.text("common_symbol")}))
    assert rows.read_all([{"exchange": "NSE", "symbol": "SBIN", "token": token}]) == [{"symbol": symbol}]


def test_an_unknown_status_rings_the_alarm_with_every_list() -> None:
    rung: list[str] = []
    naming = v.Naming(Master(), lambda _, detail: rung.append(detail), exchange="exchange", symbol="symbol")  # type: ignore[arg-type]
    status = t.StatusTable("status", {"OPEN": "open"}, "unknown")
    rows = naming.reads(t.Shape("row", dict, {"status": t.state("status", status, naming.alarm)}))
    book = [{"exchange": "NSE", "symbol": "SBIN", "status": word} for word in ("OPEN", "ODD")]
    assert [rows.read_all(book), rows.read_all(book)] == [[{"status": "open"}, {"status": "unknown"}]] * 2
    assert rung == ["unknown status 'ODD'"] * 2


def test_a_row_with_a_token_is_known_by_it_alone_and_may_lack_a_symbol() -> None:
    rung: list[str] = []
    naming = v.Naming(
        Master(), lambda *told: rung.append(": ".join(told)), exchange="at", symbol="word", token="id"
    )  # type: ignore[arg-type]
    rows = [
        {"at": "NSE_EQ", "id": 3045, "word": None}, {"at": "BSE_EQ", "id": "3045", "word": "SBIN"},
        {"at": "BSE_EQ", "id": "3045", "word": ""},
    ]  # fmt: skip
    found = naming.all(rows)
    assert [row["common_step"] for row in found] == [1, 1, 1]  # type: ignore[attr-defined]
    assert [row["common_symbol"] for row in found] == ["SBIN", "SBIN", "3045"]  # type: ignore[attr-defined]
    assert rung == [f"word: BSE_EQ:{word} is not in the contract master" for word in ("SBIN", "3045")]
    with pytest.raises(BadVendorData, match="names no contract"):
        naming.one({"at": "NSE_EQ", "word": ""})


def test_bars_take_the_vendors_own_way_to_write_a_time() -> None:
    start = dt.datetime(2012, 1, 11, tzinfo=dt.UTC)
    rows = [[1326306600, 1, 2, 0.5, 1.5, 9], [1326220200, 1, 2, 0.5, 1.5, 9]]
    found = v.bars(rows, Interval.D, start, start + dt.timedelta(days=1), from_epoch)
    assert [bar.timestamp for bar in found] == [1326326400]


def test_the_reason_of_a_rejection_is_told_of_rejected_orders_only() -> None:
    by_name, by_reader = v.rejection("said", "state"), v.rejection("said", t.identity("state"), "5")
    told = {"said": "no margin", "state": "REJECTED"}
    assert [by_name(told), by_name({**told, "state": "OPEN"}), by_name({"state": "REJECTED"})] == [
        "no margin",
        "",
        "",
    ]
    assert [by_reader({**told, "state": 5}), by_reader({**told, "state": 2})] == ["no margin", ""]


def test_a_tick_shows_the_best_of_its_levels_and_no_empty_ones() -> None:
    bids, asks = [DepthLevel(99.0, 0), DepthLevel(98.0, 5)], [DepthLevel(101.0, 3)]
    found = v.tick(("NSE", "1"), Mode.DEPTH, {"ltp": 100.0, "bid": 1.0}, bids, asks)
    assert (found.broker_exchange, found.token, found.bids, found.asks) == (
        "NSE",
        "1",
        (bids[1],),
        tuple(asks),
    )
    assert (found.quote.bid, found.quote.bid_qty, found.quote.ask) == (98.0, 5, 101.0)
