"""The whole app on fresh stores, without its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from services.container import AppServices, build_app_services
from utils.settings import Settings, load_settings


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a fresh installation in a folder of the test."""

    def make(**changes: str) -> Settings:
        (tmp_path / ".env").write_text("")
        values = {"APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "FERNET_SALT": "ab" * 16}
        return load_settings(
            tmp_path / ".env",
            values | {"DATABASE_URL": "sqlite:///db/openalgo.db", "ZMQ_PORT": "0"} | changes,
        )

    return make


@pytest.fixture
def services(make_settings: Callable[..., Settings]) -> Iterator[AppServices]:
    """Built services."""
    built = build_app_services(make_settings())
    yield built
    built.close()


@pytest.fixture
def app(services: AppServices) -> Flask:
    """The WSGI application."""
    return create_app(services)
