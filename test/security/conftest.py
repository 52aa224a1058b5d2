"""Apps for tests of what must not be possible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.container import build_app_services
from test.security.house import DEAD_END, Home, harness, plant
from test.stores import copy_stores
from utils.settings import load_settings

SETTINGS = {
    "APP_KEY": "canary-app-key-" + "a" * 32, "API_KEY_PEPPER": "canary-pepper-" + "b" * 32, "FERNET_SALT": "ab" * 16,
    "DATABASE_URL": "sqlite:///db/openalgo.db", "BROKER_ZERODHA_REST_URL": DEAD_END,
    "BROKER_ZERODHA_WS_URL": "ws://127.0.0.1:9",
}  # fmt: skip


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """The settings file of an installation that keeps a secret wherever one can be kept."""
    path = tmp_path / ".env"
    path.write_text("".join(f"{name}={text}\n" for name, text in SETTINGS.items()))
    copy_stores(tmp_path)
    return path


@pytest.fixture
def planted(env_file: Path) -> dict[str, str]:
    """What was planted into the stores beside `env_file`; no program runs on them."""
    services = build_app_services(load_settings(env_file, {}))
    services.passwords._hasher = harness().CHEAP_HASHER
    try:
        return plant(services)
    finally:
        services.close()


@pytest.fixture
def reopened(env_file: Path) -> Iterator[Any]:
    """Builds the services anew on the same folder, once."""
    built: list[Any] = []

    def open_again() -> Any:
        built.append(build_app_services(load_settings(env_file, {})))
        return built[-1]

    yield open_again
    for services in built:
        services.close()


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One running app for tests that leave it as it was: users ada (administrator) and bob, practice account, keys."""
    app, services = harness().start_app(
        tmp_path_factory.mktemp("home"), [], LOGIN_RATE_LIMIT_MIN="1000 per minute",
        LOGIN_RATE_LIMIT_HOUR="10000 per hour",
    )  # fmt: skip
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    yield Home(app, services, services.api_keys.rotate(1), services.api_keys.rotate(2))
    services.close()
