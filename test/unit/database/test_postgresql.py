"""The same stores on PostgreSQL. Needs the `postgres` extra and OPENALGO_TEST_POSTGRES_URL (an empty database)."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from database.accounts import Accounts, BrokerSessions
from database.identity import Users
from database.migrate import check, migrate
from database.revision import differences
from database.stores import Stores, StoreUrls
from database.writers import CallRecord, LogWriters

URL = os.environ.get("OPENALGO_TEST_POSTGRES_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="OPENALGO_TEST_POSTGRES_URL is not set")


def test_four_stores_share_one_postgresql_database(tmp_path: Path, now: dt.datetime) -> None:
    pytest.importorskip("psycopg")
    stores = Stores(StoreUrls(main=URL, logs=URL, latency=URL, sandbox=URL), tmp_path)
    assert migrate(stores, now) == []
    check(stores)
    assert [differences(store) for store in stores] == [[], [], [], []]
    name = f"user{os.getpid()}"
    account = {"broker": "x", "credentials_sealed": "s", "active": True, "now": now}
    with stores.main.unit(durable=True) as unit:
        unit.exclusive("first user")
        user = Users(unit).add(username=name, email=name, password_hash="x", is_admin=True, now=now)
        first = Accounts(unit).add(user_id=user.id, label="one", **account)
    with pytest.raises(IntegrityError), stores.main.unit() as unit:
        Accounts(unit).add(user_id=user.id, label="two", **account)
    with stores.main.reading() as unit:
        assert BrokerSessions(unit).get(first.id).changed_at == now
    writers = LogWriters(stores)
    writers.order_logs.put(CallRecord(api_type="x", request_data={}, response_data=[], created_at=now))
    writers.close()
    assert writers.order_logs.written == 1
    stores.close()
