"""The web server of the app process: gunicorn with threads, or Socket.IO's own server."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from utils.settings import Settings

DRAIN_SECONDS = 1
STOP_SECONDS = 2.2
KEEP_ALIVE_SECONDS = 75


class WebApp(Protocol):
    """What the server needs of the application."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """WSGI."""

    def close(self) -> None:
        """Stop services; called once, when no request is served any more."""


def serve_with_gunicorn(settings: Settings, build: Callable[[], WebApp]) -> None:
    """Serve with one worker process of many threads until SIGTERM; `build` runs inside the worker, after the fork."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    class QuietLogger(Logger):  # type: ignore[misc]
        """gunicorn's records go through the house's pipeline."""

        def setup(self, cfg: Any) -> None:
            self.error_log.propagate = True
            self.error_log.handlers = []
            self.access_log.handlers = []
            self.access_log.disabled = True

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn configured from our settings instead of files and arguments."""

        app: WebApp | None = None

        def load_config(self) -> None:
            for name, value in _gunicorn_options(settings).items():
                self.cfg.set(name, value)
            self.cfg.set("logger_class", QuietLogger)
            self.cfg.set("post_fork", _after_fork)
            self.cfg.set("worker_exit", self.end_worker)

        def load(self) -> WebApp:
            self.app = build()
            return self.app

        def end_worker(self, _server: Any, _worker: Any) -> None:
            """Close and leave at once: threads of open browser sockets would otherwise hold the process."""
            if self.app is not None:
                self.app.close()
                logging.shutdown()
                sys.stdout.flush()
                os._exit(0)

    Server().run()


def _gunicorn_options(settings: Settings) -> dict[str, Any]:
    threads = settings.openalgo_web_threads
    return {
        "bind": f"{settings.flask_host_ip}:{settings.flask_port}",
        "workers": 1,
        "worker_class": "services.ops.launch.web_worker.LingeringWorker",
        "threads": threads,
        "worker_connections": max(1000, threads * 4),
        "keepalive": KEEP_ALIVE_SECONDS,
        "timeout": 120,
        # The arbiter's patience; the worker's own is set after the fork so that services can close in between.
        "graceful_timeout": 2,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - heartbeat file only
        "control_socket_disable": True,
        "proc_name": "openalgo",
        "limit_request_line": 8190,
        "forwarded_allow_ips": "",
    }


def _after_fork(_server: Any, worker: Any) -> None:
    worker.cfg.set("graceful_timeout", DRAIN_SECONDS)


def prepare_eventlet() -> None:
    """Green sockets before anything opens one. Threads stay real: stores and bus block natively."""
    import eventlet

    eventlet.monkey_patch(thread=False)


def serve_with_socketio(settings: Settings, process: Any) -> None:
    """Socket.IO's own server until SIGTERM: the eventlet alternative, and the only one on Windows."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        process.app.extensions["socketio"].run(
            process.app,
            host=settings.flask_host_ip,
            port=settings.flask_port,
            allow_unsafe_werkzeug=True,
            log_output=False,
        )
    finally:
        process.close()
        logging.shutdown()
        os._exit(0)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
