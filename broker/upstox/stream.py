"""Upstox's sockets: market data as protobuf (Market Data Feed V3) and order updates as JSON.

Both are dialled with the token in a header. Upstox redirects to an address that holds a code for one use; the dialler
follows it, and takes the token along to no other host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import OrdersOnly, QuietCodec, batches, parse_object
from broker.core.values import finite, tick
from broker.families.protobuf import Keyed, Many, Message, run
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode, Tick
from utils import json

MODE_WORDS = {Mode.LTP: "ltpc", Mode.QUOTE: "full", Mode.DEPTH: "full"}
_COUNTS = {"oi": "oi", "total_buy_quantity": "tbq", "total_sell_quantity": "tsq"}
# What nothing of ours shows (greeks, auction figures, states of segments) is left out of the tables and so skipped.
_LTPC = Message("ltpc", {1: ("ltp", "double"), **run(2, "int", "ltt", "ltq"), 4: ("cp", "double")})
_LEVEL = Message("quote", {1: ("bq", "int"), 2: ("bp", "double"), 3: ("aq", "int"), 4: ("ap", "double")})
_BAR = {1: ("interval", "text"), **run(2, "double", "open", "high", "low"), 6: ("vol", "int")}
_BARS = Message("market ohlc", {1: ("ohlc", Many(Message("ohlc", _BAR)))})
_BOOK = Message("market level", {1: ("quotes", Many(_LEVEL))})
_MARKET = Message("market full feed", {
    1: ("ltpc", _LTPC), 2: ("level", _BOOK), 4: ("bars", _BARS), 5: ("atp", "double"), 6: ("vtt", "int"),
    7: ("oi", "double"), **run(9, "double", "tbq", "tsq")})  # fmt: skip
_INDEX = Message("index full feed", {1: ("ltpc", _LTPC), 2: ("bars", _BARS)})
_FULL = Message("full feed", {1: ("market", _MARKET), 2: ("index", _INDEX)})
_FEEDS = Keyed(Message("feed", {1: ("ltpc", _LTPC), 2: ("full", _FULL)}))
RESPONSE = Message("feed response", {2: ("feeds", _FEEDS), 3: ("currentTs", "int")})


class _Dialled:
    """A socket of Upstox. The token travels in a header."""

    _url: str

    def dial(self, session: Session) -> Dial:
        return Dial(url=self._url, headers={"Authorization": f"Bearer {session.tokens['access_token']}"})


class UpstoxFeed(_Dialled, QuietCodec):
    """Codec of one market-data connection. It keeps the last price of each key: an increment may come without."""

    def __init__(self, context: PluginContext) -> None:
        self._url = context.hosts["ws"] + "/v3/feed/market-data-feed"
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._prices: dict[str, Mapping[str, Any]] = {}
        self._words: dict[str, str] = {}
        self._ids = count(1)

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """`change_mode` for keys in another mode, `sub` for all others (Upstox may have lost them), in batches."""
        groups: dict[tuple[str, str], list[str]] = {}
        for instrument, mode in wants:
            word = MODE_WORDS[mode]
            method = "sub" if self._words.get(instrument.token, word) == word else "change_mode"
            groups.setdefault((method, word), []).append(instrument.token)
            self._words[instrument.token] = word
        self._prices = {**{instrument.token: {} for instrument, _ in wants}, **self._prices}
        told = (self._say(method, keys, mode=word) for (method, word), keys in groups.items())
        return [frame for frames in told for frame in frames]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        keys = [instrument.token for instrument in instruments]
        for key in keys:
            self._prices.pop(key, None)
            self._words.pop(key, None)
        return self._say("unsub", keys)

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Ticks, or what Upstox has to complain about."""
        if isinstance(frame, str):
            return [Control(kind="error", detail=str(parse_object(frame))[:200])]
        found = RESPONSE.decode(frame)
        feeds, at = found.get("feeds", {}), found.get("currentTs")
        return [tick for key, feed in feeds.items() if (tick := self._tick(key, feed, at)) is not None]

    def _say(self, method: str, keys: list[str], **more: str) -> list[str | bytes]:
        told = ({**more, "instrumentKeys": batch} for batch in batches(keys, self._batch))
        return [
            json.encode({"guid": f"oa-{next(self._ids)}", "method": method, "data": data}) for data in told
        ]

    def _tick(self, key: str, feed: Mapping[str, Any], at: int | None) -> Tick | None:
        """None as long as nobody has told a price."""
        market, index = (feed.get("full", {}).get(name) for name in ("market", "index"))
        body = market or index or feed
        price = {**self._prices.get(key, {}), **body.get("ltpc", {})}
        if key in self._prices:
            self._prices[key] = price
        if (ltp := _number(price, "ltp")) is None:
            return None
        bars = (bar for bar in body.get("bars", {}).get("ohlc", ()) if bar.get("interval") == "1d")
        day: Mapping[str, Any] = next(bars, {})
        sides = (_side(body.get("level", {}).get("quotes", ()), name) for name in "ba")
        told = {ours: _number(body, theirs) for ours, theirs in _COUNTS.items()}
        quote = dict(
            ltp=ltp, prev_close=_number(price, "cp"), last_quantity=price.get("ltq"), exchange_at_ms=at,
            last_trade_at_ms=price.get("ltt"), average_price=_number(body, "atp"), open=_number(day, "open"),
            high=_number(day, "high"), low=_number(day, "low"), volume=body.get("vtt", day.get("vol")),
            **{name: int(number) for name, number in told.items() if number is not None})  # fmt: skip
        mode, segment = Mode.DEPTH if market else Mode.QUOTE if index else Mode.LTP, key.partition("|")[0]
        return tick((segment, key), mode, quote, *sides)


class UpstoxOrders(_Dialled, OrdersOnly):
    """Codec of the portfolio socket, which is asked for orders only."""

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """An order as the book shows it."""
        message = parse_object(frame)
        if (kind := message.get("update_type")) == "order":
            return self.changed(message)
        return [Control(kind="notice", detail=f"update of type {str(kind)[:50]}")]


def _number(fields: Mapping[str, Any], name: str) -> float | None:
    """A price or a count that travels as a double; 0 and what was left out are none. Raises BadVendorData for NaN."""
    try:
        return finite(fields.get(name, 0.0)) or None
    except ValueError:
        raise BadVendorData(f"{name} is not a finite number") from None


def _side(levels: Sequence[Mapping[str, Any]], side: str) -> list[DepthLevel]:
    """Levels of one side (b for bids, a for asks), without those that have no price."""
    told = ((_number(level, f"{side}p"), level.get(f"{side}q", 0)) for level in levels)
    return [DepthLevel(price, quantity) for price, quantity in told if price]
