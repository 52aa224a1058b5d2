"""The rules of webhook strategies that need no machine: words, hours, orders, order of sending, sameness."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database.automation.deliveries import OrderRow
from database.automation.strategies import MappingRecord, StrategyRecord
from domain.errors import InvalidInput
from domain.instruments import Exchange
from domain.orders import Product, Side
from services.automation import duplicates, ending, signals
from services.automation.pace import SECONDS_BETWEEN, next_order
from services.trading.commands import Place, Smart
from utils.clock import IST

DAY = dt.datetime(2026, 11, 30, tzinfo=IST)


def strategy(**changes) -> StrategyRecord:
    fields = {
        "id": 1, "user_id": 1, "account_id": None, "name": "tradingview_x", "platform": "tradingview",
        "webhook_digest": "", "trading_mode": "LONG", "is_intraday": True, "start_time": "09:20",
        "end_time": "15:00", "squareoff_time": "15:10", "is_active": True, "squared_off_on": None,
        "signing_sealed": None,
        "created_at": DAY, "updated_at": DAY,
    }  # fmt: skip
    return StrategyRecord(**{**fields, **changes})


def mapping(exchange: Exchange = Exchange.NSE) -> MappingRecord:
    return MappingRecord(
        id=1, strategy_id=1, symbol="SBIN", exchange=exchange, quantity=10, product_type=Product.MIS
    )


def allowed(row: StrategyRecord, at: str, enters: bool) -> bool:
    signal = signals.Signal(symbol="SBIN", side=Side.BUY, enters=enters)
    hour, minute = map(int, at.split(":"))
    try:
        signals.refuse_outside_hours(row, signal, DAY.replace(hour=hour, minute=minute, second=59))
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize(
    ("at", "entry", "exits"),
    [
        ("09:19", False, False), ("09:20", True, True), ("14:59", True, True), ("15:00", False, True),
        ("15:09", False, True), ("15:10", False, False), ("23:00", False, False),
    ],
)  # fmt: skip
def test_entries_end_at_the_end_and_exits_at_square_off(at: str, entry: bool, exits: bool) -> None:
    assert (allowed(strategy(), at, enters=True), allowed(strategy(), at, enters=False)) == (entry, exits)


@pytest.mark.parametrize("missing", ["start_time", "end_time", "squareoff_time"])
def test_a_time_that_is_not_set_is_no_gate(missing: str) -> None:
    row = strategy(**{missing: None})
    open_at = {"start_time": "00:00", "end_time": "15:09", "squareoff_time": "14:59"}[missing]
    assert allowed(row, open_at, enters=True)
    assert allowed(strategy(start_time=None, end_time=None, squareoff_time=None), "23:59", enters=True)
    assert allowed(strategy(is_intraday=False), "23:59", enters=True)


def test_a_target_of_nothing_is_an_exit() -> None:
    fields = {"symbol": "SBIN", "action": "sell"}
    assert signals.signals_of({**fields, "position_size": "0"}, "BOTH")[0].enters is False
    assert signals.signals_of({**fields, "position_size": "-5"}, "BOTH")[0].enters is True


@settings(deadline=None, max_examples=50)
@given(st.integers(-(10**6), 10**6))
def test_in_both_mode_the_target_and_the_side_agree_or_nothing_is_sent(size: int) -> None:
    for side in Side:
        fields = {"symbol": "sbin", "action": side.value.lower(), "position_size": str(size)}
        try:
            (signal,) = signals.signals_of(fields, "BOTH")
        except InvalidInput:
            assert size * side.sign < 0
            continue
        order = signals.command_of(signal, mapping(), "s")
        assert isinstance(order, Smart)
        assert (order.side, order.position_size) == (side, size)
        assert order.quantity == (10 if size else 0)


@pytest.mark.parametrize(("mode", "entry"), [("LONG", "BUY"), ("SHORT", "SELL")])
def test_one_sided_modes_enter_with_one_side_and_flatten_with_the_other(mode: str, entry: str) -> None:
    for action in ("BUY", "SELL"):
        (signal,) = signals.signals_of({"symbol": "SBIN", "action": action, "position_size": -4.0}, mode)
        order = signals.command_of(signal, mapping(), "s")
        if action == entry:
            assert isinstance(order, Place) and order.quantity == 4
        else:
            assert isinstance(order, Smart) and (order.quantity, order.position_size) == (0, 0)


def test_fractions_of_a_unit_exist_in_crypto_only() -> None:
    (signal,) = signals.signals_of({"symbol": "SBIN", "action": "BUY", "position_size": "0.5"}, "LONG")
    assert signals.command_of(signal, mapping(Exchange.CRYPTO), "s").quantity == Decimal("0.5")
    with pytest.raises(InvalidInput, match="whole number"):
        signals.command_of(signal, mapping(), "s")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("BUY", "BUY"), ("my buy-scan", "BUY"), ("x_SELL_y", "SELL"), ("Short covering", "SHORT"), ("cover", "COVER"),
        ("Buyback breakout SHORT", "SHORT"), ("buyback", None), ("buy and sell", None), ("", None),
    ],
)  # fmt: skip
def test_whole_words_choose_the_action_of_a_scan(name: str, word: str | None) -> None:
    fields = {"stocks": "SBIN", "scan_name": name}
    if word is None:
        with pytest.raises(InvalidInput):
            signals.signals_of(fields, "BOTH")
    else:
        (signal,) = signals.signals_of(fields, "BOTH")
        assert (signal.side, signal.enters) == signals.KEYWORDS[word][:2]


def test_a_one_sided_strategy_takes_only_its_own_words() -> None:
    for mode, words in (("LONG", ("BUY", "SELL")), ("SHORT", ("SHORT", "COVER"))):
        for word in signals.KEYWORDS:
            fields = {"stocks": "SBIN", "scan_name": word}
            if word in words:
                assert signals.signals_of(fields, mode)
            else:
                with pytest.raises(InvalidInput, match="not allowed"):
                    signals.signals_of(fields, mode)


def test_a_scan_trades_shares_only() -> None:
    found = signals.signals_of({"stocks": "SBIN,SBIN , TCS", "scan_name": "BUY"}, "LONG")
    assert [signal.symbol for signal in found] == ["SBIN", "TCS"]
    assert signals.mapped(found, [mapping(Exchange.NFO)], signals.CHARTINK) == []
    assert len(signals.mapped(found, [mapping(Exchange.BSE)], signals.CHARTINK)) == 1


def queued(number: int, symbol: str, lane: str, retry_ms: int = 0) -> OrderRow:
    return OrderRow(
        id=number, delivery_id=1, strategy_id=1, user_id=1, account_id=1, broker="b", number=number, lane=lane,
        exchange="NSE", symbol=symbol, command={}, mode="live", received_ms=0, retry_ms=retry_ms, expires_ms=60_000,
    )  # fmt: skip


def test_smart_orders_go_first_but_never_before_an_earlier_order_of_their_instrument() -> None:
    rows = [
        queued(1, "A", "plain"),
        queued(2, "A", "smart"),
        queued(3, "B", "smart"),
        queued(4, "C", "plain"),
    ]
    order = []
    while rows:
        chosen = next_order(rows, 0, {})
        order.append(chosen.id)
        rows.remove(chosen)
    assert order == [3, 1, 2, 4]


def test_lanes_keep_their_pace_apart_from_each_other() -> None:
    assert SECONDS_BETWEEN == {"smart": 1.0, "plain": 0.1}
    rows = [queued(1, "A", "smart"), queued(2, "B", "plain")]
    assert next_order(rows, 0, {"smart": 0.7}).id == 2
    assert next_order(rows, 0, {"smart": 0.7, "plain": 0.05}) == 0.05
    assert next_order([queued(1, "A", "smart", retry_ms=2_000)], 500, {"smart": 0.7}) == 1.5


def test_what_waits_for_another_try_holds_up_its_own_instrument_only() -> None:
    rows = [queued(1, "A", "plain", retry_ms=900), queued(2, "A", "smart"), queued(3, "B", "plain")]
    assert next_order(rows, 0, {}).id == 3
    assert next_order(rows[:2], 0, {}) == 0.9


LANES = st.sampled_from(["smart", "plain"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("ABC"), LANES, st.integers(0, 5000)), min_size=1, max_size=20))
def test_orders_of_one_instrument_leave_in_the_order_in_which_they_came(items: list) -> None:
    rows = [queued(number, symbol, lane, retry) for number, (symbol, lane, retry) in enumerate(items)]
    sent: dict[str, list[int]] = {}
    now, waits = 0, {}
    while rows:
        chosen = next_order(rows, now, waits)
        if isinstance(chosen, float):
            assert chosen > 0
            now, waits = now + int(chosen * 1000) + 1, {}
            continue
        sent.setdefault(chosen.symbol, []).append(chosen.id)
        waits = {chosen.lane: SECONDS_BETWEEN[chosen.lane]}
        rows.remove(chosen)
    assert all(ids == sorted(ids) for ids in sent.values())


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        ([None, "accepted"], None), (["accepted"] * 2, "accepted"), (["accepted", "nothing"], "accepted"),
        (["accepted", "refused"], "partial"), (["accepted", "dropped"], "partial"), (["partial"], "partial"),
        (["unknown", "accepted"], "unknown"), (["waiting", "refused"], "waiting"), (["dropped", "nothing"], "dropped"),
        (["nothing"], "nothing"), ([], None),
    ],
)  # fmt: skip
def test_a_delivery_says_the_worst_that_its_orders_came_to(outcomes: list, whole: str | None) -> None:
    from msgspec.structs import replace

    rows = [replace(queued(1, "A", "plain"), outcome=outcome) for outcome in outcomes]
    assert ending.summary(rows) == whole


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5))
def test_content_is_the_same_whatever_the_order_of_its_names(content: dict) -> None:
    turned = dict(reversed(content.items()))
    assert duplicates.digest_of(content) == duplicates.digest_of(turned)
    assert duplicates.digest_of(content) != duplicates.digest_of({**content, "new name": 1})


@pytest.mark.parametrize(
    ("header", "body", "key"),
    [
        (None, {}, None), ("", {"alert_id": ""}, None), ("h", {"alert_id": "b"}, "h"), (None, {"alert_id": " b "}, "b"),
        (None, {"alert_id": 7}, "7"),
    ],
)  # fmt: skip
def test_the_header_goes_before_the_body(header: str | None, body: dict, key: str | None) -> None:
    assert duplicates.key_of(header, body) == key


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "x" * 129, "a\x00b", "   "])
def test_what_is_no_key_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        duplicates.key_of(None, {"alert_id": value})
