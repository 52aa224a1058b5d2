"""The streaming process as it is started, over real stores, the practice exchange and the published SDK."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import argon2
import psutil
import pytest
from openalgo import api
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from services.accounts.users import Device
from services.container import AppServices, build_app_services
from services.ops.launch.supervisor import ROOT
from utils.settings import load_settings

WAIT = 15.0


@dataclass
class Installed:
    """A data folder with a user, a key and a connected practice account; the app's services over it."""

    environ: dict[str, str]
    services: AppServices
    user_id: int
    api_key: str
    account_id: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.environ['WEBSOCKET_PORT']}"


def free_ports(count: int) -> list[str]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder: Path = tmp_path_factory.mktemp("house")
    (folder / ".env").write_text("")
    names = ("WEBSOCKET_PORT", "ZMQ_PORT", "ZMQ_INGRESS_PORT", "FLASK_PORT")
    environ = {
        "APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "FERNET_SALT": "ab" * 16,
        "DATABASE_URL": "sqlite:///db/openalgo.db", "OPENALGO_DATA_DIR": str(folder),
        **dict(zip(names, free_ports(len(names)), strict=True)),
    }  # fmt: skip
    services = build_app_services(load_settings(folder / ".env", environ))
    services.passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    user = services.users.set_up("ada", "ada@example.com", "Correct-Horse9!", None)
    key = services.api_keys.rotate(user.id)
    account = services.accounts.create(user.id, "simulator", "Practice", {})
    device = Device(ip_address="127.0.0.1", name="test")
    services.logins.begin(user.id, account.id, {}, callback_url="", browser="", device=device)
    asyncio.run(loaded(services))
    process = start(environ)
    yield Installed(environ, services, user.id, key, account.id, process)
    process.terminate()
    process.wait(5)
    assert process.stdout is not None
    process.stdout.close()
    services.close()


async def loaded(services: AppServices) -> None:
    """Until the contract master stands; its load begins on a thread of its own some time after the login."""
    async with asyncio.timeout(60):
        while not services.contracts.status("simulator").is_ready:  # noqa: ASYNC110 - another thread loads
            await asyncio.sleep(0.02)


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "websocket_proxy"], cwd=ROOT, env={**os.environ, **environ},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == f"websocket_proxy listens on ws://127.0.0.1:{environ['WEBSOCKET_PORT']}\n"
    return process


async def exchange(installed: Installed, *messages: dict[str, Any], until: str) -> list[dict[str, Any]]:
    """Send messages one by one; everything received up to the first message of type `until`."""
    received: list[dict[str, Any]] = []
    async with asyncio.timeout(WAIT), connect(installed.url, compression=None, proxy=None) as socket:
        for message in messages:
            await socket.send(json.dumps(message))
        while not received or received[-1].get("type") != until:
            received.append(json.loads(await socket.recv()))
    return received


@pytest.mark.parametrize(("kind", "mode"), [("ltp", 1), ("quote", 2), ("depth", 3)])
def test_the_published_sdk_receives_ticks_of_the_practice_exchange(
    installed: Installed, kind: str, mode: int
) -> None:
    sdk = api(api_key=installed.api_key, host="http://127.0.0.1", ws_url=installed.url)
    received: list[dict[str, Any]] = []
    enough = threading.Event()

    def on_data(message: dict[str, Any]) -> None:
        received.append(message)
        if {row["symbol"] for row in received} == {"RELIANCE", "SBIN"} and len(received) >= 4:
            enough.set()

    wanted = [{"exchange": "NSE", "symbol": symbol} for symbol in ("RELIANCE", "SBIN")]
    assert sdk.connect()
    try:
        assert getattr(sdk, f"subscribe_{kind}")(wanted, on_data_received=on_data)
        assert enough.wait(WAIT)
        assert {message["mode"] for message in received} == {mode}
        data = received[-1]["data"]
        assert data["ltp"] > 0 and isinstance(data["timestamp"], int)
        if kind == "quote":
            assert data["low"] <= data["ltp"] <= data["high"]
            assert data["change"] == pytest.approx(data["ltp"] - data["close"], abs=1e-6)
        if kind == "depth":
            assert len(data["depth"]["buy"]) == len(data["depth"]["sell"]) == 5
            assert data["depth"]["buy"][0]["price"] < data["depth"]["sell"][0]["price"]
        assert getattr(sdk, f"unsubscribe_{kind}")(wanted)
    finally:
        sdk.disconnect()


def test_a_browser_ticket_opens_the_feed_once(installed: Installed) -> None:
    services = installed.services
    session = services.web_sessions.create(
        installed.user_id, Device(ip_address="127.0.0.1", name="t")
    ).session
    principal = services.callers.principal(installed.user_id, "ui", web_session_id=session.id)
    ticket = services.tickets.issue(principal)
    message = {"action": "authenticate", "ticket": ticket}
    assert asyncio.run(exchange(installed, message, until="auth"))[-1]["broker"] == "simulator"
    again = asyncio.run(exchange(installed, message, {"action": "ping"}, until="pong"))
    assert again[0]["code"] == "AUTHENTICATION_ERROR"


def test_an_index_is_served_in_depth_mode_too(installed: Installed) -> None:
    login = {"action": "authenticate", "api_key": installed.api_key}
    wanted = {"action": "subscribe", "symbol": "NIFTY", "exchange": "NSE_INDEX", "mode": 3}
    tick = asyncio.run(exchange(installed, login, wanted, until="market_data"))[-1]
    assert (tick["exchange"], tick["mode"]) == ("NSE_INDEX", 3)
    assert tick["data"]["ltp"] > 0


def test_foreign_browser_origins_are_turned_away(installed: Installed) -> None:
    async def opens(origin: str | None) -> bool:
        try:
            async with connect(installed.url, origin=origin, compression=None, proxy=None):
                return True
        except InvalidStatus as error:
            return error.response.status_code != 403

    own = f"http://127.0.0.1:{installed.environ['FLASK_PORT']}"
    answers = [asyncio.run(opens(origin)) for origin in (None, own, "https://evil.example", "null")]
    assert answers == [True, True, False, False]


def test_the_app_side_sees_the_same_prices_through_the_bus(installed: Installed) -> None:
    feed = installed.services.feed_client
    feed.start()
    key = InstrumentKey(Exchange.NSE, "RELIANCE")
    arrived = threading.Event()
    feed.on_tick(lambda _broker, _data: arrived.set())
    with feed.watch("simulator", [key], Mode.QUOTE):
        assert arrived.wait(WAIT)
        value = feed.last("simulator", key, Mode.QUOTE)
        assert value is not None
        assert value.data.ltp > 0


def test_no_numeric_or_web_library_is_loaded_and_memory_stays_small(installed: Installed) -> None:
    process = psutil.Process(installed.process.pid)
    mapped = " ".join(entry.path for entry in process.memory_maps())
    assert not [name for name in ("numpy", "pandas", "scipy", "duckdb") if f"/{name}/" in mapped]
    assert process.memory_info().rss < 120 * 1024 * 1024


def test_a_browser_that_signs_out_takes_its_sockets_along(installed: Installed) -> None:
    services = installed.services
    device = Device(ip_address="127.0.0.1", name="t")
    session = services.web_sessions.create(installed.user_id, device).session
    other = services.web_sessions.create(installed.user_id, device).session

    def ticket(session_id: int) -> str:
        principal = services.callers.principal(installed.user_id, "ui", web_session_id=session_id)
        return json.dumps({"action": "authenticate", "ticket": services.tickets.issue(principal)})

    async def scenario() -> int | None:
        options: dict[str, Any] = {"compression": None, "proxy": None}
        async with (
            asyncio.timeout(WAIT),
            connect(installed.url, **options) as leaving,
            connect(installed.url, **options) as staying,
        ):
            for socket, of in ((leaving, session), (staying, other)):
                await socket.send(ticket(of.id))
                assert json.loads(await socket.recv())["status"] == "success"
            services.feed_client.start()
            await asyncio.to_thread(services.web_sessions.revoke, session)
            await leaving.wait_closed()
            await staying.send(json.dumps({"action": "ping"}))
            assert json.loads(await staying.recv())["type"] == "pong"
            return leaving.close_code

    assert asyncio.run(scenario()) == 4401


def test_a_rotated_key_closes_its_sockets(installed: Installed) -> None:
    async def scenario() -> int | None:
        async with asyncio.timeout(WAIT), connect(installed.url, compression=None, proxy=None) as socket:
            await socket.send(json.dumps({"action": "authenticate", "api_key": installed.api_key}))
            assert json.loads(await socket.recv())["status"] == "success"
            installed.services.feed_client.start()
            installed.api_key = await asyncio.to_thread(installed.services.api_keys.rotate, installed.user_id)
            try:
                await socket.recv()
            except ConnectionClosed:
                return socket.close_code
        return None

    assert asyncio.run(scenario()) == 4401


def test_the_process_ends_promptly_on_sigterm_and_leaves_clients_with_1001(
    installed: Installed,
) -> None:
    environ = {**installed.environ}
    environ["WEBSOCKET_PORT"], environ["ZMQ_PORT"], environ["ZMQ_INGRESS_PORT"] = free_ports(3)
    process = start(environ)

    async def scenario() -> int | None:
        async with asyncio.timeout(WAIT):
            async with connect(
                f"ws://127.0.0.1:{environ['WEBSOCKET_PORT']}", compression=None, proxy=None
            ) as socket:
                await socket.send(json.dumps({"action": "authenticate", "api_key": installed.api_key}))
                await socket.recv()
                wanted = {"action": "subscribe", "symbol": "RELIANCE", "exchange": "NSE", "mode": 3}
                await socket.send(json.dumps(wanted))
                await socket.recv()
                process.send_signal(signal.SIGTERM)
                try:
                    while True:
                        await socket.recv()
                except ConnectionClosed:
                    return socket.close_code

    assert asyncio.run(scenario()) == 1001
    assert process.wait(5) == 0  # 0.6 s on a busy machine; the margin is for a crowded one
    assert process.stdout is not None
    process.stdout.close()


def test_a_taken_port_is_reported_and_ends_the_process(installed: Installed) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "websocket_proxy"], cwd=ROOT, env={**os.environ, **installed.environ},
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "cannot listen" in done.stderr
