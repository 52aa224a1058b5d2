"""One PostgreSQL server a run, its stores migrated once and emptied before each test.

Skipped where the server or its driver (the `postgres` extra) is not installed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from database.migrate import migrate
from database.stores import METADATA, Stores, StoreUrls
from test.api.conftest import Api, order, start_app
from test.support import postgresql

__all__ = ["order"]

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def urls(url: str) -> StoreUrls:
    """All four stores in one database."""
    return StoreUrls(main=url, logs=url, latency=url, sandbox=url)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A URL with a place for the database's name."""
    pytest.importorskip("psycopg")
    bin_dir = postgresql.programs()
    if bin_dir is None:
        pytest.skip("PostgreSQL is not installed")
    with postgresql.server(bin_dir) as url:
        yield url


@pytest.fixture(scope="session")
def database(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with migrated stores."""
    url = cluster.format("postgres")
    opened = Stores(urls(url), tmp_path_factory.mktemp("migrated"))
    migrate(opened, NOW)
    opened.close()
    return url


@pytest.fixture(scope="module")
def api(cluster: str, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The whole app over the practice exchange, on a database of its own."""
    opened = Stores(urls(database), tmp_path_factory.mktemp("admin"))
    with opened.main.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE app"))
    opened.close()
    url = cluster.format("app")
    names = ("DATABASE_URL", "LOGS_DATABASE_URL", "LATENCY_DATABASE_URL", "SANDBOX_DATABASE_URL")
    app, services = start_app(tmp_path_factory.mktemp("app"), [], **dict.fromkeys(names, url))
    yield Api(app.test_client(), services, services.api_keys.rotate(1))
    services.close()


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def stores(database: str, tmp_path: Path) -> Iterator[Stores]:
    """Empty stores."""
    opened = Stores(urls(database), tmp_path)
    names = ", ".join(name for metadata in METADATA.values() for name in metadata.tables)
    with opened.main.unit() as unit:
        unit.session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield opened
    opened.close()
