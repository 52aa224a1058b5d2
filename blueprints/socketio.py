"""Socket.IO: signed-in browsers only, a room per user, and the events of the house forwarded to it.

Rooms: `user:<id>` for everything about the user but order updates, `everyone`, and those of blueprints.realtime.orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
import flask_login
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, disconnect, join_room

from blueprints.accounts import account_view
from blueprints.guards.web_session import browser
from blueprints.realtime.orders import OrderRooms
from blueprints.realtime.outbox import bound_outbox, bound_outboxes
from domain.errors import NotAuthenticated, NotFound
from services import events
from services.wire import notices
from utils.concurrency import Lock
from utils.logging import get_logger

if TYPE_CHECKING:
    from services.container import AppServices

log = get_logger(__name__)
MOST_CLIENTS = 64
MOST_PER_USER = 16
EVERYONE = "everyone"
BIGGEST_MESSAGE = 16_384


class Clients:
    """Who is connected, so that the number of sockets (each holds a thread) stays bounded."""

    def __init__(self, most: int = MOST_CLIENTS, most_per_user: int = MOST_PER_USER) -> None:
        self._most = most
        self._most_per_user = most_per_user
        self._lock = Lock()
        self._users: dict[str, tuple[int, str]] = {}
        self.cut_off = 0

    def admit(self, sid: str, user_id: int, key: str) -> bool:
        """Whether there is room for one more socket of the user."""
        with self._lock:
            of_user = sum(user == user_id for user, _ in self._users.values())
            if len(self._users) >= self._most or of_user >= self._most_per_user:
                return False
            self._users[sid] = (user_id, key)
            return True

    def leave(self, sid: str) -> None:
        """The socket is gone."""
        with self._lock:
            self._users.pop(sid, None)

    def of_browser(self, key: str) -> list[str]:
        """Sockets of one browser session."""
        with self._lock:
            return [sid for sid, (_, owner) in self._users.items() if owner == key]

    def of_user(self, user_id: int) -> list[str]:
        """Sockets of one user."""
        with self._lock:
            return [sid for sid, (owner, _) in self._users.items() if owner == user_id]

    def user_of(self, sid: str) -> int | None:
        """Whose socket it is, None when it is gone."""
        with self._lock:
            found = self._users.get(sid)
            return found[0] if found else None

    def users(self) -> set[int]:
        """Who is connected."""
        with self._lock:
            return {user_id for user_id, _ in self._users.values()}

    def count_cut(self, _sid: str) -> None:
        """One was cut off because it did not read what it was sent."""
        with self._lock:
            self.cut_off += 1

    def __len__(self) -> int:
        return len(self._users)


def install_socketio(app: flask.Flask, services: AppServices) -> SocketIO:
    """Attach Socket.IO to the app and to the event bus."""
    socketio = SocketIO(
        app, async_mode=services.settings.openalgo_async_mode, manage_session=False,
        max_http_buffer_size=BIGGEST_MESSAGE, logger=False, engineio_logger=False,
        cors_allowed_origins=None,
    )  # fmt: skip
    clients = Clients()
    orders = OrderRooms(socketio, services.order_replays)
    forwarder = _Forwarder(app, socketio, clients, orders, services)
    app.extensions["openalgo_socketio_clients"] = clients

    @socketio.on("connect")
    def enter(auth: Any = None) -> None:
        session = browser().web_session
        if session is None or not flask_login.current_user.is_authenticated:
            raise Refused("Please sign in")
        sid = flask.request.sid  # type: ignore[attr-defined]
        if not clients.admit(sid, session.user_id, session.key):
            raise Refused("Too many open windows")
        join_room(f"user:{session.user_id}")
        join_room(EVERYONE)
        orders.enter(sid, session.user_id, auth)
        forwarder.tell_feed(session.user_id, to=sid)

    @socketio.on("disconnect")
    def leave(_reason: Any = None) -> None:
        sid = flask.request.sid  # type: ignore[attr-defined]
        clients.leave(sid)
        orders.leave(sid)

    @socketio.on_error_default
    def report(error: Exception) -> None:
        log.warning("A Socket.IO handler failed", error=type(error).__name__)

    _keep_strangers_out(app, socketio, clients)
    orders.listen(clients.user_of)
    forwarder.listen()
    return socketio


def _keep_strangers_out(app: flask.Flask, socketio: SocketIO, clients: Clients) -> None:
    """Refuse the handshake itself: a socket that never asks to enter would still hold one of the server's threads."""
    engine = socketio.server.eio
    is_banned = app.extensions["openalgo"].bans.is_banned
    bound_outboxes(engine)
    welcome = engine.handlers["connect"]

    def admit(sid: str, environ: dict[str, Any]) -> Any:
        with app.request_context(environ):
            if is_banned(environ.get("REMOTE_ADDR", "")) or browser().web_session is None:
                return False
        bound_outbox(engine, sid, clients.count_cut)
        return welcome(sid, environ)

    engine.on("connect", admit)


class _Forwarder:
    """Turns events into frames for the rooms they concern."""

    def __init__(
        self,
        app: flask.Flask,
        socketio: SocketIO,
        clients: Clients,
        orders: OrderRooms,
        services: AppServices,
    ) -> None:
        self._app = app
        self._socketio = socketio
        self._clients = clients
        self._orders = orders
        self._services = services
        self._telling = Lock()

    def listen(self) -> None:
        """Subscribe to everything that browsers see."""
        handlers: dict[type[events.Event], Callable[[Any], None]] = {
            events.OrderStreamed: self._orders.emit,
            **dict.fromkeys(notices.FRAMES, self.notice),
            events.WebhookDelivered: self.webhook_delivered,
            events.WebhookOrderEnded: self.webhook_order_ended,
            events.SessionChanged: self.session_changed,
            events.ContractsChanged: self.contracts_changed,
            events.ModeChanged: self.mode_changed,
            events.RiskChanged: self.risk_changed,
            events.FeedStateChanged: self.feed_changed,
            events.ActiveAccountChanged: self.active_account_changed,
            events.ForceLogout: self.force_logout,
            events.BrowserSignedOut: self.browser_signed_out,
        }
        # One subscription for all keeps the order in which things happened.
        self._services.events.subscribe(
            tuple(handlers), lambda event: handlers[type(event)](event), queue=10_000, name="socketio",
            gather_seconds=events.BLINK_SECONDS,
        )  # fmt: skip

    def _to_user(self, user_id: int, event: str, data: dict[str, Any]) -> None:
        self._socketio.emit(event, data, to=f"user:{user_id}")

    def notice(self, event: Any) -> None:
        """What needs nothing but its own words."""
        name, data = notices.FRAMES[type(event)](event)
        self._to_user(event.user_id, name, data)

    def webhook_delivered(self, event: events.WebhookDelivered) -> None:
        """A message reached a strategy."""
        data = {
            "strategy_id": event.strategy_id, "strategy": event.strategy, "delivery_id": event.delivery_id,
            "result": event.result, "message": event.message,
        }  # fmt: skip
        self._to_user(event.user_id, "webhook_delivery", data)

    def webhook_order_ended(self, event: events.WebhookOrderEnded) -> None:
        """An order of a message came to an end."""
        data = {
            "strategy_id": event.strategy_id, "delivery_id": event.delivery_id, "symbol": event.symbol,
            "outcome": event.outcome, "orderid": event.order_id, "message": event.message,
        }  # fmt: skip
        self._to_user(event.user_id, "webhook_order", data)

    def risk_changed(self, event: events.RiskChanged) -> None:
        """Limits or a kill switch: of everything told to everybody, else to their owner."""
        name, data = notices.risk_changed(event)
        self._socketio.emit(name, data, to=EVERYONE if event.scope == "all" else f"user:{event.user_id}")

    def session_changed(self, event: events.SessionChanged) -> None:
        """A broker session changed state."""
        try:
            account = self._services.accounts.find(event.account_id)
        except NotFound:
            return
        view = account_view(self._services, account)
        self._to_user(account.user_id, "account_update", {"account": notices.plain(view)})
        self.tell_feed(account.user_id)

    def contracts_changed(self, event: events.ContractsChanged) -> None:
        """A contract master was loaded, or failed to load."""
        data = {
            "broker": event.broker,
            "status": event.status,
            "message": event.message,
            "total_symbols": event.total,
        }
        self._socketio.emit("master_contract_download", data, to=EVERYONE)

    def mode_changed(self, event: events.ModeChanged) -> None:
        """Live or analyze."""
        self._socketio.emit("app_mode_changed", {"analyze_mode": event.mode == "analyze"}, to=EVERYONE)

    def feed_changed(self, event: events.FeedStateChanged) -> None:
        """A market-data feed, or the streaming process, changed state."""
        for user_id in self._clients.users():
            self.tell_feed(user_id, broker=event.broker)

    def active_account_changed(self, event: events.ActiveAccountChanged) -> None:
        """Another account stands for the user; another feed serves them."""
        self.tell_feed(event.user_id)

    def tell_feed(self, user_id: int, *, broker: str | None = None, to: str | None = None) -> None:
        """Tell a user, or one socket of theirs, how the feed of their active account is doing now.

        With `broker` only users of that broker are told.
        """
        try:
            principal = self._services.callers.principal(user_id, "ui")
        except NotAuthenticated:
            return
        if principal.account_id is None or principal.broker is None:
            return
        if broker not in (None, principal.broker):
            return
        # Under a lock, so that what is said last is what was read last.
        with self._telling:
            serving = self._services.feed_client.serving(principal.broker, principal.account_id)
            data = {
                "account_id": principal.account_id, "state": serving.state, "reason": serving.reason,
                "since_ms": serving.since_ms,
            }  # fmt: skip
            self._socketio.emit("feed_state", data, to=to or f"user:{user_id}")

    def force_logout(self, event: events.ForceLogout) -> None:
        """All browsers of a user must sign in again."""
        self._to_user(event.user_id, "force_logout", {"message": event.message})
        self._end(self._clients.of_user(event.user_id))

    def browser_signed_out(self, event: events.BrowserSignedOut) -> None:
        """One browser's session ended; its sockets end with it."""
        sids = self._clients.of_browser(event.key)
        if event.reason:
            for sid in sids:
                self._socketio.emit("force_logout", {"message": event.reason}, to=sid)
        self._end(sids)

    def _end(self, sids: list[str]) -> None:
        with self._app.app_context():
            for sid in sids:
                disconnect(sid, namespace="/")
