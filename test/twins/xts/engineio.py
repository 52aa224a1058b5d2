"""Engine.IO 3 and Socket.IO 2 as a server speaks them: handshake, events, and a client that must ping."""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

from test.twins.kit.stream.connection import Connection
from utils.ids import secret_hex

BINARY_MARK = b"\x04"
PLACEHOLDER = {"_placeholder": True, "num": 0}


def event(name, payload):
    """A text event; objects go as JSON inside the text."""
    told = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    return "42" + json.dumps([name, told], separators=(",", ":"))


def binary_event(name, payload):
    """The two frames of an event with bytes."""
    return ["451-" + json.dumps([name, PLACEHOLDER], separators=(",", ":")), BINARY_MARK + payload]


class EngineIo(Connection):
    """A socket of one of the two applications, `kind`. A client that does not ping in time is cut."""

    kind = ""

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self.query = _query(socket.request)
        self._interval, self._timeout = stream.terms["ping_seconds"], stream.terms["timeout_seconds"]
        self._pinged_at = asyncio.get_running_loop().time()

    @classmethod
    def credentials_of(cls, request):
        query = _query(request)
        if (query.get("EIO"), query.get("transport")) != ("3", "websocket"):
            return "", ""
        return f"{cls.kind}:{query.get('userID', '')}", query.get("token", "")

    def greeting(self):
        sid = secret_hex(10)
        hello = {
            "sid": sid, "upgrades": [], "pingInterval": int(self._interval * 1000),
            "pingTimeout": int(self._timeout * 1000),
        }  # fmt: skip
        joined = {
            "type": "success", "code": "s-socket-0001",
            "description": f"Socket joined successfully! SocketId={sid}",
        }  # fmt: skip
        return ["0" + json.dumps(hello), "40", event("joined", joined)]

    def obey(self, message):
        if message == "2":
            self._pinged_at = asyncio.get_running_loop().time()
            return ["3"]
        return []

    def beat(self, now, at, heartbeat_seconds):
        if at - self._pinged_at > self._interval + self._timeout:
            self.cut()
        else:
            super().beat(now, at, heartbeat_seconds)

    def farewell(self):
        told = {
            "type": "success",
            "code": "s-user-0002",
            "description": "User logged out: logged in elsewhere",
        }
        return [event("logout", told)]


def _query(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
