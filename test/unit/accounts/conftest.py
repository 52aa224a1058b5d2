"""Services on fresh stores, with a clock that the test moves and cheap password hashing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest

from services.container import AppServices, build_app_services
from test.stores import copy_stores
from utils.clock import IST, ManualClock
from utils.settings import load_settings

MORNING = dt.datetime(2026, 11, 20, 9, 20, tzinfo=IST)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def services(tmp_path: Path, clock: ManualClock) -> Iterator[AppServices]:
    (tmp_path / ".env").write_text("")
    values = {
        "APP_KEY": "a" * 64,
        "API_KEY_PEPPER": "b" * 64,
        "FERNET_SALT": "ab" * 16,
        "DATABASE_URL": "sqlite:///db/openalgo.db",
    }
    copy_stores(tmp_path)
    built = build_app_services(load_settings(tmp_path / ".env", values), clock)
    built.passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield built
    built.close()


@pytest.fixture
def ada(services: AppServices) -> int:
    """The first user's id."""
    return services.users.set_up("ada", "ada@example.com", "Correct-Horse9!", None).id
