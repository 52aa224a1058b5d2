"""Meridian's stream: JSON both ways, ticks and order changes on one socket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from broker.core import tables as t
from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import QuietCodec, batches, parse_object
from domain.instruments import Instrument
from domain.market import Mode, Tick
from domain.orders import OrderUpdate
from utils import json

from . import mapping

MODES = t.Table("meridian mode", {Mode.LTP: "last", Mode.QUOTE: "quote", Mode.DEPTH: "book"})
_PLACE, _TOKEN, _MODE = t.text("exchange"), t.identity("contract"), t.coded("mode", MODES)


class MeridianStream(QuietCodec):
    """Codec of one connection."""

    def __init__(self, context: PluginContext, books: mapping.Books) -> None:
        self._url = context.hosts["ws"]
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._books = books

    def dial(self, session: Session) -> Dial:
        """The token travels in the first frame."""
        return Dial(url=self._url)

    def opening(self, session: Session) -> list[str | bytes]:
        """Who we are; `ready` answers it."""
        return [json.encode_text({"do": "login", "token": session.tokens["access_token"]})]

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """In batches per mode."""
        return [
            json.encode_text(
                {"do": "subscribe", "mode": MODES.encode(mode), "contracts": mapping.names(batch)}
            )
            for mode in Mode
            for batch in batches([item for item, wanted in wants if wanted is mode], self._batch)
        ]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        """In batches."""
        return [
            json.encode_text({"do": "unsubscribe", "contracts": mapping.names(batch)})
            for batch in batches(instruments, self._batch)
        ]

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """One event of one message."""
        message = parse_object(frame)
        kind, data = message.get("is"), message.get("data")
        if kind == "tick":
            return [self._tick(t.an_object(data))]
        if kind == "order":
            return [OrderUpdate(row=self._books.order(data), source="push")]
        known = {"ready": "ready", "alive": "heartbeat", "denied": "auth_failed", "error": "error"}
        return [Control(kind=known.get(str(kind), "notice"), detail=str(data or "")[:200])]

    def _tick(self, row: dict[str, Any]) -> Tick:
        mode = _MODE(row)
        found = mapping.depth(row) if mode is Mode.DEPTH else None
        return Tick(
            broker_exchange=_PLACE(row), token=_TOKEN(row), mode=mode,
            quote=found.quote if found else mapping.QUOTE.read(row), bids=found.bids if found else (),
            asks=found.asks if found else ())  # fmt: skip
