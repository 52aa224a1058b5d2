"""What paper trading elsewhere gets wrong, one named test each; the number is that of the list of defects."""

from __future__ import annotations

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, NIFTY_CE, NIFTY_FUT, USDINR, Desk, instrument

from database.base import SandboxBase
from domain.errors import Refused
from domain.orders import OrderStatus
from services.sandbox.exchange.ladder import Levels
from utils.concurrency import run_all

CRORE = 1_00_00_000_00
EXACT = {"bids": [(100, 10**6)], "asks": [(100, 10**6)]}


def test_01_money_of_a_resting_order_is_not_handed_back_by_another_fill(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10, kind="LIMIT", price=90)
    desk.place(NIFTY_FUT_ON(desk), "BUY", 75, product="NRML")
    assert desk.money().blocked == 900_00 // 5 + 7500_00 // 10
    assert desk.audit() == []


def NIFTY_FUT_ON(desk: Desk):  # noqa: N802
    desk.tick(NIFTY_FUT, 100, **EXACT)
    return NIFTY_FUT


def test_02_a_flip_holds_the_margin_of_what_is_open_afterwards(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10)
    desk.place(ACME, "SELL", 30)
    assert desk.position(ACME) == -20
    assert desk.money().blocked == 2000_00 // 5


def test_03_profit_reaches_the_funds_even_where_no_margin_was_held(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.at("2026-12-01T10:00")
    assert desk.money().blocked == 0
    desk.tick(ACME, 105, bids=[(105, 100)], asks=[(105, 100)])
    desk.place(ACME, "SELL", 10, product="CNC")
    assert (desk.money().cash, desk.money().realised) == (CRORE + 50_00, 50_00)


def test_04_an_order_that_became_an_exit_frees_its_own_block(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "SELL", 10, kind="LIMIT", price=110)
    assert desk.money().blocked == 1100_00 // 5
    desk.place(ACME, "BUY", 10)
    assert desk.money().blocked == 1000_00 // 5
    desk.tick(ACME, 111)
    assert (desk.position(ACME), desk.money().blocked) == (0, 0)


def test_05_a_delivery_order_of_yesterday_does_not_fill_today(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90, product="CNC")
    desk.clock.advance(86_400)  # no round has run in between
    desk.tick(ACME, 85)
    assert desk.row(order_id).status is OrderStatus.CANCELLED
    assert desk.position(ACME, "CNC") == 0


def test_06_a_change_is_checked_charged_told_and_matched_like_a_new_order(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90)
    desk.modify(order_id, ACME, "BUY", 20, kind="LIMIT", price=95)
    assert desk.money().blocked == 1900_00 // 5
    assert desk.updates[-1].quantity == 20
    with pytest.raises(Refused, match="Insufficient funds"):
        desk.modify(order_id, ACME, "BUY", 10**8, kind="LIMIT", price=95)
    assert desk.row(order_id).quantity == 20
    desk.modify(order_id, ACME, "BUY", 20, kind="LIMIT", price=101)
    assert desk.row(order_id).status is OrderStatus.COMPLETE


def test_07_a_waiting_stop_is_a_working_order_and_can_be_cancelled(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="SL-M", trigger_price=105)
    assert desk.row(order_id).status.is_working
    desk.cancel(order_id)
    desk.tick(ACME, 110)
    assert desk.row(order_id).status is OrderStatus.CANCELLED


def test_09_a_position_opened_again_today_is_todays(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    desk.place(ACME, "SELL", 10)
    desk.at("2026-12-01T10:00")
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    desk.room.rounds.run()
    assert desk.position(ACME) == 10


def test_10_settlement_moves_what_was_blocked_whatever_the_leverage(desk: Desk) -> None:
    desk.room.preferences.put({"equity_cnc_leverage": 4})
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10, product="CNC")
    assert desk.money().blocked == 250_00
    desk.at("2026-12-01T10:00")
    money = desk.money()
    assert (money.cash, money.blocked, money.holdings) == (CRORE - 1000_00, 0, 1000_00)


def test_11_holdings_never_go_below_zero_and_their_sale_realises_profit_at_once(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.at("2026-12-01T10:00")
    desk.tick(ACME, 120, bids=[(120, 100)], asks=[(120, 100)])
    with pytest.raises(Refused, match="10 available"):
        desk.place(ACME, "SELL", 11, product="CNC")
    desk.place(ACME, "SELL", 10, product="CNC")
    assert desk.money().cash == CRORE + 200_00
    with pytest.raises(Refused, match="0 available"):
        desk.place(ACME, "SELL", 1, product="CNC")


@pytest.mark.parametrize(
    ("moment", "setting", "changes", "code"),
    [
        ("2026-11-30T20:00", {}, {}, "MARKET_CLOSED"),
        ("2026-11-24T11:00", {}, {}, "MARKET_CLOSED"),  # Guru Nanak Jayanti
        ("2026-11-30T11:00", {}, {"kind": "LIMIT", "price": 121}, "PRICE_BAND"),
    ],
)
def test_12_hours_holidays_and_bands_are_kept(desk: Desk, moment, setting, changes, code) -> None:
    """Ticks and freeze quantities are kept before the desk: test/api/paper/test_paper_rules.py."""
    desk.at(moment)
    desk.tick(ACME, 100, circuits=(80, 120))
    with pytest.raises(Refused) as error:
        desk.place(ACME, "BUY", 10, **changes)
    assert error.value.code == code


def test_12_fills_have_parts_slippage_and_charges(desk: Desk) -> None:
    desk.room.preferences.put({"charges": True, "slippage_bps": 50})
    desk.tick(ACME, 100, bids=[(100, 30)], asks=[(100, 30)])
    resting = desk.place(ACME, "BUY", 40, kind="LIMIT", price=100)
    assert (desk.row(resting).filled_quantity, desk.row(resting).status) == (30, OrderStatus.OPEN)
    desk.tick(ACME, 100, bids=[(100, 30)], asks=[(100, 10)])
    desk.place(ACME, "SELL", 40)
    assert [float(row.price) for row in desk.desk.trade_book(ACCOUNT, BROKER)][-2:] == [100.0, 99.5]
    assert desk.money().charges > 0


def test_13_written_options_can_be_margined_on_their_notional(desk: Desk) -> None:
    desk.room.preferences.put({"option_sell_percent": 15})
    desk.tick(NIFTY_CE, 100, **EXACT)
    desk.place(NIFTY_CE, "SELL", 75, product="NRML")
    assert desk.money().blocked == 26500 * 75 * 15


def test_14_a_finished_order_never_trades_again_whatever_memory_believes(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90)
    market = desk.room.engine.markets.get(BROKER, "NSE", "ACME")
    with desk.room.engine.books() as clearing:  # another process ends it behind our back
        order = clearing.orders.find(ACCOUNT, order_id)
        desk.room.engine.end(clearing, order, "cancelled", "")
    assert len(market.ladder) == 1
    desk.tick(ACME, 80)
    assert (desk.position(ACME), len(market.ladder)) == (0, 0)


def test_15_a_cancelled_order_leaves_the_ladder_at_once(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90)
    market = desk.room.engine.markets.get(BROKER, "NSE", "ACME")
    desk.cancel(order_id)
    assert len(market.ladder) == 0
    assert list(market.ladder.reached(1, Levels(bids=[[1, 1]], asks=[[1, 1]]))) == []


@pytest.mark.parametrize("price", [84.0025, 123456789.0025])
def test_16_prices_keep_four_places_and_their_size(desk: Desk, price: float) -> None:
    from decimal import Decimal

    desk.room.preferences.put({"starting_capital": 10**10, "futures_leverage": 50})
    desk.tick(USDINR, price, bids=[(price, 1)], asks=[(price, 1)])
    order_id = desk.place(USDINR, "BUY", 1, product="NRML", kind="LIMIT", price=price)
    row = desk.row(order_id)
    assert (row.status, row.price, row.average_price) == (
        OrderStatus.COMPLETE, Decimal(str(price)), Decimal(str(price)),
    )  # fmt: skip


def test_20_a_finished_order_says_so_when_it_is_cancelled(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10)
    with pytest.raises(Refused, match="Cannot cancel order in complete status"):
        desk.cancel(order_id)


def test_22_the_portfolio_counts_holdings_and_open_profit(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.at("2026-12-01T10:00")
    desk.tick(ACME, 110)
    assert desk.room.reports.show(ACCOUNT).days[0].portfolio_value == CRORE + 100_00


def test_25_order_ids_never_collide(desk: Desk) -> None:
    """Also not with those of an earlier run, and index names bear their table."""
    desk.tick(ACME, 100)
    ids = [desk.place(ACME, "BUY", 1) for _ in range(25)]
    desk.open()
    desk.tick(ACME, 100)
    ids += [desk.place(ACME, "BUY", 1, account=2) for _ in range(25)]
    assert len(set(ids)) == 50
    assert all(len(each) == 14 and each.isdigit() and each.startswith("2611309") for each in ids)
    names = [index.name for table in SandboxBase.metadata.tables.values() for index in table.indexes]
    assert len(set(names)) == len(names)
    assert all(
        index.table.name in index.name
        for table in SandboxBase.metadata.tables.values()
        for index in table.indexes
    )


def test_25_orders_of_an_earlier_version_keep_their_ids(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 1, kind="LIMIT", price=90)
    with desk.stores.sandbox.unit() as unit:
        unit.session.connection().exec_driver_sql("UPDATE paper_orders SET order_id='P26113007TFJXBCCZ1K2M3'")
    desk.open()
    desk.tick(ACME, 89)
    assert desk.row("P26113007TFJXBCCZ1K2M3").status is OrderStatus.COMPLETE
    assert desk.place(ACME, "BUY", 1) not in (order_id, "P26113007TFJXBCCZ1K2M3")


def test_27_prices_are_asked_for_in_the_name_of_the_orders_owner(desk: Desk) -> None:
    desk.tick(ACME, 100)
    for account in (3, 2):
        desk.place(ACME, "BUY", 1, kind="LIMIT", price=90, account=account)
    desk.place(ACME, "BUY", 1, account=4)
    desk.clock.advance(60)
    desk.tape.asked_by.clear()
    desk.tape.mute = {3}
    desk.room.rounds.run()
    assert desk.tape.asked_by == [3, 2]


def test_accounts_do_not_see_each_other(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, account=2)
    assert desk.desk.order_book(ACCOUNT, BROKER) == []
    assert desk.room.by_id(ACCOUNT, order_id) is None


def test_29_two_exits_of_one_position_cannot_flip_it_for_nothing(desk: Desk) -> None:
    desk.tick(ACME, 100, **EXACT)
    desk.place(ACME, "BUY", 10)
    held = desk.money().blocked
    desk.place(ACME, "SELL", 10, kind="LIMIT", price=110)
    assert desk.money().blocked == held
    desk.place(ACME, "SELL", 20, kind="LIMIT", price=110)
    assert desk.money().blocked == 2200_00 // 5


def test_29_the_same_shares_cannot_be_promised_twice(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.place(ACME, "SELL", 10, product="CNC", kind="LIMIT", price=110)
    with pytest.raises(Refused, match="0 available"):
        desk.place(ACME, "SELL", 1, product="CNC", kind="LIMIT", price=110)


def test_30_an_oversized_exit_after_square_off_is_refused(desk: Desk) -> None:
    desk.room.preferences.put({"nse_bse_square_off_time": "15:20"})
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    desk.clock.jump(desk.clock.now().replace(hour=9, minute=51))  # 15:21 in India; no round has run yet
    desk.tick(ACME, 100)
    with pytest.raises(Refused) as error:
        desk.place(ACME, "SELL", 20)
    assert error.value.code == "AFTER_SQUARE_OFF"
    desk.place(ACME, "SELL", 10)
    assert desk.position(ACME) == 0


def test_31_stops_reserve_at_their_worst_price_and_give_back_the_rest(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10, kind="SL", trigger_price=105, price=110, product="CNC")
    assert desk.money().blocked == 1100_00
    desk.tick(ACME, 105, bids=[(104, 10)], asks=[(105, 100)])
    assert desk.money().blocked == 1050_00


def test_32_a_failing_transaction_leaves_neither_trade_nor_money_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.tick(ACME, 100, **EXACT)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=95)
    before = desk.money()
    from services.sandbox.clearing import Clearing

    real = Clearing.refresh_margin
    monkeypatch.setattr(
        Clearing, "refresh_margin", lambda *_: (_ for _ in ()).throw(Refused("the disk is full"))
    )
    desk.tick(ACME, 90)
    assert desk.money() == before
    assert desk.desk.trade_book(ACCOUNT, BROKER) == []
    monkeypatch.setattr(Clearing, "refresh_margin", real)
    desk.tick(ACME, 90)
    assert desk.row(order_id).status is OrderStatus.COMPLETE


def test_a_tick_looks_at_four_heads_however_many_orders_rest(desk: Desk) -> None:
    """The cost per tick is measured in test/perf/sandbox.py; here: no order is read from the store."""
    desk.tick(ACME, 100)
    for _ in range(30):
        desk.place(ACME, "BUY", 1, kind="LIMIT", price=90)
    desk.stores.sandbox.unit = None  # a tick that sets nothing off needs no transaction
    desk.tick(ACME, 99)
    del desk.stores.sandbox.unit


def test_other_symbols_do_not_hear_of_a_tick(desk: Desk) -> None:
    other = instrument("OTHER")
    desk.tick(ACME, 100)
    desk.tick(other, 100)
    order_id = desk.place(other, "BUY", 1, kind="LIMIT", price=90)
    desk.tick(ACME, 80)
    assert desk.row(order_id).status is OrderStatus.OPEN


def test_many_buyers_at_once_raise_the_position_by_exactly_what_was_accepted(desk: Desk) -> None:
    desk.tick(ACME, 100)

    def buy() -> bool:
        try:
            desk.place(ACME, "BUY", 1)
        except Refused:
            return False
        return True

    accepted = sum(run_all([buy] * 96, 16, "buyers"))
    assert accepted == 96
    assert desk.position(ACME) == accepted
