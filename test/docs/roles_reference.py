"""Who may call which route: the one table, out of what each route declares.

python -m test.docs.roles_reference      # writes docs/security/roles.md; a test fails when it drifts
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask import Flask

from app import create_app
from services.container import build_app_services
from test.stores import copy_stores
from utils.route_policy import table_of
from utils.settings import load_settings

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "security" / "roles.md"
ENVIRON = {
    "APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "FERNET_SALT": "ab" * 16,
    "DATABASE_URL": "sqlite:///db/openalgo.db", "ZMQ_PORT": "0", "ZMQ_INGRESS_PORT": "0",
}  # fmt: skip
WHO = {
    "public": "everybody",
    "session": "user",
    "admin": "administrator",
    "api_key": "API key",
    "bearer_token": "bearer token",
    "one_time_token": "one-time token",
    "secret_path": "secret path",
    "signed_body": "signed message",
}
HEAD = """\
# Who may call which route

Derived from what each route declares; do not edit, run `uv run python -m test.docs.roles_reference`. A test calls every
route as nobody, as a user and as an administrator.

An administrator is a user with these routes more; users see and change what is their own, administrators included.
*Key* is what an API key must open ([API keys](../api-keys.md)), *limit* the class of the limit that a call spends.

| who | method | path | key | limit |
|---|---|---|---|---|
"""


def guide_text(app: Flask) -> str:
    """Contents of the guide."""
    order = list(WHO)
    routes = sorted(
        table_of(app), key=lambda route: (order.index(route.policy.auth), route.path, route.method)
    )
    rows = [
        f"| {WHO[route.policy.auth]} | {route.method} | `{route.path}` | {route.policy.needs} | {route.policy.limit} |"
        for route in routes
    ]
    return HEAD + "\n".join(rows) + "\n"


def text() -> str:
    """The guide of this program, whatever the settings of an installation are."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".env").write_text("")
        copy_stores(folder)
        services = build_app_services(load_settings(folder / ".env", ENVIRON | {"OPENALGO_DATA_DIR": name}))
        try:
            return guide_text(create_app(services))
        finally:
            services.close()


if __name__ == "__main__":
    GUIDE.parent.mkdir(parents=True, exist_ok=True)
    GUIDE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{GUIDE} written\n")
