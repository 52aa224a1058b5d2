"""A streaming process with a small house around it, a vendor that speaks a made-up wire, and a client."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from broker.core.manifest import Auth, Limits, Manifest, Stream
from broker.core.roles import Control, Dial, Plugin, Session, StreamEvent
from domain.errors import NotAuthenticated, NotFound, SessionDead
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.market import DepthLevel, Mode, Quote, Tick
from domain.orders import OrderRow, OrderStatus, OrderUpdate, PriceType, Product, Side
from services.accounts.principal import Principal
from utils.clock import Clock, SystemClock
from websocket_proxy.options import BackoffTerms, FeedOptions, ProxyOptions
from websocket_proxy.process import StreamingProcess

KEY = "a" * 64
OTHER_KEY = "b" * 64
PATIENCE = 8.0


async def eventually(condition: Callable[[], Any], what: str = "condition") -> Any:
    """Poll until truthy; fails at a deadline."""
    async with asyncio.timeout(PATIENCE):
        while not (found := condition()):  # noqa: ASYNC110 - conditions of other threads have no event
            await asyncio.sleep(0.005)
    return found


def instrument(symbol: str, token: str, exchange: Exchange = Exchange.NSE) -> Instrument:
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=symbol, broker_exchange=str(exchange), token=token,
        name=symbol, instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"),
    )  # fmt: skip


class Listing:
    """A contract master in memory."""

    def __init__(self, rows: Sequence[Instrument]) -> None:
        self.rows = {row.key: row for row in rows}


class VendorCodec:
    """The made-up wire: JSON texts both ways."""

    def __init__(self, url: str) -> None:
        self._url = url

    def dial(self, session: Session) -> Dial:
        return Dial(url=self._url, headers={"x-vendor": "1"})

    def opening(self, session: Session) -> list[str | bytes]:
        return [json.dumps({"login": session.tokens["token"]})]

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        return [json.dumps({"sub": [[row.broker_exchange, row.token, int(mode)] for row, mode in wants]})]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        return [json.dumps({"unsub": [[row.broker_exchange, row.token] for row in instruments]})]

    def heartbeat(self) -> str | bytes | None:
        return None

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        message = json.loads(frame)
        if "control" in message:
            return [Control(kind=message["control"], detail=message.get("detail", ""))]
        if "order" in message:
            return [OrderUpdate(row=vendor_order(message["order"]), source="push")]
        return [vendor_tick(*row) for row in message["ticks"]]


def vendor_tick(exchange: str, token: str, mode: int, ltp: float) -> Tick:
    level = DepthLevel(ltp - 0.05, 10, 2)
    return Tick(
        broker_exchange=exchange, token=token, mode=Mode(mode),
        quote=Quote(
            ltp=ltp, open=99.0, high=110.0, low=95.5, prev_close=100.0, volume=1234, average_price=101.25,
            last_quantity=7, exchange_at_ms=1_700_000_000_000, last_trade_at_ms=1_699_999_999_000,
        ),
        bids=(level,) * 5 if mode == 3 else (), asks=(level,) * 5 if mode == 3 else (),
    )  # fmt: skip


def vendor_order(order_id: str) -> OrderRow:
    return OrderRow(
        order_id=order_id, symbol="ALPHA", exchange=Exchange.NSE, side=Side.BUY, quantity=10,
        price_type=PriceType.LIMIT, product=Product.MIS, status=OrderStatus.OPEN, price=Decimal("391.40"),
    )  # fmt: skip


class Vendor:
    """A WebSocket server that plays the broker. `sockets` holds what each open socket is subscribed to."""

    def __init__(self) -> None:
        self.url = ""
        self.sockets: dict[ServerConnection, dict[tuple[str, str], int]] = {}
        self.logins: list[str] = []
        self.frames: list[dict[str, Any]] = []
        self.deny = False
        self.denied: set[str] = set()
        self.strangers: set[ServerConnection] = set()
        self.answer_login = True

    async def serve(self, connection: ServerConnection) -> None:
        self.strangers.add(connection)
        try:
            async for frame in connection:
                await self._handle(connection, json.loads(frame))
        except ConnectionClosed:
            pass
        finally:
            self.sockets.pop(connection, None)
            self.strangers.discard(connection)

    async def _handle(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        self.frames.append(message)
        if "login" in message:
            self.logins.append(message["login"])
            if self.deny or message["login"] in self.denied:
                await connection.send(json.dumps({"control": "auth_failed", "detail": "bad token"}))
            elif self.answer_login:
                self.sockets[connection] = {}
                await connection.send(json.dumps({"control": "ready"}))
        for exchange, token, mode in message.get("sub", ()):
            self.sockets[connection][exchange, token] = mode
        for exchange, token in message.get("unsub", ()):
            self.sockets[connection].pop((exchange, token), None)

    @property
    def subscribed(self) -> dict[tuple[str, str], int]:
        return {key: mode for held in self.sockets.values() for key, mode in held.items()}

    async def say(self, message: dict[str, Any]) -> None:
        for connection in list(self.sockets):
            await connection.send(json.dumps(message))

    async def tick(self, token: str, ltp: float, mode: int = 3, exchange: str = "NSE") -> None:
        await self.say({"ticks": [[exchange, token, mode, ltp]]})

    async def hang_up(self) -> None:
        """Close every connection, logged in or not."""
        for connection in list(self.strangers):
            await connection.close(1001)

    async def cut(self) -> None:
        for connection in list(self.sockets):
            connection.transport.abort()


def session_of(account_id: int, token: str, broker: str = "vendor") -> Session:
    return Session(
        account_id=account_id, broker=broker, broker_user_id="AB1234", credentials={}, tokens={"token": token},
        issued_at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC), expires_at=None,
    )  # fmt: skip


class House:
    """Gate, sessions and brokers of the process under test."""

    def __init__(self) -> None:
        self.keys: dict[str, Principal] = {KEY: principal(1, 7), OTHER_KEY: principal(2, 8)}
        self.tickets: dict[str, Principal] = {}
        self.logins: dict[int, Session] = {7: session_of(7, "t1"), 8: session_of(8, "t8")}
        self.plugins: dict[str, Plugin] = {}
        self.listings: dict[str, Listing] = {}
        self.asked = 0

    def verify(self, api_key: str, address: str) -> Principal:
        if api_key not in self.keys:
            raise NotAuthenticated("Invalid openalgo apikey")
        return self.keys[api_key]

    def is_banned(self, address: str) -> bool:
        return False

    def redeem(self, ticket: str) -> Principal:
        if ticket not in self.tickets:
            raise NotAuthenticated("bad ticket")
        return self.tickets.pop(ticket)

    def refresh(self, principal: Principal, api_key: str, address: str) -> Principal:
        return self.verify(api_key, address)

    def forget_caller(self, user_id: int) -> None: ...

    def session(self, account_id: int) -> Session:
        self.asked += 1
        if account_id not in self.logins:
            raise SessionDead("The account is not connected to its broker")
        return self.logins[account_id]

    def accounts(self, broker: str) -> Sequence[int]:
        known = [who.account_id for who in self.keys.values() if who.broker == broker and who.account_id]
        return sorted(known, key=lambda account_id: account_id not in self.logins)

    def broker_of(self, account_id: int) -> str | None:
        return next((who.broker for who in self.keys.values() if who.account_id == account_id), None)

    def forget(self, account_id: int) -> None: ...

    def plugin(self, broker_id: str) -> Plugin:
        if broker_id not in self.plugins:
            raise NotFound(f"There is no broker {broker_id!r}")
        return self.plugins[broker_id]

    def manifests(self) -> Mapping[str, Manifest]:
        return {name: plugin.manifest for name, plugin in self.plugins.items()}

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        rows = self.listings[broker_id].rows
        return {key: rows[key] for key in keys if key in rows}

    def forget_instruments(self, broker_id: str) -> None: ...


def principal(user_id: int, account_id: int | None, broker: str | None = "vendor") -> Principal:
    return Principal(
        user_id=user_id,
        username=f"user{user_id}",
        account_id=account_id,
        broker=broker,
        source="api",
        key_id=user_id,
    )


STREAM = Stream(
    transport="websocket", instruments_per_socket=3, sockets=2, batch=50, depth_levels=(5,),
    order_updates="market_socket", silence_seconds=30, auth_deadline_seconds=2,
)  # fmt: skip


def plugin_of(name: str, terms: Stream, roles: dict[str, Any]) -> Plugin:
    manifest = Manifest(
        id=name, name=name.title(), family="test", version=1,
        auth=Auth(kind="instant", credentials={}, login={}), exchanges=(Exchange.NSE,), products=(Product.MIS,),
        price_types=(PriceType.LIMIT,), capabilities={}, hosts={},
        limits=Limits(quote_batch=1, depth_levels=5, tag_length=0, rates={}, history={}), evidence={},
        stream=terms,
    )  # fmt: skip
    absent: Any = None
    return Plugin(
        manifest=manifest,
        auth=absent,
        orders=absent,
        portfolio=absent,
        market=absent,
        contracts=absent,
        **roles,
    )


class Client:
    """A WebSocket client with an inbox."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.inbox: list[dict[str, Any]] = []

    async def send(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def expect(self, **facts: Any) -> dict[str, Any]:
        """The next message, old or new, that has these facts; it leaves the inbox."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for position, message in enumerate(self.inbox):
                    if all(message.get(name) == value for name, value in facts.items()):
                        return self.inbox.pop(position)
                self.inbox.append(json.loads(await self.connection.recv()))

    async def ask(self, message: Any, **facts: Any) -> dict[str, Any]:
        await self.send(message)
        return await self.expect(**facts)

    async def login(self, key: str = KEY) -> dict[str, Any]:
        return await self.ask({"action": "authenticate", "api_key": key}, type="auth")

    async def subscribe(self, *symbols: str, mode: Any = 1, **extra: Any) -> dict[str, Any]:
        items = [{"symbol": symbol, "exchange": "NSE"} for symbol in symbols]
        message = {"action": "subscribe", "symbols": items, "mode": mode, **extra}
        return await self.ask(message, type="subscribe")

    async def closed(self) -> tuple[int | None, str | None]:
        """Close code and reason, after reading what was sent before."""
        async with asyncio.timeout(PATIENCE):
            try:
                while True:
                    self.inbox.append(json.loads(await self.connection.recv()))
            except ConnectionClosed:
                return self.connection.close_code, self.connection.close_reason


class World:
    """Everything of one test."""

    def __init__(self, house: House, vendor: Vendor, process: StreamingProcess, stack: Any) -> None:
        self.house = house
        self.vendor = vendor
        self.process = process
        self._stack = stack

    async def client(self, *, login: bool = True, key: str = KEY, **options: Any) -> Client:
        url = f"ws://127.0.0.1:{self.process.port}"
        options = {"compression": None, "proxy": None, **options}
        client = Client(await self._stack.enter_async_context(connect(url, **options)))
        if login:
            await client.login(key)
        return client

    @property
    def figures(self) -> dict[str, Any]:
        return self.process.figures()["proxy"]

    async def upstream(self, *tokens: str) -> None:
        """Wait until the vendor serves exactly these tokens."""
        await eventually(lambda: set(self.vendor.subscribed) == {("NSE", token) for token in tokens})


FAST = FeedOptions(
    idle_seconds=0.05,
    beat_seconds=0.02,
    backoff=BackoffTerms(first=0.01, longest=0.05, recovered_after=10, refused=0.2, session_check=0.2),
)
SYMBOLS = {
    "ALPHA": "1",
    "BETA": "2",
    "GAMMA": "3",
    "DELTA": "4",
    "EPSILON": "5",
    "ZETA": "6",
    "ETA": "7",
    "M&M": "8",
}


@pytest.fixture
def world() -> Callable[..., contextlib.AbstractAsyncContextManager[World]]:
    """A factory: `async with world(stream=…, port options…) as w`."""

    @contextlib.asynccontextmanager
    async def build(
        stream: Stream = STREAM,
        roles: dict[str, Any] | None = None,
        clock: Clock | None = None,
        history: Any = None,
        **options: Any,
    ) -> AsyncIterator[World]:
        house, vendor = House(), Vendor()
        async with contextlib.AsyncExitStack() as stack:
            server = await stack.enter_async_context(serve(vendor.serve, "127.0.0.1", 0, compression=None))
            vendor.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            given = roles if roles is not None else {"stream": lambda: VendorCodec(vendor.url)}
            house.plugins["vendor"] = plugin_of("vendor", stream, given)
            house.listings["vendor"] = Listing([instrument(name, token) for name, token in SYMBOLS.items()])
            terms = {"port": 0, "bus_port": 0, "ingress_port": 0, "feed": FAST, **options}
            process = StreamingProcess(
                ProxyOptions(**terms), house, house, house, clock or SystemClock(), history=history
            )
            await process.start()
            stack.push_async_callback(process.stop)
            yield World(house, vendor, process, stack)

    return build


@pytest.fixture
def run() -> Callable[[Callable[[], Awaitable[None]]], None]:
    """Run a scenario in a fresh loop under a deadline; a task left over fails the test."""

    def runner(scenario: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(30):
                await scenario()
            leftovers = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            assert not leftovers

        asyncio.run(bounded())

    return runner


@pytest.fixture
def wait() -> Callable[..., Awaitable[Any]]:
    """`eventually` for test modules."""
    return eventually
