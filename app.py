"""Builds the app from settings and services, and starts it.

uv run app.py          the gateway, until Ctrl-C
uv run app.py account  the operator's door: a lost authenticator, a forgotten password, a locked name
uv run app.py rotate-keys  a new salt for everything that is stored encrypted; the program must be stopped
uv run app.py audit    verify the audit trail, or print its end to be kept elsewhere
uv run app.py demo     the same in a throw-away folder, with a user and a practice-exchange account
uv run app.py backup   a consistent copy of everything, while it runs
uv run app.py restore  a backup in the place of what is there
uv run app.py doctor   what is wrong here, and the remedy
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utils.private import keep_private

if TYPE_CHECKING:
    import flask

    from services.container import AppServices
    from utils.settings import Settings


def create_app(services: AppServices) -> flask.Flask:
    """The WSGI application over built services. Raises RuntimeError when a route declares no policy or limit."""
    import flask

    from blueprints.install import install
    from restx_api.routes import blueprint as rest_api
    from utils.route_policy import undeclared_routes

    app = flask.Flask("openalgo", static_folder=None)
    install(app, services)
    app.register_blueprint(rest_api)
    missing = undeclared_routes(app, app.extensions["openalgo_limits"].classes)
    if missing:
        raise RuntimeError(f"routes without a declared policy or limit: {', '.join(missing)}")
    return app


class WebProcess:
    """The app and its services as the web server holds them."""

    def __init__(self, settings: Settings) -> None:
        from services.container import build_app_services

        self.services = build_app_services(settings)
        try:
            self.app = create_app(self.services)
            self.services.start()
        except BaseException:
            self.services.close()
            raise
        token = self.services.installation.issue_setup_token()
        if token:
            sys.stdout.write(f"Set-up token, asked for once when the first user is created: {token}\n")
            sys.stdout.flush()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)

    def close(self) -> None:
        """Stop the services."""
        self.services.close()


def serve_web() -> int:
    """The supervised web process."""
    from services.ops.launch import web_server
    from utils import memory
    from utils.logging import configure_logging
    from utils.settings import process_settings

    settings = process_settings()
    configure_logging(settings, "app")

    def build() -> WebProcess:
        # What a start loads stays: looking through it for garbage again and again would be wasted.
        gc.disable()
        try:
            return WebProcess(settings)
        finally:
            memory.keep()
            gc.enable()

    if settings.openalgo_async_mode == "eventlet" or sys.platform == "win32":
        if settings.openalgo_async_mode == "eventlet":
            web_server.prepare_eventlet()
        web_server.serve_with_socketio(settings, build())
    else:
        web_server.serve_with_gunicorn(settings, build)
    return 0


def seed_demo() -> int:
    """Create the demo's user and account; its login goes to standard output."""
    from services.container import build_app_services
    from services.ops.demo_account import make_demo
    from utils import json
    from utils.logging import configure_logging
    from utils.settings import process_settings

    settings = process_settings()
    configure_logging(settings, "demo")
    services = build_app_services(settings)
    try:
        sys.stdout.write(json.encode_text(make_demo(services)))
    finally:
        services.close()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_beside(name: str, arguments: Sequence[str]) -> int:
    """One of the operator's commands beside the running program."""
    from services.ops import account_command
    from services.ops.audit import command as audit_command
    from utils.logging import configure_logging
    from utils.settings import SettingsError, process_settings

    try:
        settings = process_settings()
    except SettingsError as error:
        for setting, text in error.problems.items():
            sys.stdout.write(f"{setting}: {text}\n")
        return 2
    configure_logging(settings, name)
    run = {"account": account_command.run, "audit": audit_command.run}[name]
    return run(arguments, settings, _say)


def rotate_keys() -> int:
    """A new salt for everything sealed, while the program is stopped."""
    from services.ops.rotate_command import run
    from utils.logging import configure_logging
    from utils.settings import SettingsError, env_file_of, process_settings

    try:
        configure_logging(process_settings(), "rotate-keys")
        return run(env_file_of(os.environ), os.environ, _say)
    except SettingsError as error:
        for name, text in error.problems.items():
            sys.stdout.write(f"{name}: {text}\n")
        return 2


def look_for_trouble(arguments: Sequence[str]) -> int:
    """The doctor; what it needs itself may be missing, too."""
    try:
        from services.ops.doctor.command import run
    except ImportError as error:
        _say(f"CRITICAL program.packages-missing: {error.name} cannot be loaded\n         uv sync")
        return 2
    return run(arguments, os.environ, _say)


def main(arguments: Sequence[str]) -> int:
    """Exit code of one run."""
    keep_private()
    if list(arguments) == ["web"]:
        return serve_web()
    if list(arguments) == ["seed-demo"]:
        return seed_demo()
    if arguments and arguments[0] in ("account", "audit"):
        return run_beside(arguments[0], arguments[1:])
    if list(arguments) == ["rotate-keys"]:
        return rotate_keys()
    if list(arguments[:1]) in (["backup"], ["restore"]):
        from services.ops.care.command import run

        return run(arguments, os.environ, _say)
    if list(arguments[:1]) == ["doctor"]:
        return look_for_trouble(arguments[1:])
    from services.ops.launch.bytecode import ROOT, keep_bytecode

    keep_bytecode(Path(os.environ.get("OPENALGO_DATA_DIR") or ROOT).resolve(), os.environ)
    from services.ops.launch.main import start

    return start(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
