"""Who may connect to the bus: CURVE with one key pair for all processes of an installation.

    python -m websocket_proxy.bus.keys keys        writes keys/bus.key_secret

Whoever holds that file may publish and listen; nobody else gets past the handshake. On loopback no keys are needed.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path

import msgspec
import zmq
import zmq.auth
from zmq.utils import z85

from utils.logging import get_logger
from websocket_proxy.bus.sockets import Context, Frames, Pump, Socket

log = get_logger(__name__)

_DOMAIN = b"openalgo"
_DOOR = "inproc://zeromq.zap.01"


class KeysMissing(Exception):
    """An address of the bus is open to other machines and there are no keys."""


class BusKeys(msgspec.Struct, frozen=True):
    """The installation's key pair, Z85 text of 40 bytes each."""

    public: bytes
    secret: bytes

    def guard(self, socket: Socket) -> None:
        """Let a binding socket admit only holders of the same keys; its context needs a `Doorkeeper`."""
        socket.curve_server = True
        socket.curve_secretkey = self.secret
        socket.zap_domain = _DOMAIN
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)

    def unlock(self, socket: Socket) -> None:
        """Let a connecting socket in at a guarded one, and at no other."""
        socket.curve_serverkey = socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret


def load_keys(path: Path) -> BusKeys:
    """Keys out of a file that `make_keys` wrote. Raises KeysMissing when there are none in it."""
    try:
        public, secret = zmq.auth.load_certificate(path)
    except (OSError, ValueError) as error:
        raise KeysMissing(f"no keys can be read from {path}: {type(error).__name__}") from None
    if secret is None:
        raise KeysMissing(f"{path} holds no secret key")
    return BusKeys(public, secret)


def make_keys(folder: Path) -> Path:
    """Write a new pair; the file that every process of the installation needs. Raises FileExistsError."""
    target = folder / "bus.key_secret"
    if target.exists():
        raise FileExistsError(f"{target} exists; removing it locks out every process that still has it")
    folder.mkdir(parents=True, exist_ok=True)
    earlier = os.umask(0o077)
    try:
        public, _ = zmq.auth.create_certificates(folder, "bus")
    finally:
        os.umask(earlier)
    Path(public).unlink()
    return target


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; names other than localhost count as open."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open_address(hosts: tuple[str, ...], keys: BusKeys | None) -> None:
    """Raises KeysMissing when one of the hosts is off loopback and there are no keys."""
    for host in hosts:
        if keys is None and not is_loopback(host):
            raise KeysMissing(f"the bus does not use {host} without keys: set ZMQ_KEY_FILE")


class Doorkeeper:
    """Answers ZeroMQ's question (ZAP) whether a peer with a key may come in. One per context."""

    def __init__(self, context: Context, keys: BusKeys) -> None:
        self._socket: Socket = context.socket(zmq.REP)
        self._socket.bind(_DOOR)
        self._admitted = z85.decode(keys.public)
        self._pump: Pump | None = None
        self.turned_away = 0

    def start(self) -> None:
        """Begin inside a running loop."""
        self._pump = Pump(self._socket, self._answer)

    def _answer(self, question: Frames) -> None:
        version, request, _, address, _, mechanism, *credentials = question
        admitted = mechanism == b"CURVE" and credentials[:1] == [self._admitted]
        if not admitted:
            self.turned_away += 1
            log.warning("The bus turned a peer away", address=address.decode(errors="replace"))
        verdict = (b"200", b"OK", b"openalgo") if admitted else (b"400", b"unknown key", b"")
        self._socket.send_multipart((version, request, *verdict, b""))

    def close(self) -> None:
        """Stop; nobody comes in any more."""
        if self._pump is not None:
            self._pump.close()
        self._socket.close(linger=0)


def main() -> int:
    """Write a key file into the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m websocket_proxy.bus.keys FOLDER\n")
        return 2
    try:
        target = make_keys(Path(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Set ZMQ_KEY_FILE={target} for every process of this installation.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
