"""What the streaming process must not forget, accept or mistake when two things happen at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import argon2
import msgspec
import pytest
import zmq
from websockets.exceptions import InvalidStatus

from broker.core.manifest import Stream
from broker.core.roles import Session
from domain.errors import NotAuthenticated, Unavailable
from domain.feed import Notice, key_topic, market_topic, pack, push_topic
from services.accounts.api_keys import ApiKeys
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.installation import Installation
from services.accounts.passwords import Passwords
from services.accounts.users import Users
from services.bans.elsewhere import WrongKeys
from services.bans.reading import BanList
from services.events import Events
from test.stores import open_stores
from utils.clock import ManualClock, SystemClock
from websocket_proxy.bus import values as values_module
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.connection import StreamConnection
from websocket_proxy.feed.local import LocalRuntime
from websocket_proxy.feed.wire import Ended
from websocket_proxy.options import BackoffTerms, FeedOptions
from websocket_proxy.wiring import HouseGate

KEY = "a" * 64
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
STREAM = Stream(
    transport="websocket", instruments_per_socket=3, sockets=2, batch=50, depth_levels=(5,),
    order_updates="market_socket", silence_seconds=30, auth_deadline_seconds=2,
)  # fmt: skip


def ingress(w: Any) -> tuple[Any, Any]:
    context: Any = zmq.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(w.process.ingress_endpoint)
    return context, socket


def key_changed(socket: Any, user_id: int) -> None:
    socket.send_multipart((key_topic(user_id), pack(1, Notice(kind="changed", at_ms=1))))


def test_a_changed_key_is_forgotten_although_nobody_is_connected_with_it(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w:
            forgotten: list[int] = []
            w.house.forget_caller = forgotten.append
            context, socket = ingress(w)
            key_changed(socket, 1)
            await wait(lambda: forgotten == [1])
            context.destroy(linger=0)

    run(scenario)


def test_one_address_cannot_hold_all_sockets_without_saying_who_it_is(run, world, wait) -> None:
    async def scenario() -> None:
        async with world(strangers_per_address=2) as w:
            first = await w.client(login=False)
            await w.client(login=False)
            with pytest.raises(InvalidStatus, match="503"):
                await w.client(login=False)
            await first.login()
            third = await w.client(login=False)
            with pytest.raises(InvalidStatus, match="503"):
                await w.client(login=False)
            await third.connection.close()
            await wait(lambda: w.figures["clients"] == 2)
            await w.client()
            assert w.figures["refused"] == 2

    run(scenario)


def test_the_old_key_opens_nothing_once_the_process_was_told_of_the_new_one(tmp_path: Path) -> None:
    stores = open_stores(tmp_path)
    clock, events = ManualClock(NOW), Events(lambda name, error: None)
    vault = Vault("b" * 64, ["ab" * 16])
    passwords = Passwords(vault, argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    callers = Callers(stores.main, clock)
    installation = Installation(stores.main, vault, events, clock, open_to_network=False)
    user = Users(stores.main, passwords, installation, clock).set_up(
        "ada", "ada@example.com", "Correct-Horse9!", None
    )
    of_app = ApiKeys(stores.main, vault, passwords, callers, events, clock)
    of_proxy = ApiKeys(stores.main, vault, passwords, callers, events, clock)
    services: Any = SimpleNamespace(
        api_keys=of_proxy,
        tickets=None,
        callers=callers,
        ban_list=BanList(stores.logs, clock),
        wrong_keys=WrongKeys(stores.logs, clock),
        vault=vault,
    )
    gate = HouseGate(services)
    old = of_app.rotate(user.id)
    assert gate.verify(old, "127.0.0.1").user_id == user.id
    new = of_app.rotate(user.id)
    gate.forget_caller(user.id)
    with pytest.raises(NotAuthenticated):
        gate.verify(old, "127.0.0.1")
    assert gate.verify(new, "127.0.0.1").user_id == user.id
    stores.close()


def test_a_key_that_changes_while_it_is_being_checked_is_checked_again(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w:
            asked, go, told = threading.Event(), threading.Event(), threading.Event()
            verify = w.house.verify

            def slow(api_key: str, address: str) -> Any:
                found = verify(api_key, address)
                asked.set()
                go.wait(5)
                return found

            w.house.verify = slow
            w.house.forget_caller = lambda _user: told.set()
            client = await w.client(login=False)
            await client.send({"action": "authenticate", "api_key": KEY})
            await wait(asked.is_set)
            del w.house.keys[KEY]
            context, socket = ingress(w)
            key_changed(socket, 1)
            await wait(told.is_set)
            go.set()
            refusal = await client.expect(status="error")
            assert refusal["code"] == "AUTHENTICATION_ERROR"
            context.destroy(linger=0)

    run(scenario)


def session_of(token: str) -> Session:
    return Session(
        account_id=7, broker="vendor", broker_user_id="u", credentials={}, tokens={"token": token}, issued_at=NOW,
        expires_at=None,
    )  # fmt: skip


def test_a_login_that_arrives_while_the_session_is_being_read_is_not_missed(run) -> None:
    async def scenario() -> None:
        old, new = session_of("t1"), session_of("t2")
        answers = [old, new]

        async def session() -> Session:
            answer = answers.pop(0)
            if answer is old:  # read before the login was stored, answered after we heard of it
                connection.session_changed()
            return answer

        nothing: Any = None
        connection = StreamConnection(
            "c", nothing, STREAM, FeedOptions(), session=session, clock=SystemClock(),
            backoff=Backoff(BackoffTerms(), random.Random(1)), on_events=nothing, on_state=nothing,
        )  # fmt: skip
        connection.session_changed()
        async with asyncio.timeout(5):
            with pytest.raises(Ended):
                await connection._mind(old)

    run(scenario)


def test_a_session_that_is_over_is_not_asked_for_at_every_beat(run) -> None:
    async def scenario() -> None:
        asked = 0

        async def session() -> Session:
            nonlocal asked
            asked += 1
            return msgspec.structs.replace(session_of("t1"), expires_at=NOW)

        nothing: Any = None
        states: list[Any] = []
        connection = StreamConnection(
            "c", nothing, STREAM, FeedOptions(), session=session, clock=SystemClock(),
            backoff=Backoff(BackoffTerms(), random.Random(1)), on_events=nothing,
            on_state=lambda state, _reason: states.append(str(state)),
        )  # fmt: skip
        connection.start()
        for _ in range(50):
            connection.beat()
            await asyncio.sleep(0)
        await connection.stop()
        assert (asked, states) == (1, ["rollover"])

    run(scenario)


def test_order_pushes_flow_although_the_first_attempt_to_open_the_feed_failed(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w:
            context: Any = zmq.Context()
            orders = context.socket(zmq.SUB)
            orders.connect(w.process.bus_endpoint)
            real, failed = w.house.plugin, threading.Event()

            def broken(_broker: str) -> Any:
                failed.set()
                raise Unavailable("not yet")

            w.house.plugin = broken
            orders.setsockopt(zmq.SUBSCRIBE, push_topic(7))
            await wait(failed.is_set)
            w.house.plugin = real
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await w.vendor.say({"order": "42"})

            def arrived() -> bool:
                try:
                    return orders.recv_multipart(zmq.NOBLOCK)[0] == push_topic(7)
                except zmq.Again:
                    return False

            await wait(arrived)
            context.destroy(linger=0)

    run(scenario)


def test_a_topic_that_was_crowded_out_does_not_repeat_its_numbers(monkeypatch) -> None:
    """Within a process consumers take an equal number for a repetition and drop it."""
    monkeypatch.setattr(values_module, "KEPT_VALUES", 2)
    values = values_module.Values()
    topics = [market_topic("b", "NSE", symbol, 1) for symbol in ("A", "B", "C")]
    numbers = []
    for _ in range(3):
        for topic in topics:
            values.of(topic).next(1)
        numbers.append(values.of(topics[0]).seq)
    assert numbers == sorted(set(numbers))


def test_a_local_source_is_told_again_what_it_failed_to_take(run, wait) -> None:
    class Source:
        def __init__(self) -> None:
            self.taken: list[Any] = []
            self.faults = 1

        def subscribe(self, wants: Any) -> None:
            if self.faults:
                self.faults -= 1
                raise Unavailable("busy")
            self.taken += wants

        def unsubscribe(self, instruments: Any) -> None: ...

        def due(self, now: dt.datetime) -> list[Any]:
            return []

    async def scenario() -> None:
        async def session() -> Session:
            return session_of("t")

        source = Source()
        given: Any = source
        terms = msgspec.structs.replace(STREAM, transport="local", tick_interval_ms=5)
        runtime = LocalRuntime(
            given, terms, session=session, on_events=lambda _events: None, on_state=lambda _state, _reason: None,
            clock=SystemClock(), options=FeedOptions(),
        )  # fmt: skip
        runtime.start()
        row: Any = SimpleNamespace(broker_exchange="NSE", token="1")
        runtime.want([(row, 1)])  # type: ignore[list-item]
        await wait(lambda: source.taken)
        await runtime.stop()

    run(scenario)


def test_an_instrument_that_a_codec_cannot_ask_for_costs_the_others_nothing(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w:
            real = w.house.plugins["vendor"].stream

            class Picky:
                def __init__(self) -> None:
                    self._codec = real()

                def __getattr__(self, name: str) -> Any:
                    return getattr(self._codec, name)

                def subscribe(self, wants: Any) -> Any:
                    if any(row.token == "2" for row, _ in wants):
                        raise ValueError("no such segment")
                    return self._codec.subscribe(wants)

            w.house.plugins["vendor"] = msgspec.structs.replace(w.house.plugins["vendor"], stream=Picky)
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA")
            await w.upstream("1", "3")
            await w.vendor.tick("1", 391.4)
            assert (await client.expect(type="market_data"))["symbol"] == "ALPHA"
            assert len(w.vendor.logins) == 1

    run(scenario)
