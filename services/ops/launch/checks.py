"""What must hold before anything is started; each failure is one line that names the culprit and the remedy."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import IO

from services.ops.launch.console import StartProblem
from services.ops.launch.first_start import unwritable
from utils.settings import Settings


def prepare_folders(data_dir: Path) -> None:
    """Create db/, log/ and keys/ for the owner only and prove that they can be written."""
    for folder in (data_dir, data_dir / "db", data_dir / "log", data_dir / "keys"):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = folder / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StartProblem(unwritable(folder, error)) from error


def listeners(settings: Settings) -> dict[str, tuple[str, int]]:
    """Address of each listener by the setting that names its port."""
    found = {"FLASK_PORT": (settings.flask_host_ip, settings.flask_port)}
    if settings.app_mode == "integrated":
        found["WEBSOCKET_PORT"] = (settings.websocket_host, settings.websocket_port)
        found["ZMQ_PORT"] = (settings.zmq_host, settings.zmq_port)
        found["ZMQ_INGRESS_PORT"] = (settings.zmq_host, settings.zmq_ingress_port)
    return found


def check_ports(settings: Settings, env_file: Path) -> None:
    """Raise StartProblem for the first port that cannot be listened on."""
    for name, (host, port) in listeners(settings).items():
        reason = bind_problem(host, port)
        if reason is None:
            continue
        if reason == errno.EADDRINUSE:
            raise StartProblem(
                f"Port {port} ({name}) is busy on {host}: stop the program that uses it, "
                f"or set {name} to a free port in {env_file}"
            )
        raise StartProblem(
            f"Cannot listen on {host}:{port} ({name}: {os.strerror(reason)}): correct it in {env_file}"
        )


def is_free(host: str, port: int) -> bool:
    """Whether the port can be listened on now."""
    return bind_problem(host, port) is None


def free_port(taken: set[int]) -> int:
    """A port of the system's choice on loopback that is not among `taken`."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def bind_problem(host: str, port: int) -> int | None:
    """Why the port cannot be listened on, as an errno; None when it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return None


def hold_folder(data_dir: Path) -> IO[bytes]:
    """Lock the data folder for this process; the lock ends with the file or the process.

    Raises StartProblem when another OpenAlgo runs on the same folder.
    """
    handle = (data_dir / "db" / ".lock").open("ab")
    if os.name != "posix":
        return handle
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise StartProblem(
            f"Another OpenAlgo already runs on {data_dir}: stop it, or choose another folder with OPENALGO_DATA_DIR"
        ) from error
    return handle
