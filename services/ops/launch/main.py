"""The starting program: checks, first start, web UI, then app and proxy as supervised children."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from services.ops.care.moves import finish
from services.ops.launch import checks, demo, privacy, web_ui
from services.ops.launch.console import Console, StartProblem
from services.ops.launch.first_start import ensure_env_file
from services.ops.launch.supervisor import ROOT, Child, Supervisor
from services.ops.launch.web_server import STOP_SECONDS
from utils.clock import SystemClock
from utils.logging import configure_logging, trim_errors
from utils.settings import PASSED_ON, Settings, SettingsError, env_file_of, load_settings
from utils.version import VERSION

READY_SECONDS = 120
PROXY_SECONDS = 30
EXIT_PROBLEM = 2
EXIT_CRASH = 3
_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def start(arguments: Sequence[str]) -> int:
    """Run `app.py` or `app.py demo` until it is stopped; answers the exit code."""
    console = Console()
    if list(arguments) not in ([], ["demo"]):
        console.plain(
            f"Unknown argument {' '.join(arguments)!r}: use `app.py` alone or with demo, account, rotate-keys, "
            "backup, restore, doctor"
        )
        return EXIT_PROBLEM
    try:
        with ExitStack() as stack:
            environ: Mapping[str, str] = os.environ
            if arguments:
                environ = demo.demo_environ(environ, stack.enter_context(demo.throw_away_folder()))
            return _Start(console, environ, is_demo=bool(arguments)).run(stack)
    except StartProblem as problem:
        console.plain(f"OpenAlgo cannot start. {problem}")
    except SettingsError as error:
        for name, text in error.problems.items():
            console.plain(f"OpenAlgo cannot start. {name}: {text}")
    except KeyboardInterrupt:
        return 130
    return EXIT_PROBLEM


class _Start:
    """One run, step by step."""

    def __init__(self, console: Console, environ: Mapping[str, str], *, is_demo: bool) -> None:
        self._console = console
        self._env_file = env_file_of(environ)
        self._is_demo = is_demo
        self._environ = {**environ, "OPENALGO_DATA_DIR": str(self._env_file.parent)}

    def run(self, stack: ExitStack) -> int:
        settings = self._prepare(stack)
        login = demo.seed(self._environ) if self._is_demo else None
        supervisor = Supervisor(settings.data_dir, SystemClock())
        _stop_on_signals(supervisor)
        try:
            if not self._bring_up(supervisor, settings):
                return 0 if supervisor.stopping.is_set() else EXIT_CRASH
            self._announce(settings, login)
            supervisor.run()
        finally:
            supervisor.stop(STOP_SECONDS)
        self._console.plain("OpenAlgo has stopped.")
        return 0

    def _prepare(self, stack: ExitStack) -> Settings:
        """Everything that may refuse the start, before anything runs."""
        self._console.plain(f"OpenAlgo {VERSION}")
        checks.prepare_folders(self._env_file.parent)
        stack.enter_context(checks.hold_folder(self._env_file.parent))
        for folder in finish(self._env_file.parent):
            self._console.say("Stores", f"a begun restore is finished; what was there is in {folder}")
        privacy.repair(self._env_file.parent, self._env_file, self._console)
        if ensure_env_file(self._env_file, self._environ):
            self._console.say("Settings", f"{self._env_file} written with fresh secrets")
        settings = load_settings(self._env_file, self._environ)
        for warning in settings.warnings:
            self._console.say("Settings", warning)
        checks.check_ports(settings, self._env_file)
        self._environ |= _passed_on(self._env_file, self._environ)
        configure_logging(settings, "start")
        trim_errors(settings.log_path())
        if settings.openalgo_build_ui:
            web_ui.ensure_built(ROOT, settings.log_path(), self._console)
        return settings

    def _bring_up(self, supervisor: Supervisor, settings: Settings) -> bool:
        """Start the app, then the proxy, which finds its stores migrated."""
        app = Child("app", "app", ["web"], self._environ)
        supervisor.add(app)
        if not supervisor.wait_for(app, lambda: _answers(settings), READY_SECONDS):
            if not supervisor.stopping.is_set():
                self._console.plain(
                    f"OpenAlgo cannot start. The app process ended or did not answer within {READY_SECONDS} s: "
                    f"the lines above and {settings.log_path() / 'errors.jsonl'} say why"
                )
            return False
        if settings.app_mode == "integrated":
            proxy = Child("websocket_proxy", "websocket_proxy", [], self._environ)
            supervisor.add(proxy)
            listens = supervisor.wait_for(proxy, lambda: _listens(settings), PROXY_SECONDS)
            if not listens and not supervisor.stopping.is_set():
                self._console.say("Feed", "does not answer yet; it is restarted until it does")
        return not supervisor.stopping.is_set()

    def _announce(self, settings: Settings, login: demo.DemoLogin | None) -> None:
        if login is None:
            self._console.say("App", settings.host_server)
            self._console.say("Feed", settings.websocket_url)
        else:
            self._console.plain(f"URL: {settings.host_server}")
            self._console.plain(f"User: {login.username}")
            self._console.plain(f"Password: {login.password}")
            self._console.plain(f"API key: {login.api_key}")
            self._console.plain(f"WebSocket: {settings.websocket_url}")
        self._console.plain("Press Ctrl-C to stop.")


def _passed_on(env_file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables in the file that libraries read from the process environment."""
    from dotenv import dotenv_values

    found = dotenv_values(env_file, interpolate=False)
    return {name: text for name in PASSED_ON if (text := found.get(name)) and name not in environ}


def _stop_on_signals(supervisor: Supervisor) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.stopping.set()

    for name in _ENDING_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound


def _answers(settings: Settings) -> bool:
    """Whether the app says that it is ready."""
    connection = http.client.HTTPConnection(
        _reachable(settings.flask_host_ip), settings.flask_port, timeout=2
    )
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(settings: Settings) -> bool:
    try:
        with socket.create_connection(
            (_reachable(settings.websocket_host), settings.websocket_port), timeout=1
        ):
            return True
    except OSError:
        return False
