"""Noren's market socket: JSON texts both ways; an image of each instrument once, then what changed of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import batches, parse_object
from broker.families.noren.prices import Image
from broker.families.noren.words import Books
from domain.instruments import Instrument
from domain.market import Mode, Tick
from domain.orders import OrderUpdate
from utils import json

_KEY = "{0.broker_exchange}|{0.token}".format
TOUCH, DEPTH = "t", "d"
KINDS = {Mode.LTP: TOUCH, Mode.QUOTE: TOUCH, Mode.DEPTH: DEPTH}
STOPS = {TOUCH: "u", DEPTH: "ud"}
TICKS = {"tk": TOUCH, "tf": TOUCH, "dk": DEPTH, "df": DEPTH}
KNOWN = {"hk": "heartbeat", **dict.fromkeys(("uk", "udk", "ok", "uok"), "ack")}
# Flattrade's socket tells a dead session in words.
_REFUSED = re.compile(r"\b(401|403)\b|unauthori[sz]ed|invalid session|session expired", re.IGNORECASE)


class NorenSocket:
    """Codec of one connection. One socket per session carries prices and orders alike."""

    def __init__(self, context: PluginContext, books: Books) -> None:
        self._url, self._books, self._user, self._token = context.hosts["ws"], books, "", ""
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._asked: dict[str, str] = {}
        self._images: dict[str, Image] = {}

    def dial(self, session: Session) -> Dial:
        """The address alone; the login is the first message."""
        return Dial(url=f"{self._url}/")

    def opening(self, session: Session) -> list[str | bytes]:
        self._user, self._token = session.broker_user_id, session.tokens["access_token"]
        names = {"uid": self._user, "actid": self._user, "source": "API"}
        return [json.encode_text({"t": "a", **names, "accesstoken": self._token})]

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """Ask for the kind that a mode needs, and stop the kind that an instrument had before."""
        frames: list[str | bytes] = []
        for kind, other in ((TOUCH, DEPTH), (DEPTH, TOUCH)):
            keys = [_KEY(item) for item, mode in wants if KINDS[mode] == kind]
            left = [key for key in keys if self._asked.get(key) == other]
            self._asked.update(dict.fromkeys(keys, kind))
            frames += [*self._frames(kind, keys), *self._frames(STOPS[other], left)]
        return frames

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        asked = [(key, self._asked.pop(key, None)) for key in map(_KEY, instruments)]
        stops = [(word, [key for key, had in asked if had == kind]) for kind, word in STOPS.items()]
        return [frame for word, keys in stops for frame in self._frames(word, keys)]

    def _frames(self, word: str, keys: Sequence[str]) -> list[str | bytes]:
        return [json.encode_text({"t": word, "k": "#".join(batch)}) for batch in batches(keys, self._batch)]

    def heartbeat(self) -> str | bytes | None:
        return '{"t":"h"}'

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Ticks, order updates, the login's answer; nothing for what was stopped or has no price yet."""
        message = parse_object(frame)
        word = str(message.get("t"))
        if word in TICKS:
            return self._tick(word, message)
        if word == "om":
            return [OrderUpdate(row=self._books.pushed(message), source="push")]
        return [self._control(word, message)]

    def _control(self, word: str, message: Mapping[str, Any]) -> Control:
        told = str(dict(message)).replace(self._token or "\0", "...")[:200]
        is_login = word in ("ak", "ck")
        if is_login and message.get("s", message.get("k")) == "OK":
            return Control(kind="ready", reply=json.encode_text({"t": "o", "actid": self._user}))
        if is_login or (word not in KNOWN and _REFUSED.search(told)):
            return Control(kind="auth_failed", detail=told)
        return Control(kind=KNOWN.get(word, "notice"), detail=told)

    def _tick(self, word: str, message: Mapping[str, Any]) -> list[StreamEvent]:
        exchange, token = str(message.get("e")), str(message.get("tk"))
        key = f"{exchange}|{token}"
        image = Image() if word in ("tk", "dk") else self._images.get(word[0] + key)
        if self._asked.get(key) != TICKS[word] or image is None:
            return []  # stopped, or a change of an image that never came
        image.take(message)
        self._images[word[0] + key] = image
        if (found := image.show()) is None:
            return []
        is_depth = TICKS[word] == DEPTH
        levels = {"bids": found.bids, "asks": found.asks} if is_depth else {}
        mode = Mode.DEPTH if is_depth else Mode.QUOTE
        return [Tick(broker_exchange=exchange, token=token, mode=mode, quote=found.quote, **levels)]
