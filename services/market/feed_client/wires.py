"""The ZeroMQ sockets of the app's end of the bus, and the one thread that owns them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import zmq
import zmq.auth
from zmq.utils.monitor import recv_monitor_message

from services.market.feed_client.dispatch import BATCH, Dispatch
from utils.concurrency import Lock, start_thread
from utils.logging import get_logger

log = get_logger(__name__)

OUTGOING = 10_000
PUSHES = 10_000
TICKS = 20_000
LINGER_MS = 500
_MARKET_HWM = 20_000
_CONTROL_HWM = 100_000
_SUBSCRIPTION_HWM = 200_000
_HEARTBEAT_MS = 5_000
_POLL_MS = 1_000
_RECONNECT_MS, _RECONNECT_MAX_MS = 100, 2_000


class Owner(Protocol):
    """Whose sockets they are: says what is wanted and to be sent, and takes what comes. Called on the thread."""

    def wanted(self, known: int) -> tuple[int, set[bytes], set[bytes]] | None:
        """(version, market topics, control topics) to be subscribed, None when `known` is the newest version."""

    def take_outgoing(self) -> list[tuple[bytes, bytes]]:
        """Messages to send next."""

    def receive(self, topic: bytes, frame: bytes, ticks: Dispatch, pushes: Dispatch) -> None:
        """One message came."""

    def reachable(self, is_connected: bool) -> None:
        """The feed came or went."""


class Wires:
    """The sockets and the thread that owns them."""

    def __init__(
        self, client: Owner, feed_endpoint: str, ingress_endpoint: str, key_file: Path | None
    ) -> None:
        self._client = client
        self._keys = zmq.auth.load_certificate(key_file) if key_file is not None else None
        self._context: zmq.Context[Any] = zmq.Context()
        self._market, self._control = self._subscriber(_MARKET_HWM), self._subscriber(_CONTROL_HWM)
        # Before connecting: a connection that stands sooner than it is watched would never be heard of.
        self._monitor = self._control.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
        for socket in (self._market, self._control):
            socket.connect(feed_endpoint)
        self._ingress = self._context.socket(zmq.PUSH)
        self._ingress.setsockopt(zmq.SNDHWM, OUTGOING)
        self._ingress.setsockopt(zmq.LINGER, LINGER_MS)
        self._ingress.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        self._ingress.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
        self._unlock(self._ingress)
        self._ingress.connect(ingress_endpoint)
        self._bell = self._context.socket(zmq.PULL)
        self._bell.setsockopt(zmq.RCVHWM, 1)
        self._bell.bind("inproc://bell")
        self._ringer = self._context.socket(zmq.PUSH)
        self._ringer.setsockopt(zmq.SNDHWM, 1)
        self._ringer.setsockopt(zmq.LINGER, 0)
        self._ringer.connect("inproc://bell")
        self._ringing = Lock()
        self._subscribed: list[set[bytes]] = [set(), set()]
        self._version = 0
        self._unsent: list[tuple[bytes, bytes]] = []
        self._stopping = False
        self.ticks = Dispatch("feed-ticks", TICKS, "drop_oldest")
        self.pushes = Dispatch("feed-pushes", PUSHES, "wait")
        self._thread = start_thread(self._run, "feed-client")

    def _subscriber(self, high_water: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, high_water)
        socket.setsockopt(zmq.SNDHWM, _SUBSCRIPTION_HWM)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
        self._unlock(socket)
        return socket

    def _unlock(self, socket: zmq.Socket[bytes]) -> None:
        """One key pair serves both ends of the bus: only holders of the same keys meet."""
        if self._keys is not None:
            socket.curve_serverkey = socket.curve_publickey = self._keys[0]
            socket.curve_secretkey = self._keys[1]

    def wake(self) -> None:
        """Let the socket thread look at what changed; a bell that already rings is enough."""
        with self._ringing:
            if not self._ringer.closed:
                try:
                    self._ringer.send(b"", zmq.NOBLOCK)
                except zmq.Again:
                    return

    def close(self) -> None:
        self._stopping = True
        for dispatch in (self.ticks, self.pushes):
            dispatch.end()
        self.wake()
        self._thread.join(2.0)
        for dispatch in (self.ticks, self.pushes):
            dispatch.join()
        with self._ringing:
            self._ringer.close()
        if not self._thread.is_alive():
            self._context.term()

    def _run(self) -> None:
        poller = zmq.Poller()
        for socket in (self._market, self._control, self._bell, self._monitor):
            poller.register(socket, zmq.POLLIN)
        try:
            while not self._stopping:
                self._subscribe()
                self._flush(poller)
                ready = dict(poller.poll(_POLL_MS))
                if self._bell in ready:
                    self._bell.recv(zmq.NOBLOCK)
                if self._monitor in ready:
                    event = recv_monitor_message(self._monitor)["event"]
                    self._client.reachable(event == zmq.EVENT_CONNECTED)
                for socket in (self._control, self._market):
                    if socket in ready:
                        self._receive(socket)
            self._flush(poller)
        except Exception:
            log.exception("The bus connection of the app ended")
        finally:
            self._control.disable_monitor()
            for socket in (self._market, self._control, self._bell, self._ingress, self._monitor):
                socket.close()

    def _receive(self, socket: zmq.Socket[bytes]) -> None:
        for _ in range(BATCH):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(frames) == 2:
                self._client.receive(frames[0], frames[1], self.ticks, self.pushes)

    def _subscribe(self) -> None:
        wanted = self._client.wanted(self._version)
        if wanted is None:
            return
        self._version, *topics = wanted
        for socket, now, before in zip((self._market, self._control), topics, self._subscribed, strict=True):
            for topic in now - before:
                socket.setsockopt(zmq.SUBSCRIBE, topic)
            for topic in before - now:
                socket.setsockopt(zmq.UNSUBSCRIBE, topic)
        self._subscribed = topics

    def _flush(self, poller: zmq.Poller) -> None:
        """Send what is queued; what the socket does not take waits, in order."""
        while True:
            if not self._unsent:
                self._unsent = self._client.take_outgoing()
            if not self._unsent:
                poller.register(self._ingress, 0)
                return
            for position, message in enumerate(self._unsent):
                try:
                    self._ingress.send_multipart(message, zmq.NOBLOCK)
                except zmq.Again:
                    self._unsent = self._unsent[position:]
                    poller.register(self._ingress, zmq.POLLOUT)
                    return
            self._unsent = []
