"""The order stream: numbered, stored before it is told, and resumed without a hole or a repeat, or not at all."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from domain.orders import OrderRow, OrderStatus
from domain.streams.orders import Gap, Sent
from services.events import OrderChanged

DAY = 24 * 3600


def states(found: list[Sent]) -> list[tuple[str, str, int]]:
    return [(each.message.orderid, each.message.order_status, each.message.filled_quantity) for each in found]


def test_numbers_grow_over_restarts_and_each_names_the_one_before_it_in_its_account_and_mode(
    world: Any, row: Any
) -> None:
    first = world.run()
    first.push(row(order_id="1"))
    first.push(row(order_id="P"), mode="analyze")
    first.push(row(order_id="2"), account_id=8)
    first.tell()
    world.clock.advance(1)
    second = world.run()
    second.push(row(order_id="3"))
    second.push(row(order_id="Q"), mode="analyze")
    second.tell()
    found = world.journal()
    a, p, b, c, q = (each.seq for each in found)
    assert a < p < b < c < q
    assert [each.message.prev_seq for each in found] == [0, 0, 0, a, p]
    assert [(each.message.mode, each.message.broker) for each in found[:2]] == [
        ("live", "b"), ("analyze", "sandbox"),
    ]  # fmt: skip


def test_a_number_is_never_used_again_although_the_newest_rows_were_lost(world: Any, row: Any) -> None:
    """A power cut takes rows whose numbers clients have heard."""
    first = world.run()
    for number in range(5):
        first.push(row(order_id=str(number)))
    first.tell()
    heard = first.heard[-1].seq
    with world.store.unit() as unit:
        unit.session.execute(text("DELETE FROM order_stream_events"))
    world.clock.advance(1)
    second = world.run()
    second.push(row(order_id="9"))
    second.tell()
    assert second.heard[0].seq > heard


@pytest.mark.parametrize("late", [False, True])
def test_a_state_that_clients_heard_and_the_story_did_not_is_added_to_the_story_once(
    world: Any, row: Any, late: bool
) -> None:
    """The story is written by another thread, which may die before the state that the stream has stored."""
    done = row(status=OrderStatus.COMPLETE, filled_quantity=10, pending_quantity=0)
    killed = world.run()
    killed.push(done)
    killed.tell()
    second = world.run()
    if late:
        second.poll()  # the broker's book does not show it yet
    second.poll(done)
    second.poll(done)
    second.tell()
    added = [event for event in second.internal if isinstance(event, OrderChanged)]
    assert [(event.row.status, event.is_news) for event in added] == [(OrderStatus.COMPLETE, False)]
    assert second.heard == []


def test_nothing_is_told_before_it_is_in_the_store(world: Any, row: Any) -> None:
    run = world.run()
    stored: list[int] = []
    run.on_tell = lambda: stored.append(len(world.journal()))
    run.push(row(order_id="1"))
    run.push(row(order_id="2"))
    assert run.heard == [] and world.journal() == []
    run.tell()
    assert stored == [2, 2]


def test_a_client_resumes_behind_any_number_with_exactly_the_rest(world: Any, row: Any) -> None:
    run = world.run()
    for number in range(4):
        run.push(row(order_id=str(number)))
        run.push(row(order_id=f"P{number}"), mode="analyze")
        run.push(row(order_id=f"B{number}"), account_id=8)
    run.push(row(order_id="of bob"), account_id=100)
    run.tell()
    told = world.journal()
    assert len(told) == 12
    for count in range(13):
        after = told[count - 1].seq if count else 0
        assert world.after(after) == told[count:]
        live = [each for each in told[count:] if (each.message.account_id, each.message.mode) == (7, "live")]
        assert world.after(after, account_id=7, mode="live") == live


def test_a_number_behind_what_is_kept_is_a_gap_and_the_edge_is_exact(world: Any, row: Any) -> None:
    run = world.run(rows=5, days=7)
    for number in range(12):
        run.push(row(order_id=str(number)))
    run.push(row(order_id="P"), mode="analyze")
    run.tell()
    told = [each.seq for each in world.journal()]
    run.stream.sweep()
    assert [each.seq for each in world.after(told[6])] == told[7:]
    for seq in (0, told[5]):
        with pytest.raises(Gap) as caught:
            world.after(seq)
        assert caught.value.head == told[-1]
    assert len(world.after(0, mode="analyze")) == 1


def test_rows_that_are_too_old_go_and_a_client_that_has_the_last_of_them_misses_nothing(
    world: Any, row: Any
) -> None:
    run = world.run(rows=100, days=2)
    for number in range(3):
        run.push(row(order_id=str(number)))
    run.tell()
    told = [each.seq for each in world.journal()]
    world.clock.advance(3 * DAY)
    run.stream.sweep()
    assert world.after(told[-1]) == []
    assert [each.seq for each in world.after(told[1])] == told[2:]
    with pytest.raises(Gap):
        world.after(told[0])
    run.push(row(order_id="9", placed_at=world.clock.now()))
    run.tell()
    assert states(world.after(told[-1])) == [("9", "open", 0)]


def test_a_number_that_was_never_given_out_is_a_gap(world: Any, row: Any) -> None:
    with pytest.raises(Gap):
        world.after(5)
    run = world.run()
    run.push(row())
    run.tell()
    with pytest.raises(Gap):
        world.after(run.heard[0].seq + 1)


def test_a_store_that_refuses_delays_no_client_and_gets_the_rows_later(world: Any, row: Any) -> None:
    run = world.run()
    run.push(row(order_id="1"))
    run.tell()
    with world.store.unit() as unit:
        unit.session.execute(text("ALTER TABLE order_stream_events RENAME TO away"))
    run.push(row(order_id="2"))
    run.push(row(order_id="3"))
    run.tell()
    assert states(run.heard) == [("1", "open", 0), ("2", "open", 0), ("3", "open", 0)]
    with world.store.unit() as unit:
        unit.session.execute(text("ALTER TABLE away RENAME TO order_stream_events"))
    run.push(row(order_id="4"))
    run.tell()
    assert world.journal() == run.heard


def test_a_run_that_cannot_read_what_was_told_claims_no_complete_stream(world: Any, row: Any) -> None:
    first = world.run()
    first.push(row(order_id="1"))
    first.tell()
    with world.store.unit() as unit:
        unit.session.execute(text("ALTER TABLE order_stream_events RENAME TO away"))
    second = world.run()
    second.push(row(order_id="2"))
    with world.store.unit() as unit:
        unit.session.execute(text("ALTER TABLE away RENAME TO order_stream_events"))
    second.tell()
    with pytest.raises(Gap):
        world.after(first.heard[-1].seq)
    assert states(world.after(second.heard[-1].seq - 1)) == [("2", "open", 0)]


def test_a_row_that_was_lost_for_good_is_a_gap_never_a_silent_hole(world: Any, row: Any) -> None:
    run = world.run()
    for number in range(4):
        run.push(row(order_id=str(number)))
    run.tell()
    told = [each.seq for each in run.heard]
    with world.store.unit() as unit:
        unit.session.execute(text("DELETE FROM order_stream_events WHERE seq=:seq"), {"seq": told[2]})
    for seq in told[:2]:
        with pytest.raises(Gap):
            world.after(seq, page=1)
    assert [each.seq for each in world.after(told[2])] == told[3:]


def test_a_restart_takes_nothing_back_and_repeats_nothing(world: Any, row: Any) -> None:
    """The first book of the new run is older than the push that the old run told."""
    first = world.run()
    done = row(
        status=OrderStatus.COMPLETE, filled_quantity=10, pending_quantity=0, updated_at=world.clock.now()
    )
    first.push(done)
    first.tell()
    second = world.run()
    second.poll(row(updated_at=world.clock.now() - dt.timedelta(seconds=5)))
    second.push(done)
    second.poll(done)
    second.tell()
    assert second.heard == [] and states(world.journal()) == [("1", "complete", 10)]


def test_what_was_learnt_and_not_stored_when_the_process_was_killed_is_told_by_the_next(
    world: Any, row: Any
) -> None:
    first = world.run()
    first.push(row())
    first.tell()
    filled = row(filled_quantity=4, pending_quantity=6)
    first.push(filled)  # killed here: neither stored nor told
    second = world.run()
    second.poll(filled)
    second.tell()
    assert states(world.after(first.heard[-1].seq)) == [("1", "open", 4)]


def test_an_order_of_yesterday_that_the_book_no_longer_lists_does_not_count_as_working(
    world: Any, row: Any
) -> None:
    first = world.run()
    first.push(row(placed_at=world.clock.now()))
    first.tell()
    world.clock.advance(DAY)
    second = world.run()
    assert second.rooms["live"].has_working(7)
    second.poll(row(order_id="2", placed_at=world.clock.now()))
    assert set(second.rooms["live"].seen(7)) == {"2"}


def history(dice: random.Random, row: Any, order_id: str) -> list[OrderRow]:
    """What an order goes through at its exchange: changes of its price, fills, an end."""
    at = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
    facts: dict[str, Any] = {"order_id": order_id, "filled_quantity": 0, "pending_quantity": 10}
    told = [row(**facts, updated_at=at)]
    for step in range(dice.randint(1, 6)):
        at += dt.timedelta(milliseconds=dice.randint(1, 900))
        filled = min(10, facts["filled_quantity"] + dice.randint(0, 4))
        facts |= {"filled_quantity": filled, "pending_quantity": 10 - filled}
        if filled == 10:
            facts["status"] = OrderStatus.COMPLETE
        elif step == 5 or dice.random() < 0.15:
            facts |= {"status": OrderStatus.CANCELLED, "pending_quantity": 0}
        told.append(row(**facts, updated_at=at))
        if "status" in facts:
            break
    return told


class Exchange:
    """Orders that go on, a broker that tells of them as it likes, and a client that follows over kills."""

    def __init__(self, world: Any, row: Any, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = world
        self.orders = [history(self.dice, row, str(number)) for number in range(5)]
        self.at = [0] * len(self.orders)
        self.news = [
            state for told in self.orders for state in told for _ in range(self.dice.choice((1, 1, 2, 3)))
        ]
        self.dice.shuffle(self.news)
        self.run = world.run()
        self.got: list[Sent] = []

    @property
    def is_over(self) -> bool:
        ended = all(now == len(told) - 1 for now, told in zip(self.at, self.orders, strict=True))
        return ended and not self.news

    def follow(self) -> None:
        self.got += self.world.after(self.got[-1].seq if self.got else 0)

    def poll(self) -> None:
        self.run.poll(*(told[now] for now, told in zip(self.at, self.orders, strict=True)))

    def step(self) -> None:
        act = self.dice.choice(("push", "push", "push", "move", "poll", "tell", "follow", "kill"))
        if act == "push" and self.news:
            self.run.push(self.news.pop(), source=self.dice.choice(("push", "postback")))
        elif act == "move":
            which = self.dice.randrange(len(self.orders))
            self.at[which] = min(self.at[which] + 1, len(self.orders[which]) - 1)
        elif act == "poll":
            self.poll()
        elif act == "tell":
            self.run.tell()
        elif act == "follow":
            self.follow()
        elif act == "kill" and self.dice.random() < 0.3:
            self.world.clock.advance(2)
            self.run = self.world.run()


@pytest.mark.parametrize("seed", range(8))
def test_duplicated_reordered_and_late_news_make_one_stream_across_kills(
    world: Any, row: Any, seed: int
) -> None:
    """Pushes come twice, out of order and after the poll; the program is killed with changes queued."""
    exchange = Exchange(world, row, seed)
    while not exchange.is_over:
        exchange.step()
    exchange.poll()
    exchange.run.tell()
    exchange.follow()

    assert exchange.got == world.journal()
    for number, told in enumerate(exchange.orders):
        seen = [each.message for each in exchange.got if each.message.orderid == str(number)]
        visible = [msgspec.structs.replace(each, timestamp=0, prev_seq=0) for each in seen]
        assert all(one != other for one, other in itertools.pairwise(visible)), "a state was repeated"
        fills = [each.filled_quantity for each in seen]
        assert fills == sorted(fills), "a fill was taken back"
        ends = [index for index, each in enumerate(seen) if each.order_status in ("complete", "cancelled")]
        assert all(each.order_status == seen[index].order_status for index in ends for each in seen[index:])
        end = (told[-1].status.value, told[-1].filled_quantity)
        assert (seen[-1].order_status, seen[-1].filled_quantity) == end
