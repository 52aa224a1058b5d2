"""The states of an account's feed: what they are called, why, since when, and that each of them ends by itself."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
import zmq

from domain.feed import FeedState, Notice, pack, session_topic, unpack
from utils.clock import ManualClock, epoch_ms
from websocket_proxy.feed.runtime import State
from websocket_proxy.feed.sockets.standing import Standing, overall

EVENING = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
ROLLOVER = dt.datetime(2026, 1, 6, 0, 30, tzinfo=dt.UTC)


class Listener:
    """Hears the states that the feed publishes."""

    def __init__(self, w):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.connect(w.process.bus_endpoint)
        self._socket.setsockopt(zmq.SUBSCRIBE, b"sys|feed|")
        self.heard = []

    def states(self, account_id=7):
        """The states of an account in order, each once in a row."""
        while True:
            try:
                self.heard.append(unpack(self._socket.recv_multipart(zmq.NOBLOCK)[1], FeedState)[1])
            except zmq.Again:
                break
        found = [said.state for said in self.heard if said.account_id == account_id]
        return [state for at, state in enumerate(found) if at == 0 or found[at - 1] != state]

    def latest(self, state):
        """The last message of a state."""
        self.states()
        return next((said for said in reversed(self.heard) if said.state == state), None)

    def close(self):
        self._context.destroy(linger=0)


async def tell(w, account_id, kind):
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect(w.process.ingress_endpoint)
    push.send_multipart((session_topic(account_id), pack(1, Notice(kind=kind, at_ms=1))))
    push.close(linger=1000)
    context.term()


def test_a_session_that_ends_at_the_brokers_hour_waits_and_the_next_login_resumes_everything(
    run, world, wait
):
    """P1; regression 1."""

    clock = ManualClock(EVENING)

    async def scenario():
        async with world(clock=clock) as w:
            w.house.logins = {7: msgspec.structs.replace(w.house.logins[7], expires_at=ROLLOVER)}
            listener = Listener(w)
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA", "DELTA")
            await w.upstream("1", "2", "3", "4")
            await wait(lambda: listener.states()[-1:] == ["live"])
            clock.jump(ROLLOVER)  # the broker says nothing and closes nothing
            await wait(lambda: not w.vendor.sockets)
            await wait(lambda: listener.states()[-1:] == ["rollover"])
            said = listener.latest("rollover")
            assert said.reason == "The broker's sessions ended at 06:00 IST; log in to go on"
            assert said.since_ms == epoch_ms(ROLLOVER)
            clock.advance(3600)
            w.house.logins[7] = msgspec.structs.replace(
                w.house.logins[7], tokens={"token": "t2"}, expires_at=ROLLOVER + dt.timedelta(days=1)
            )
            await tell(w, 7, "valid")
            await w.upstream("1", "2", "3", "4")
            assert w.vendor.logins == ["t1", "t1", "t2", "t2"]
            await wait(lambda: listener.states()[-1:] == ["live"])
            assert listener.latest("live").since_ms == epoch_ms(ROLLOVER) + 3_600_000
            assert "no_session" not in listener.states()
            await w.vendor.tick("4", 42.0)
            assert (await client.expect(type="market_data"))["symbol"] == "DELTA"
            info = await client.ask({"action": "get_broker_info"}, type="broker_info")
            assert info["feed_since"] == epoch_ms(ROLLOVER) + 3_600_000
            listener.close()

    run(scenario)


def test_the_way_to_live_has_its_names_and_a_failure_is_told_until_it_is_over(run, world, wait):
    async def scenario():
        async with world() as w:
            session = w.house.logins[7]
            w.house.logins = {}
            listener = Listener(w)
            client = await w.client()
            await client.subscribe("ALPHA")
            await wait(lambda: listener.states() == ["no_session"])
            assert "not connected" in listener.latest("no_session").reason
            w.vendor.answer_login = False
            w.house.logins[7] = session
            await tell(w, 7, "valid")
            await wait(lambda: w.vendor.logins)
            await w.vendor.hang_up()
            await wait(lambda: len(w.vendor.logins) >= 2)
            await wait(lambda: listener.states()[-1:] == ["authenticating"])
            assert "closed the connection" in listener.latest("authenticating").reason
            w.vendor.answer_login = True
            await w.vendor.hang_up()
            await wait(lambda: listener.states()[-1:] == ["live"])
            assert listener.latest("live").reason == ""
            assert listener.states()[:4] == ["no_session", "dialing", "authenticating", "dialing"]
            listener.close()

    run(scenario)


def test_an_account_that_the_broker_turns_away_leaves_the_market_data_to_another(run, world, wait):
    async def scenario():
        async with world() as w:
            w.vendor.denied = {"t1"}
            client = await w.client()
            await client.subscribe("ALPHA", "BETA")
            await w.upstream("1", "2")
            assert w.vendor.logins == ["t1", "t8"]
            await w.vendor.tick("2", 42.0)
            assert (await client.expect(type="market_data"))["symbol"] == "BETA"

    run(scenario)


def test_a_logged_out_account_stays_in_charge_while_nobody_else_is_logged_in(run, world, wait):
    async def scenario():
        async with world() as w:
            w.house.logins = {7: w.house.logins[7]}
            listener = Listener(w)
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            session = w.house.logins.pop(7)
            await tell(w, 7, "revoked")
            await wait(lambda: listener.states()[-1:] == ["no_session"])
            asked = w.house.asked
            await wait(lambda: w.house.asked > asked)
            assert listener.states(8) == []
            w.house.logins[7] = session
            await tell(w, 7, "valid")
            await w.upstream("1")
            listener.close()

    run(scenario)


LIVE, DIALING = State.LIVE, State.DIALING


@pytest.mark.parametrize(
    ("standings", "state", "reason"),
    [
        ([Standing()], DIALING, ""),
        ([Standing(LIVE, "", True)], LIVE, ""),
        ([Standing(LIVE, "", True), Standing(DIALING, "", False)], LIVE, ""),  # the pool grows
        (
            [Standing(LIVE, "", True), Standing(DIALING, "The broker cannot be reached", True)],
            State.STALE,
            "1 of 2 connections are not live: The broker cannot be reached",
        ),
        (
            [Standing(LIVE, "", True, "Connection 1 brings no ticks")],
            State.STALE,
            "Connection 1 brings no ticks",
        ),
        ([Standing(DIALING, "x", True), Standing(State.NO_SESSION, "y", True)], DIALING, "x"),
        ([Standing(State.ROLLOVER, "hour", True)] * 2, State.ROLLOVER, "hour"),
    ],
)
def test_the_whole_is_live_only_when_every_connection_that_ever_stood_is(standings, state, reason):
    assert overall(standings) == (state, reason)
