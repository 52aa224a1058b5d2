"""The whole app over the practice exchange, driven through Flask's test client."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from domain.instruments import Instrument
from services.accounts.users import Device
from services.container import AppServices, build_app_services
from services.market.feed_client import wires
from services.market.index import InstrumentIndex
from services.market.search import Search
from test.stores import copy_stores
from test.support.practice import Fault, faulty_place
from utils.clock import Clock
from utils.settings import load_settings

PASSWORD = "Api-Test-1!"
# Hashes of the same kind as the product's, without their price.
CHEAP_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LINGER_MS = wires.LINGER_MS
DEVICE = Device(ip_address="127.0.0.1", name="test")
ENVIRON = {
    "APP_KEY": "a" * 64,
    "API_KEY_PEPPER": "b" * 64,
    "FERNET_SALT": "ab" * 16,
    "DATABASE_URL": "sqlite:///db/openalgo.db",
    "ORDER_RATE_LIMIT": "1000000 per second",
    "SMART_ORDER_RATE_LIMIT": "1000000 per second",
    "API_RATE_LIMIT": "1000000 per second",
    "GREEKS_RATE_LIMIT": "1000000 per second",
    "RISK_ORDERS_PER_SECOND": "1000000",
    "ZMQ_PORT": "0",
    "ZMQ_INGRESS_PORT": "0",
}


class Api:
    """A caller of the REST API with a key."""

    def __init__(self, client: FlaskClient, services: AppServices, key: str) -> None:
        self.client = client
        self.services = services
        self.key = key

    def post(self, route: str, body: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST with the key in the body."""
        return self.client.post(f"/api/v1/{route}", json={"apikey": self.key, **(body or {})}, **options)

    def get(self, route: str, **query: Any) -> TestResponse:
        """GET with the key in the query."""
        return self.client.get(f"/api/v1/{route}", query_string={"apikey": self.key, **query})


@pytest.fixture(scope="session")
def harness() -> ModuleType:
    """This module, for tests that open and close apps themselves."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def contracts() -> list[Instrument]:
    """The practice exchange's contract master, parsed once."""
    return []


def open_app(
    folder: Path, contracts: list[Instrument], clock: Clock | None = None, **changes: str
) -> tuple[Flask, AppServices]:
    """An app on a folder, as it was left."""
    (folder / ".env").write_text("")
    copy_stores(folder)
    settings = load_settings(folder / ".env", ENVIRON | {"OPENALGO_DATA_DIR": str(folder)} | changes)
    # No feed listens to an app at the practice exchange, and what nobody takes would hold up its end by half a second.
    at_a_vendor = any(name.endswith("_REST_URL") for name in changes)
    wires.LINGER_MS = LINGER_MS if at_a_vendor else 0
    services = build_app_services(settings, clock)
    services.passwords._hasher = CHEAP_HASHER
    # The tests bring the contract master themselves; parsing and storing 28,000 rows per app would be most of the work.
    services.contracts._start = lambda *_: False
    app = create_app(services)
    if not services.installation.needs_setup():
        serve_contracts(services, 1, contracts)
    services.start()
    return app, services


def start_app(
    folder: Path, contracts: list[Instrument], clock: Clock | None = None, **changes: str
) -> tuple[Flask, AppServices]:
    """An app with one user whose active account is the practice exchange."""
    app, services = open_app(folder, contracts, clock, **changes)
    user = services.users.set_up("tester", "tester@example.com", PASSWORD, None)
    account = services.accounts.create(user.id, "simulator", "Practice", {})
    services.logins.begin(user.id, account.id, {}, callback_url="", browser="", device=DEVICE)
    services.accounts.activate(user.id, account.id)
    serve_contracts(services, account.id, contracts)
    return app, services


_searches: list[tuple[list[Instrument], Search]] = []


def serve_contracts(services: AppServices, account_id: int, contracts: list[Instrument]) -> None:
    """Serve these contracts; apps that are given one and the same list share what is built from it."""
    if not contracts:
        source = services.brokers.plugin("simulator").contracts
        contracts += source.parse(source.fetch(services.accounts.session(account_id)))
    found = next((search for listed, search in _searches if listed is contracts), None)
    if found is not None:
        services.instruments._searches["simulator"] = found
        return
    services.instruments.serve("simulator", InstrumentIndex(contracts))
    _searches.append((contracts, services.instruments._searches["simulator"]))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, contracts: list[Instrument]) -> Iterator[Api]:
    app, services = start_app(tmp_path_factory.mktemp("app"), contracts)
    user = services.users.get(1)
    assert user is not None
    yield Api(app.test_client(), services, services.api_keys.rotate(user.id))
    services.close()


@pytest.fixture
def semi(api: Api) -> Iterator[Api]:
    """The key waits for approval during one test."""
    api.services.api_keys.set_order_mode(1, "semi_auto")
    yield api
    api.services.api_keys.set_order_mode(1, "auto")
    api.services.approvals.decisions.reject_all(api.services.callers.principal(1, "ui"))


@pytest.fixture
def faulty(api: Api) -> Iterator[Callable[[Fault], None]]:
    """Replace the practice exchange's place() for one test."""
    with faulty_place(api.services) as use:
        yield use


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Fields of a MARKET order, with changes."""

    def make(**changes: Any) -> dict[str, Any]:
        fields = {
            "strategy": "orb-15", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "quantity": "10",
            "pricetype": "MARKET", "product": "MIS", "price": "0", "trigger_price": "0", "disclosed_quantity": "0",
        }  # fmt: skip
        return {name: value for name, value in (fields | changes).items() if value is not None}

    return make
