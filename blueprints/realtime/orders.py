"""The order stream over Socket.IO: a room per account and mode, one per user for all, and resuming behind a number.

A socket is in the room of its user from the start, unless its handshake says `{"orders": "resume"}`. Then, and
whenever it finds a number missing, it asks:

    subscribe_orders {after: number | null, account_id?, mode?}  ->  {status, seq, gap, count}

What it missed comes as `order_update` events marked `replayed` before the acknowledgement; with `gap` it must read the
order book instead. seq: the number from which on it hears everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import flask
import msgspec
from flask_socketio import SocketIO, join_room, leave_room

from domain.errors import OpenAlgoError
from domain.streams.orders import Gap, Scope, Sent
from services import events
from services.trading.updates.replays import OrderReader, OrderReplays
from services.wire.notices import order_update
from utils.concurrency import Lock
from utils.logging import get_logger

log = get_logger(__name__)
EVENT = "order_update"
PAGE = 200
# A browser that missed more reads the book faster.
MOST_MISSED = 2_000
ON_REQUEST = "resume"


class Asked(msgspec.Struct, frozen=True):
    """What a socket asks for. after: the last number it has, None for none."""

    after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    account_id: Annotated[int, msgspec.Meta(ge=0)] | None = None
    mode: Literal["live", "analyze"] | None = None


def room_of(scope: Scope) -> str:
    """The room of everybody who follows a scope."""
    return f"orders:{scope.user_id}:{scope.account_id or '*'}:{scope.mode or '*'}"


def rooms_of(event: events.OrderStreamed) -> list[str]:
    """Every room that a change concerns; a socket is in one of them at most."""
    return [
        room_of(Scope(user_id=event.user_id, account_id=account_id, mode=mode))
        for account_id in (None, event.account_id)
        for mode in (None, event.mode)
    ]


class OrderRooms:
    """Who follows which orders. Emitting and joining take turns: nothing falls between missed and coming changes."""

    def __init__(self, socketio: SocketIO, replays: OrderReplays) -> None:
        self._socketio = socketio
        self._replays = replays
        self._turn = Lock()
        self._rooms: dict[str, str] = {}
        # Sockets that were given changes which the rooms have not heard of yet, and up to which number.
        self._ahead: dict[str, int] = {}

    def listen(self, user_of: Callable[[str], int | None]) -> None:
        """Answer `subscribe_orders`. user_of: whose socket it is, None when it is gone."""

        @self._socketio.on("subscribe_orders")
        def subscribe_orders(data: Any = None) -> dict[str, Any]:
            user_id = user_of(flask.request.sid)  # type: ignore[attr-defined]
            if user_id is None:
                return {"status": "error", "message": "Please sign in"}
            return self.subscribe(user_id, data)

    def enter(self, sid: str, user_id: int, auth: Any) -> None:
        """A socket of a signed-in user is open."""
        if isinstance(auth, dict) and auth.get("orders") == ON_REQUEST:
            return
        with self._turn:
            self._join(sid, Scope(user_id=user_id))

    def leave(self, sid: str) -> None:
        """It is gone."""
        with self._turn:
            self._rooms.pop(sid, None)
            self._ahead.pop(sid, None)

    def emit(self, event: events.OrderStreamed) -> None:
        """Tell a change to everybody who follows it."""
        with self._turn:
            if not self._rooms:
                return
            ahead = [sid for sid, seq in self._ahead.items() if event.seq <= seq]
            frame = order_update(event.message, event.seq)
            self._socketio.emit(EVENT, frame, to=rooms_of(event), skip_sid=ahead)

    def subscribe(self, user_id: int, data: Any) -> dict[str, Any]:
        """Give the asking socket what it missed and put it into its room; the acknowledgement."""
        sid: str = flask.request.sid  # type: ignore[attr-defined]
        try:
            asked = msgspec.convert(data if data is not None else {}, Asked)
        except msgspec.ValidationError as error:
            return {"status": "error", "message": str(error)}
        scope = Scope(user_id=user_id, account_id=asked.account_id, mode=asked.mode)
        try:
            return self._resume(sid, scope, asked.after)
        except OpenAlgoError as error:
            return {"status": "error", "message": error.message}

    def _resume(self, sid: str, scope: Scope, after: int | None) -> dict[str, Any]:
        with self._turn:
            self._leave(sid)
        count = 0
        reader = self._replays.reader(scope, after) if after is not None else None
        try:
            # Long stretches outside of the turn, so that nobody else waits for them.
            while reader is not None and (given := self._give(sid, self._page(reader, count))):
                count += given
            with self._turn:
                if reader is None:
                    return self._begin(sid, scope, self._replays.head(scope.user_id), 0)
                # To the end: what was stored while we waited for the turn the rooms have heard already.
                while given := self._give(sid, self._page(reader, count)):
                    count += given
                return self._begin(sid, scope, reader.at, count)
        except Gap as gap:
            with self._turn:
                return self._begin(sid, scope, gap.head, count, is_gap=True)

    def _page(self, reader: OrderReader, count: int) -> list[Sent]:
        if count >= MOST_MISSED:
            raise Gap(self._replays.head(reader.scope.user_id))
        return reader.next(PAGE)

    def _give(self, sid: str, page: list[Sent]) -> int:
        for sent in page:
            frame = order_update(sent.message, sent.seq) | {"replayed": True}
            self._socketio.emit(EVENT, frame, to=sid)
        return len(page)

    def _begin(self, sid: str, scope: Scope, seq: int, count: int, *, is_gap: bool = False) -> dict[str, Any]:
        self._ahead[sid] = seq
        self._join(sid, scope)
        return {"status": "success", "seq": seq, "gap": is_gap, "count": count}

    def _join(self, sid: str, scope: Scope) -> None:
        room = self._rooms[sid] = room_of(scope)
        join_room(room, sid=sid, namespace="/")

    def _leave(self, sid: str) -> None:
        room = self._rooms.pop(sid, None)
        if room is not None:
            leave_room(room, sid=sid, namespace="/")
