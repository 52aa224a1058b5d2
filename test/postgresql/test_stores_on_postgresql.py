"""What the repositories of orders promise on SQLite they keep on PostgreSQL: the same tests, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paper_desk import MONDAY_TEN, Desk
from sqlalchemy.exc import IntegrityError

from database.approvals import PendingOrders, PendingRow
from database.automation.deliveries import Deliveries, DeliveryRow, OrderRow, QueuedOrders
from database.automation.strategies import Strategies
from database.identity import Users
from database.migrate import check
from database.revision import differences
from database.risk.limits import LimitsRow, StoredLimits
from database.risk.switches import KillSwitchRows
from database.stores import Stores
from database.triggers.held import HeldGtts
from domain.gtt import GttLeg, GttTerms, TriggerType
from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from domain.triggers.held import HeldGtt, HeldState
from test.unit.database.test_order_journal import (
    test_a_row_is_on_disk_when_write_returns,
    test_an_outcome_that_stands_before_its_row_in_a_group_is_not_lost_when_the_group_is_taken_apart,
    test_closing_writes_the_rest_and_admits_nothing_more,
    writer,
)
from test.unit.sandbox.test_paper_money import (
    test_a_position_without_a_price_is_said_in_the_funds_and_adds_no_zero,
    test_bought_shares_settle_on_the_next_trading_day_and_can_be_sold,
    test_capital_and_leverage_can_be_changed,
    test_currency_ticks_are_exact,
    test_profit_is_realised_to_the_paisa_and_the_identity_holds,
    test_without_money_the_order_is_kept_as_rejected,
)
from test.unit.triggers.test_position_exit_following import (
    House,
    test_a_partial_fill_of_the_entry_protects_what_was_filled,
    test_a_position_has_one_open_set_and_the_feed_is_asked_as_long_as_there_is_one,
    test_an_exit_order_that_ends_without_filling_arms_the_exits_again_and_is_told,
    test_exit_orders_that_completed_end_the_exits_though_positions_lag,
    test_of_two_hands_on_one_version_the_second_is_turned_away,
    test_what_was_kept_is_taken_up_by_the_next_run,
)
from utils.clock import ManualClock

# Collected here as well, with the fixtures of this folder.
__all__ = [
    "test_a_partial_fill_of_the_entry_protects_what_was_filled",
    "test_a_position_has_one_open_set_and_the_feed_is_asked_as_long_as_there_is_one",
    "test_a_position_without_a_price_is_said_in_the_funds_and_adds_no_zero",
    "test_a_row_is_on_disk_when_write_returns",
    "test_an_exit_order_that_ends_without_filling_arms_the_exits_again_and_is_told",
    "test_an_outcome_that_stands_before_its_row_in_a_group_is_not_lost_when_the_group_is_taken_apart",
    "test_bought_shares_settle_on_the_next_trading_day_and_can_be_sold",
    "test_capital_and_leverage_can_be_changed",
    "test_closing_writes_the_rest_and_admits_nothing_more",
    "test_currency_ticks_are_exact",
    "test_exit_orders_that_completed_end_the_exits_though_positions_lag",
    "test_of_two_hands_on_one_version_the_second_is_turned_away",
    "test_profit_is_realised_to_the_paisa_and_the_identity_holds",
    "test_what_was_kept_is_taken_up_by_the_next_run",
    "test_without_money_the_order_is_kept_as_rejected",
    "writer",
]
ONE = {"user_id": 1, "account_id": 1, "broker": "b", "mode": "live", "strategy": "s"}


@pytest.fixture
def house(stores: Stores) -> House:
    return House(stores)


@pytest.fixture
def desk(stores: Stores, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(stores, ManualClock(MONDAY_TEN), tmp_path)
    yield made
    assert made.audit() == []


@pytest.fixture
def user_id(stores: Stores, now: Any) -> int:
    with stores.main.unit() as unit:
        return Users(unit).add(username="u", email="e", password_hash="x", is_admin=True, now=now).id


def test_migrations_lead_to_exactly_the_models(stores: Stores) -> None:
    check(stores)
    assert [differences(store) for store in stores] == [[], [], [], []]


def test_a_gtt_is_moved_by_its_version_only(stores: Stores) -> None:
    terms = GttTerms(
        trigger_type=TriggerType.SINGLE, symbol="INFY", exchange=Exchange.NSE, side=Side.SELL, quantity=5,
        price_type=PriceType.LIMIT, product=Product.CNC,
        stop=GttLeg(trigger_price=Decimal("1399.95"), price=Decimal("1399.9")),
    )  # fmt: skip
    gtt = HeldGtt(
        trigger_id="GTT-1", terms=terms, state=HeldState.ACTIVE, last_price=Decimal("1450.05"), created_ms=1,
        updated_ms=1, expires_ms=9, **ONE,
    )  # fmt: skip
    with stores.main.unit(durable=True) as unit:
        HeldGtts(unit).add(gtt)
    moved = msgspec.structs.replace(gtt, state=HeldState.FIRING, updated_ms=2)
    with stores.main.unit(durable=True) as unit:
        rows = HeldGtts(unit)
        assert (rows.open(), rows.count_open(1, "live")) == ([gtt], 1)
        assert rows.move(moved, gtt) and not rows.move(moved, gtt)
    with stores.main.reading() as unit:
        assert HeldGtts(unit).of_account(1, "live", history=0) == [moved]


def test_a_waiting_order_is_claimed_once_and_its_key_is_unique(stores: Stores, user_id: int) -> None:
    row = PendingRow(
        id=0, user_id=user_id, account_id=1, broker="b", key_id=None, api_type="placeorder", command={"a": [1]},
        client_order_id="k", fingerprint="f", request_id="r", prices={"NSE:INFY": "1"}, state="pending",
        created_ms=1, priced_ms=1, expires_ms=2**40,
    )  # fmt: skip
    with stores.main.unit(durable=True) as unit:
        row = PendingOrders(unit).add(row)
    with stores.main.unit(durable=True) as unit:
        rows = PendingOrders(unit)
        assert rows.move(row.id, "pending", state="executing") and not rows.move(
            row.id, "pending", state="executing"
        )
        assert rows.figures(user_id).outcomes is not None and rows.counts(user_id) == {"executing": 1}
    with pytest.raises(IntegrityError), stores.main.unit() as unit:
        PendingOrders(unit).add(row)


def test_housekeeping_keeps_the_deliveries_that_tell_what_a_strategy_holds(
    stores: Stores, user_id: int, now: Any
) -> None:
    fields = {
        "user_id": user_id, "account_id": None, "name": "n", "platform": "python", "webhook_digest": "d",
        "trading_mode": "LONG", "is_intraday": False, "is_active": True,
    }  # fmt: skip
    with stores.main.unit(durable=True) as unit:
        strategy = Strategies(unit).add(fields, now)
        kept = []
        for number, payload in enumerate(("start", "start", "signal", "signal"), 1):
            delivery = Deliveries(unit).add(
                DeliveryRow(
                    id=0, strategy_id=strategy.id, user_id=user_id, strategy="n", received_ms=number,
                    source_address="", payload=payload, body={"mode": "live"}, digest="", dedup_key=None,
                    result="accepted", duplicate_of=None, status=200, answer={}, outcome="accepted",
                )
            )  # fmt: skip
            kept.append(delivery.id)
            QueuedOrders(unit).add(
                OrderRow(
                    id=0, delivery_id=delivery.id, strategy_id=strategy.id, user_id=user_id, account_id=1,
                    broker="b", number=0, lane="plain", exchange="NSE", symbol="INFY", command={}, mode="live",
                    received_ms=number, retry_ms=0, expires_ms=0, state="ended", outcome="accepted",
                )
            )  # fmt: skip
        assert Deliveries(unit).remove_before(100) == 2
        left = Deliveries(unit).of_strategy(user_id, strategy.id, 10, None)
    assert [row.id for row in left] == [kept[3], kept[1]]


def test_limits_and_switches_hold_their_version_and_last_word(stores: Stores) -> None:
    first = LimitsRow(scope="all", limits={"max_quantity": 9}, version=1, changed_ms=1, changed_by="u")
    second = msgspec.structs.replace(first, version=2, changed_ms=2)
    with stores.main.unit(durable=True) as unit:
        rows = StoredLimits(unit)
        assert rows.put(first) and not rows.put(first)
        assert rows.put(second) and not rows.put(second)
        switches = KillSwitchRows(unit)
        switches.put("all", True, "runaway", 1)
        switches.put("all", True, "still", 2)
        switches.put("account:1", False, "", 3)
        assert switches.engaged() == {"all": "still"}
