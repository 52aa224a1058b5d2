"""The bus when somebody does not keep up, when parts run apart, and when it leaves the machine."""

from __future__ import annotations

import asyncio
import contextlib
import re
import stat
from types import SimpleNamespace

import pytest
import zmq
import zmq.auth

from domain.feed import (
    BusLoss,
    FeedRefusal,
    MarketData,
    Notice,
    market_topic,
    order_topic,
    pack,
    refusal_topic,
    session_topic,
    unpack,
)
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from test.support.order_messages import order_frame
from utils.clock import SystemClock
from websocket_proxy.bus import (
    Consumer,
    FeedBus,
    KeysMissing,
    LocalConsumer,
    close_context,
    load_keys,
    open_context,
)
from websocket_proxy.bus import consumer as consumer_module
from websocket_proxy.bus import feed as feed_module
from websocket_proxy.bus import publisher as publisher_module
from websocket_proxy.bus.keys import make_keys
from websocket_proxy.options import ProxyOptions
from websocket_proxy.process import ForwardingProcess, StreamingProcess
from websocket_proxy.proxy import fanout as fanout_module
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.fanout import Fanout

ALPHA, BETA = (market_topic("vendor", "NSE", symbol, 1) for symbol in ("ALPHA", "BETA"))
ROOM = 10


def tick(symbol: str, ltp: float) -> MarketData:
    return MarketData(exchange="NSE", symbol=symbol, mode=1, ltp=ltp, received_at_ms=1)


def refusal(number: int) -> FeedRefusal:
    return FeedRefusal(broker="vendor", exchange="NSE", symbol="ALPHA", reason=str(number), at_ms=1)


class Reader:
    """A client's outbox that keeps what it is offered."""

    def __init__(self, offer) -> None:
        self.offer = offer

    def forget(self, topic: bytes) -> None: ...


class Hall:
    """A bus over inproc, where queues end exactly at their high-water mark."""

    def __init__(self) -> None:
        self.context = open_context()
        self.bus = FeedBus(self.context, "inproc://bus", "inproc://ingress", SystemClock(), high_water=ROOM)
        self.demand: dict[bytes, int] = {}
        self._sockets: list[zmq.Socket[bytes]] = []
        self.bus.start(self._demanded, lambda _topic, _frame: None)

    def _demanded(self, topic: bytes, added: bool) -> None:
        self.demand[topic] = self.demand.get(topic, 0) + (1 if added else -1)

    def socket(self, kind: int) -> zmq.Socket[bytes]:
        self._sockets.append(self.context.socket(kind))
        return self._sockets[-1]

    def subscriber(self, *topics: bytes, room: int = 1) -> zmq.Socket[bytes]:
        socket = self.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, room)
        socket.connect("inproc://bus")
        for topic in topics:
            socket.setsockopt(zmq.SUBSCRIBE, topic)
        return socket

    def close(self) -> None:
        self.bus.close()
        for socket in self._sockets:
            socket.close(linger=0)
        close_context(self.context)


def taken(socket) -> list[tuple[bytes, bytes]]:
    found = []
    while True:
        try:
            found.append(tuple(socket.recv_multipart(zmq.NOBLOCK)))
        except zmq.Again:
            return found


@pytest.fixture
def hall(run):
    def scenario(play) -> None:
        async def whole() -> None:
            hall = Hall()
            try:
                await play(hall)
            finally:
                hall.close()

        run(whole)

    return scenario


def test_a_subscriber_that_is_behind_costs_the_others_nothing_and_ends_with_the_latest_ticks(
    hall, wait, monkeypatch
) -> None:
    monkeypatch.setattr(fanout_module, "RENEW_SECONDS", 0.0)
    monkeypatch.setattr(consumer_module, "MARKET_HWM", 1)

    async def play(hall: Hall) -> None:
        quick, behind = hall.subscriber(ALPHA, BETA, room=1000), Consumer(hall.context, "inproc://bus")
        counters = Counters()
        fanout = Fanout(behind, counters, throttle_ms=0, now_ms=lambda: 0)
        latest: dict[bytes, bytes] = {}
        reader = Reader(latest.__setitem__)
        for symbol in ("ALPHA", "BETA"):
            fanout.join(reader, "vendor", InstrumentKey(Exchange.NSE, symbol), Mode.LTP, 0)
        await wait(lambda: hall.demand == {ALPHA: 2, BETA: 2})
        for number in range(1, 101):
            hall.bus.publish(ALPHA, tick("ALPHA", float(number)))
        hall.bus.publish(BETA, tick("BETA", 7.0))
        numbers = [unpack(frame, MarketData)[0] for topic, frame in taken(quick) if topic == ALPHA]
        assert numbers == list(range(1, 101))
        assert (hall.bus.figures()["overflows"], hall.bus.figures()["lost"]) == (1, 0)
        behind.start(fanout, lambda _topic, _frame: None)
        await wait(lambda: latest and b'"ltp":11.0' in latest[ALPHA])
        hall.bus.publish(ALPHA, tick("ALPHA", 101.0))
        await wait(lambda: len(latest) == 2)
        assert b'"ltp":101.0' in latest[ALPHA]
        assert b'"ltp":7.0' in latest[BETA]
        assert (counters.gaps, counters.renewals) == (89, 1)
        fanout.close()
        behind.close()

    hall(play)


def test_losses_on_the_bus_are_published(hall, wait, monkeypatch) -> None:
    monkeypatch.setattr(feed_module, "_REPORT_SECONDS", 0.02)

    async def play(hall: Hall) -> None:
        _, told = hall.subscriber(ALPHA), hall.subscriber(b"sys|bus|")
        await wait(lambda: hall.demand == {ALPHA: 1, b"sys|bus|": 1})
        for number in range(50):
            hall.bus.publish(ALPHA, tick("ALPHA", float(number)))
        news: list[tuple[bytes, bytes]] = []
        await wait(lambda: news.extend(taken(told)) or news)
        loss = unpack(news[0][1], BusLoss)[1]
        assert (news[0][0], loss.overflows, loss.lost) == (b"sys|bus|feed|", 1, 0)

    hall(play)


def test_control_messages_wait_in_order_for_a_subscriber_that_is_behind(hall, wait) -> None:
    async def play(hall: Hall) -> None:
        topic = refusal_topic("vendor")
        stuck = hall.subscriber(topic)
        await wait(lambda: hall.demand == {topic: 1})
        for number in range(60):
            hall.bus.pass_on(topic, refusal(number))
        assert hall.bus.figures()["held"] == 60 - ROOM - 1
        got: list[tuple[bytes, bytes]] = []
        await wait(lambda: got.extend(taken(stuck)) or len(got) == 60)
        assert [unpack(frame, FeedRefusal)[1].reason for _, frame in got] == [str(n) for n in range(60)]
        assert hall.bus.figures()["lost"] == 0

    hall(play)


def test_a_control_message_that_waited_too_long_goes_to_the_others_and_is_counted(
    hall, wait, monkeypatch
) -> None:
    monkeypatch.setattr(publisher_module, "HELD_SECONDS", 0.0)

    async def play(hall: Hall) -> None:
        topic = refusal_topic("vendor")
        stuck, quick = hall.subscriber(topic), hall.subscriber(topic, room=1000)
        await wait(lambda: hall.demand == {topic: 2})
        for number in range(30):
            hall.bus.pass_on(topic, refusal(number))
        got: list[tuple[bytes, bytes]] = []
        await wait(lambda: got.extend(taken(quick)) or len(got) == 30)
        assert [unpack(frame, FeedRefusal)[0] for _, frame in got] == list(range(1, 31))
        assert hall.bus.figures()["lost"] == 1
        seen = [unpack(frame, FeedRefusal)[0] for _, frame in taken(stuck)]
        assert seen == list(range(1, ROOM + 2))

    hall(play)


def test_messages_of_the_app_wait_at_the_app_while_the_bus_holds_too_many(hall, wait, monkeypatch) -> None:
    monkeypatch.setattr(publisher_module, "HELD_MESSAGES", 5)

    async def play(hall: Hall) -> None:
        topic = session_topic(7)
        stuck = hall.subscriber(topic)
        await wait(lambda: hall.demand == {topic: 1})
        app = hall.socket(zmq.PUSH)
        app.connect("inproc://ingress")
        for number in range(1, 61):
            app.send_multipart((topic, pack(number, Notice(kind="valid", at_ms=1))))
        await wait(lambda: hall.bus.figures()["held"] == 5)
        got: list[tuple[bytes, bytes]] = []
        await wait(lambda: got.extend(taken(stuck)) or len(got) == 60)
        assert [unpack(frame, Notice)[0] for _, frame in got] == list(range(1, 61))
        assert hall.bus.figures()["lost"] == 0

    hall(play)


def test_ticks_that_only_this_process_wants_use_no_socket(hall, wait) -> None:
    async def play(hall: Hall) -> None:
        seen: list[tuple[bytes, int, float]] = []
        market = SimpleNamespace(on_market=lambda topic, seq, body: seen.append((topic, seq, body.ltp)))
        consumer = LocalConsumer(hall.bus)
        consumer.start(market, lambda _topic, _frame: None)
        hall.bus.publish(ALPHA, tick("ALPHA", 1.0))
        consumer.subscribe(ALPHA)
        await wait(lambda: seen == [(ALPHA, 1, 1.0)])
        hall.bus.publish(ALPHA, tick("ALPHA", 2.0))
        assert (seen[-1], hall.bus.figures()["sent"], hall.demand) == ((ALPHA, 2, 2.0), 0, {ALPHA: 1})
        outside = hall.subscriber(b"md|vendor|", room=100)
        await wait(lambda: b"md|vendor|" in hall.demand)
        hall.bus.publish(ALPHA, tick("ALPHA", 3.0))
        assert unpack(taken(outside)[0][1], MarketData)[0] == 3
        consumer.unsubscribe(ALPHA)
        hall.bus.publish(ALPHA, tick("ALPHA", 4.0))
        assert (len(seen), hall.demand[ALPHA]) == (3, 0)

    hall(play)


def test_missing_numbers_are_counted_repetitions_ignored_and_a_new_count_accepted(run) -> None:
    async def scenario() -> None:
        counters, bus = Counters(), SimpleNamespace(subscribe=lambda topic: None)
        fanout = Fanout(bus, counters, throttle_ms=0, now_ms=lambda: 0)
        got: list[bytes] = []
        reader = Reader(lambda _topic, frame: got.append(frame))
        fanout.join(reader, "vendor", InstrumentKey(Exchange.NSE, "ALPHA"), Mode.LTP, 0)
        for seq, ltp in ((5, 1.0), (5, 1.0), (9, 2.0), (9, 3.0), (1, 4.0)):
            fanout.on_frame(ALPHA, pack(seq, tick("ALPHA", ltp)))
        prices = [float(re.search(rb'"ltp":([0-9.]+)', frame)[1]) for frame in got]
        assert prices == [1.0, 2.0, 3.0, 4.0]
        assert (counters.gaps, counters.restarts, counters.ticks_in) == (3, 2, 4)
        fanout.close()

    run(scenario)


def port_of(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


@contextlib.asynccontextmanager
async def proxy_at(w, process, **options):
    """A proxy in a process of its own, on the bus of another one; the world's clients are sent there."""
    terms = {"role": "proxy", "port": 0, "bus_port": port_of(process.bus_endpoint), **options}
    proxy = StreamingProcess(ProxyOptions(**terms), w.house, w.house, w.house, SystemClock())
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()


async def client_of(w, proxy, symbol: str = "ALPHA"):
    w.process.port = proxy.port
    client = await w.client()
    await client.subscribe(symbol)
    return client


def test_several_proxies_share_one_feed(run, world, wait) -> None:
    async def scenario() -> None:
        async with world(role="feed") as w, proxy_at(w, w.process) as one:
            first = await client_of(w, one)
            await w.upstream("1")
            await w.vendor.tick("1", 101.0)
            assert (await first.expect(type="market_data"))["data"]["ltp"] == 101.0
            async with proxy_at(w, w.process) as other:
                second = await client_of(w, other)
                snapshot = await second.expect(type="market_data")
                assert (snapshot["data"]["ltp"], snapshot["snapshot"]) == (101.0, True)
                await w.vendor.tick("1", 102.0)
                for client in (first, second):
                    assert (await client.expect(type="market_data"))["data"]["ltp"] == 102.0
            await w.vendor.tick("1", 103.0)
            assert (await first.expect(type="market_data"))["data"]["ltp"] == 103.0
            assert not first.inbox
            assert set(w.process.figures()) == {"feed", "bus"}
            assert one.figures()["proxy"]["gaps"] == 0

    run(scenario)


@contextlib.asynccontextmanager
async def forwarder_of(process):
    upstream = ("127.0.0.1", port_of(process.bus_endpoint), port_of(process.ingress_endpoint))
    options = ProxyOptions(role="forwarder", bus_port=0, ingress_port=0, upstream=upstream)
    forwarder = ForwardingProcess(options, SystemClock())
    await forwarder.start()
    try:
        yield forwarder
    finally:
        await forwarder.stop()


def test_a_forwarder_stands_in_for_the_feed(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w, forwarder_of(w.process) as forwarder:
            async with proxy_at(w, forwarder) as one, proxy_at(w, forwarder) as other:
                first = await client_of(w, one)
                await w.upstream("1")
                await w.vendor.tick("1", 101.0)
                assert (await first.expect(type="market_data"))["data"]["ltp"] == 101.0
                second = await client_of(w, other)
                assert (await second.expect(type="market_data"))["snapshot"] is True
                await w.vendor.tick("1", 102.0)
                for client in (first, second):
                    assert (await client.expect(type="market_data"))["data"]["ltp"] == 102.0
                await first.ask({"action": "subscribe_orders"}, type="subscribe_orders")
                context = zmq.Context()
                app = context.socket(zmq.PUSH)
                app.connect(forwarder.ingress_endpoint)
                app.send_multipart((order_topic(1), order_frame(1)))
                assert (await first.expect(type="order_update"))["orderid"] == "A"
                context.destroy(linger=0)
                assert not first.inbox
                info = await first.ask({"action": "get_broker_info"}, type="broker_info")
                assert info["feed_state"] == "live"
                await first.connection.close()
                await w.vendor.tick("1", 103.0)
                assert (await second.expect(type="market_data"))["data"]["ltp"] == 103.0
            await wait(lambda: not w.vendor.subscribed)

    run(scenario)


def test_a_bus_off_loopback_is_refused_without_keys(run, world, tmp_path) -> None:
    async def scenario() -> None:
        with pytest.raises(KeysMissing, match=r"0\.0\.0\.0 without keys"):
            async with world(bus_host="0.0.0.0"):
                pass
        upstream = ("192.0.2.1", 5555, 5556)
        with pytest.raises(KeysMissing, match=r"192\.0\.2\.1"):
            ForwardingProcess(ProxyOptions(role="forwarder", upstream=upstream), SystemClock())
        (tmp_path / "empty").write_text("")
        with pytest.raises(KeysMissing):
            load_keys(tmp_path / "empty")

    run(scenario)


def test_only_holders_of_the_keys_hear_a_guarded_bus(run, world, wait, tmp_path) -> None:
    async def scenario() -> None:
        mine, foreign = make_keys(tmp_path / "mine"), make_keys(tmp_path / "foreign")
        async with (
            world(role="feed", bus_host="0.0.0.0", key_file=mine) as w,
            proxy_at(w, w.process, key_file=mine) as friend,
        ):
            client = await client_of(w, friend)
            await w.upstream("1")
            context = zmq.Context()
            strangers = []
            for keys in (None, zmq.auth.load_certificate(foreign)):
                stranger = context.socket(zmq.SUB)
                if keys is not None:
                    stranger.curve_publickey, stranger.curve_secretkey = keys
                    stranger.curve_serverkey = load_keys(mine).public
                stranger.connect(f"tcp://127.0.0.1:{port_of(w.process.bus_endpoint)}")
                stranger.setsockopt(zmq.SUBSCRIBE, b"")
                strangers.append(stranger)
            await wait(lambda: w.process.figures()["bus"]["turned_away"])
            await w.vendor.tick("1", 101.0)
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 101.0
            assert not [message for stranger in strangers for message in taken(stranger)]
            context.destroy(linger=0)

    run(scenario)


def test_the_key_file_is_readable_by_its_owner_only_and_never_overwritten(tmp_path) -> None:
    target = make_keys(tmp_path)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    with pytest.raises(FileExistsError):
        make_keys(tmp_path)
    assert len(load_keys(target).public) == 40


def test_parts_that_run_apart_end_without_leaving_tasks(run, world) -> None:
    async def scenario() -> None:
        async with world(role="feed") as w, forwarder_of(w.process) as forwarder, proxy_at(w, forwarder):
            await asyncio.sleep(0)

    run(scenario)
