"""What a key opens at the WebSocket: its scope, its addresses, and the moment at which it ends."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from domain.errors import NotAllowed, NotAuthenticated
from test.ws.conftest import KEY, principal
from utils.clock import SystemClock
from websocket_proxy.proxy.session import address_of


def opens(w: Any, **facts: Any) -> None:
    """The key opens no more than this."""
    w.house.keys[KEY] = msgspec.structs.replace(principal(1, 7), **facts)


def test_a_key_for_data_streams_prices_and_follows_no_orders(run, world) -> None:
    async def scenario() -> None:
        async with world() as w:
            opens(w, access="data")
            client = await w.client()
            assert (await client.subscribe("ALPHA"))["status"] == "success"
            refusal = await client.ask({"action": "subscribe_orders", "request_id": 7}, status="error")
            assert (refusal["code"], refusal["request_id"]) == ("NOT_ALLOWED", 7)
            assert refusal["message"].startswith("This API key is for market data")

    run(scenario)


def test_a_key_for_paper_follows_paper_orders_alone(run, world, wait) -> None:
    async def scenario() -> None:
        async with world() as w:
            opens(w, access="paper")
            client = await w.client()
            refusal = await client.ask({"action": "subscribe_orders", "order_mode": "live"}, status="error")
            assert refusal["code"] == "NOT_ALLOWED"
            await client.send({"action": "subscribe_orders"})
            (session,) = w.process.server._roster.sessions()
            await wait(lambda: session._orders._follower is not None)
            assert session._orders._follower.scope.mode == "analyze"

    run(scenario)


def test_a_socket_ends_when_its_key_does(run, world) -> None:
    async def scenario() -> None:
        async with world() as w:
            opens(w, until=SystemClock().now() + dt.timedelta(seconds=0.2))
            client = await w.client()
            ended = NotAllowed("This API key expired")

            def expired(_api_key: str, _address: str) -> Any:
                raise ended

            w.house.verify = expired
            assert await client.closed() == (4401, "no longer authorised")

    run(scenario)


def test_a_key_that_may_not_come_from_there_is_told_so(run, world) -> None:
    async def scenario() -> None:
        async with world(own_proxies=(ip_network("127.0.0.1"),)) as w:
            seen: list[str] = []

            def verify(_api_key: str, address: str) -> Any:
                seen.append(address)
                raise NotAllowed("This API key may not be used from this address")

            w.house.verify = verify
            told = {"X-Forwarded-For": "192.0.2.1, 198.51.100.9"}
            client = await w.client(login=False, additional_headers=told)
            refusal = await client.ask({"action": "authenticate", "api_key": KEY}, status="error")
            assert refusal["message"] == "This API key may not be used from this address"
            assert seen == ["198.51.100.9"]

    run(scenario)


@pytest.mark.parametrize(
    ("own_proxies", "forwarded", "wanted"),
    [
        ((), ["203.0.113.1"], "10.0.0.1"), (("10.0.0.0/8",), [], "10.0.0.1"),
        (("10.0.0.0/8",), ["1.1.1.1, 203.0.113.1"], "203.0.113.1"),
        (("10.0.0.0/8",), ["1.1.1.1", "203.0.113.1, 10.0.0.2"], "203.0.113.1"),
        (("127.0.0.1",), ["203.0.113.1"], "10.0.0.1"),
    ],
)  # fmt: skip
def test_only_our_own_proxies_tell_an_address(own_proxies: Any, forwarded: list[str], wanted: str) -> None:
    connection: Any = SimpleNamespace(remote_address=("10.0.0.1", 5))
    request: Any = SimpleNamespace(headers=SimpleNamespace(get_all=lambda _name: forwarded))
    assert address_of(connection, request, [ip_network(text) for text in own_proxies]) == wanted


def test_a_wrong_key_tells_nothing_more(run, world) -> None:
    async def scenario() -> None:
        async with world() as w:

            def verify(_api_key: str, _address: str) -> Any:
                raise NotAuthenticated("Invalid openalgo apikey")

            w.house.verify = verify
            client = await w.client(login=False)
            refusal = await client.ask({"action": "authenticate", "api_key": KEY}, status="error")
            assert refusal["message"] == "Invalid API key"

    run(scenario)
