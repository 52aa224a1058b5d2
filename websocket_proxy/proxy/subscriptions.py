"""What one client subscribed to, and how subscribing and unsubscribing answer item by item."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from broker.core.manifest import Manifest
from domain.feed import market_topic
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from websocket_proxy.gate import Brokers
from websocket_proxy.options import ProxyOptions, stream_capacity
from websocket_proxy.proxy import replies
from websocket_proxy.proxy.fanout import Fanout
from websocket_proxy.proxy.outbox import Outbox
from websocket_proxy.proxy.protocol import DEFAULT_MODE, Item, best_depth

_EXCHANGES = frozenset(Exchange)

Known = dict[tuple[str, str], InstrumentKey]
"""Existing instruments by the client's own (exchange, symbol) spelling."""


class Subscriptions:
    """Topics of one client, each with its instrument, mode and requested book levels."""

    def __init__(self, outbox: Outbox, fanout: Fanout, brokers: Brokers, options: ProxyOptions) -> None:
        self._outbox = outbox
        self._fanout = fanout
        self._brokers = brokers
        self._options = options
        self._held: dict[bytes, tuple[InstrumentKey, Mode, int]] = {}
        # Wanted of an earlier broker, and not listed by the one active now, perhaps because its contracts are loading.
        self._waiting: dict[tuple[InstrumentKey, Mode], int] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._held) + len(self._waiting)

    async def look_up(self, broker: str, items: Sequence[Item]) -> Known:
        """The items that exist; runs off the loop, because contract rows may come from a store."""
        return await asyncio.to_thread(self._find, broker, items)

    def _find(self, broker: str, items: Sequence[Item]) -> Known:
        spellings: dict[tuple[str, str], list[InstrumentKey]] = {
            (item.exchange, item.symbol): [
                InstrumentKey(Exchange(item.exchange), symbol)
                for symbol in dict.fromkeys((item.symbol, item.symbol.upper()))
            ]
            for item in items
            if item.exchange in _EXCHANGES
        }
        listed = self._brokers.find(broker, {key for keys in spellings.values() for key in keys})
        found: Known = {}
        for said, keys in spellings.items():
            known = next((key for key in keys if key in listed), None)
            if known is not None:
                found[said] = known
        return found

    def subscribe(
        self, broker: str, manifest: Manifest, items: Sequence[Item], known: Known, depth: int, room: int
    ) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Acknowledgement items and the topics now delivered. room: subscriptions the key may still add."""
        stream = manifest.stream
        assert stream is not None
        levels = best_depth(stream.depth_levels, depth)
        capacity = stream_capacity(stream, self._options.feed)
        acks: list[dict[str, Any]] = []
        topics: list[bytes] = []
        room += len(self)
        for item in items:
            mode = item.mode or DEFAULT_MODE
            key = known.get((item.exchange, item.symbol))
            if key is None:
                acks.append(replies.item_failed(item.symbol, item.exchange, mode, _unknown(item)))
                continue
            refusal = self._refusal(broker, key, mode, capacity, room)
            if refusal:
                acks.append(replies.item_failed(item.symbol, item.exchange, mode, refusal))
                continue
            self._waiting.pop((key, mode), None)
            topics.append(self._join(broker, key, mode, levels))
            acks.append({**replies.item_done(key.symbol, str(key.exchange), mode, broker), "depth": levels})
        return acks, topics

    def _refusal(self, broker: str, key: InstrumentKey, mode: Mode, capacity: int, room: int) -> str:
        """Why an instrument cannot be added, empty when it can."""
        if market_topic(broker, key.exchange, key.symbol, mode) in self._held:
            return ""
        if not self._fanout.serves(broker, key) and self._fanout.instruments(broker) >= capacity:
            return f"SUBSCRIPTION_ERROR: the broker's limit of {capacity} streamed instruments is reached"
        if len(self) >= room:
            limit = self._options.subscriptions_per_key
            return f"SUBSCRIPTION_ERROR: at most {limit} subscriptions per API key"
        return ""

    def unsubscribe(self, broker: str, items: Sequence[Item]) -> list[dict[str, Any]]:
        """Acknowledgement items."""
        acks: list[dict[str, Any]] = []
        for item in items:
            topics, waiting = self._named(broker, item), self._waited_for(item)
            for key, mode in waiting:
                del self._waiting[key, mode]
                acks.append(replies.item_done(key.symbol, str(key.exchange), mode, broker))
            if not topics and not waiting:
                text = "UNSUBSCRIPTION_ERROR: not subscribed"
                acks.append(replies.item_failed(item.symbol, item.exchange, item.mode or DEFAULT_MODE, text))
            acks += [self._leave(topic, broker) for topic in topics]
        return acks

    def unsubscribe_all(self, broker: str) -> list[dict[str, Any]]:
        """Acknowledgement items of everything that was held or waited for."""
        waiting, self._waiting = self._waiting, {}
        return [
            *(self._leave(topic, broker) for topic in list(self._held)),
            *(replies.item_done(key.symbol, str(key.exchange), mode, broker) for key, mode in waiting),
        ]

    async def move(self, broker: str, manifest: Manifest | None) -> list[InstrumentKey]:
        """Deliver the same instruments from another broker's feed; what it does not list waits and is answered."""
        self._waiting |= {(key, mode): levels for key, mode, levels in self._held.values()}
        self._leave_all()
        return await self.deliver(broker, manifest)

    async def deliver(self, broker: str, manifest: Manifest | None) -> list[InstrumentKey]:
        """Join what waits and is listed now; answers what is still not."""
        if self._waiting and manifest is not None and manifest.stream is not None:
            items = [Item(key.symbol, str(key.exchange), None) for key, _ in self._waiting]
            known = await self.look_up(broker, items)
            for (key, mode), levels in () if self._closed else list(self._waiting.items()):
                if (str(key.exchange), key.symbol) in known:
                    del self._waiting[key, mode]
                    self._join(broker, key, mode, best_depth(manifest.stream.depth_levels, levels))
        return list(dict.fromkeys(key for key, _ in self._waiting))

    def close(self) -> None:
        """The client is gone: leave every topic, and join none any more."""
        self._closed = True
        self._leave_all()
        self._waiting.clear()

    def _leave_all(self) -> None:
        for topic in self._held:
            self._fanout.leave(self._outbox, topic)
        self._held.clear()

    def _named(self, broker: str, item: Item) -> list[bytes]:
        """Topics an item names. Without a mode: the default mode's, else every mode of the symbol."""
        modes = (item.mode,) if item.mode is not None else (DEFAULT_MODE, *Mode)
        found = []
        for mode in modes:
            for symbol in dict.fromkeys((item.symbol, item.symbol.upper())):
                topic = market_topic(broker, item.exchange, symbol, mode)
                if topic in self._held and topic not in found:
                    found.append(topic)
            if item.mode is None and mode is DEFAULT_MODE and found:
                break
        return found

    def _waited_for(self, item: Item) -> list[tuple[InstrumentKey, Mode]]:
        """What an item names of that which waits, in its mode or in all."""
        names = {item.symbol, item.symbol.upper()}
        return [
            (key, mode)
            for key, mode in self._waiting
            if str(key.exchange) == item.exchange and key.symbol in names and item.mode in (None, mode)
        ]

    def _join(self, broker: str, key: InstrumentKey, mode: Mode, levels: int) -> bytes:
        shape = levels if mode is Mode.DEPTH else 0  # other modes look alike whatever depth was asked
        topic = self._fanout.join(self._outbox, broker, key, mode, shape)
        self._held[topic] = (key, mode, levels)
        return topic

    def _leave(self, topic: bytes, broker: str) -> dict[str, Any]:
        key, mode, _ = self._held.pop(topic)
        self._fanout.leave(self._outbox, topic)
        return replies.item_done(key.symbol, str(key.exchange), mode, broker)


def _unknown(item: Item) -> str:
    if not item.symbol or not item.exchange:
        return "SUBSCRIPTION_ERROR: symbol and exchange are required"
    return f"SYMBOL_NOT_FOUND: {item.symbol} is not listed on {item.exchange}"
