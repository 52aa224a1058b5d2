"""A client of the streaming process that believes nothing: every message is checked against what the vendor sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from domain.instruments import Instrument
from test.sim.feed.house import KEY
from test.sim.feed.truth import Truth

Wish = tuple[str, str, int]
"""(exchange, symbol, mode)"""


class Client:
    """`wishes` is what it wants, whether connected or not; a new connection asks for all of it again."""

    def __init__(self, name: str, port: int, truth: Truth, rows: dict[tuple[str, str], Instrument]) -> None:
        self.name = name
        self.wishes: set[Wish] = set()
        self.ticked: Counter[Wish] = Counter()
        self.wrongs: list[str] = []
        self._url = f"ws://127.0.0.1:{port}"
        self._truth = truth
        self._rows = rows
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._asked = 0
        self._active: set[Wish] = set()
        self._connection: Any = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_away(self) -> bool:
        """Not connected."""
        return self._connection is None

    async def come(self) -> None:
        """Connect, authenticate and ask for every wish."""
        self._connection = await connect(self._url, compression=None, proxy=None, ping_interval=None)
        await self._connection.send(json.dumps({"action": "authenticate", "api_key": KEY}))
        answer = json.loads(await self._connection.recv())
        assert answer["status"] == "success", answer
        self._task = asyncio.create_task(self._read(), name=f"client-{self.name}")
        wishes, self.wishes = self.wishes, set()
        for wish in sorted(wishes):
            await self.want(wish)

    async def leave(self, *, rudely: bool = False) -> None:
        """Disconnect, `rudely` without a word."""
        if self._connection is None:
            return
        if rudely:
            self._connection.transport.abort()
        await self._connection.close()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        self._connection = self._task = None
        self._active.clear()

    async def want(self, wish: Wish) -> None:
        """Subscribe, now or when connected."""
        self.wishes.add(wish)
        if self._connection is not None:
            self._active.add(wish)
            await self._ask("subscribe", wish)

    async def want_no_more(self, wish: Wish) -> None:
        """Unsubscribe."""
        self.wishes.discard(wish)
        if self._connection is not None:
            await self._ask("unsubscribe", wish)
            self._active.discard(wish)

    async def _ask(self, action: str, wish: Wish) -> None:
        exchange, symbol, mode = wish
        self._asked += 1
        number = f"{self.name}-{self._asked}"
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        item = {"symbol": symbol, "exchange": exchange, "mode": mode}
        await self._connection.send(
            json.dumps({"action": action, "symbols": [item], "mode": mode, "request_id": number})
        )
        async with asyncio.timeout(10):
            answer = await ack
        if answer["status"] != "success":
            self.wrongs.append(f"{action} of {wish} was answered with {answer}")

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self._connection:
                message = json.loads(text)
                ack = self._acks.pop(message.get("request_id"), None)
                if ack is not None:
                    ack.set_result(message)
                elif message.get("type") == "market_data":
                    self._judge(message)
                else:
                    self.wrongs.append(f"not expected: {text[:300]!r}")

    def _judge(self, message: dict[str, Any]) -> None:
        wish = message["exchange"], message["symbol"], message["mode"]
        if wish not in self._active:
            self.wrongs.append(f"{wish} was not asked for")
            return
        row = self._rows[wish[:2]]
        if not self._truth.explains(int(row.token), message, is_index=row.exchange.is_index):
            self.wrongs.append(f"no tick of the vendor explains {message}")
        elif not message.get("snapshot"):
            self.ticked[wish] += 1
