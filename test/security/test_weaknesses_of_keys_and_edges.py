"""Weaknesses 1 to 10 and 36 of docs/security/weaknesses.md: addresses, keys, sessions, forwarded headers, numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from blueprints.realtime import outbox
from blueprints.socketio import BIGGEST_MESSAGE, Clients
from domain.errors import Throttled
from domain.instruments import Exchange
from domain.orders import Product
from services.accounts.crypto import Vault
from services.accounts.installation import is_open_to_network
from services.automation.signatures import HEADER, sign
from services.inbound_limits import OF_KEY, InboundLimits
from services.ops.launch.first_start import ensure_env_file
from test.security.house import Browser, Home
from utils.clock import ManualClock, epoch_ms
from utils.settings import SettingsError, load_settings, parse_rates
from websocket_proxy.options import ProxyOptions
from websocket_proxy.pace import BURST, PER_SECOND

BASE = {"APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "DATABASE_URL": "sqlite:///db/openalgo.db"}


def settings(folder: Path, **changes: str) -> Any:
    """Settings of a file with nothing but these."""
    (folder / ".env").write_text("".join(f"{name}={text}\n" for name, text in {**BASE, **changes}.items()))
    return load_settings(folder / ".env", {})


def test_01_everything_listens_on_loopback_and_the_bus_is_opened_with_keys_only(tmp_path: Path) -> None:
    plain = settings(tmp_path)
    assert {plain.flask_host_ip, plain.websocket_host, plain.zmq_host} == {"127.0.0.1"}
    with pytest.raises(SettingsError, match="ZMQ_KEY_FILE"):
        settings(tmp_path, ZMQ_HOST="0.0.0.0")


def test_01_beyond_loopback_the_first_user_must_show_the_printed_token(tmp_path: Path) -> None:
    assert is_open_to_network("0.0.0.0", None, behind_proxy=False)
    assert is_open_to_network("127.0.0.1", "https://desk.example.com", behind_proxy=False)
    assert is_open_to_network("127.0.0.1", None, behind_proxy=True)
    assert not is_open_to_network("127.0.0.1", "http://127.0.0.1:5000", behind_proxy=False)


def test_02_debug_mode_is_refused_beyond_loopback_and_the_app_never_runs_in_it(
    tmp_path: Path, home: Home
) -> None:
    for host in ("0.0.0.0", "192.168.1.4", "desk.example.com"):
        with pytest.raises(SettingsError, match="FLASK_DEBUG"):
            settings(tmp_path, FLASK_DEBUG="True", FLASK_HOST_IP=host)
    assert home.app.debug is False and home.app.testing is False


def test_03_a_key_in_a_url_is_written_nowhere_and_sent_to_nobody(home: Home) -> None:
    answer = home.app.test_client().get(f"/api/v1/instruments?apikey={home.bobs_key}&exchange=NSE")
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    noted: list[Any] = []
    real, home.services.writers.traffic.put = home.services.writers.traffic.put, noted.append
    try:
        home.app.test_client().get(f"/api/v1/instruments?apikey={home.bobs_key}&exchange=NSE")
        home.app.test_client().get(f"/strategy/webhook/{home.bobs_key}?secret={home.bobs_key}")
    finally:
        home.services.writers.traffic.put = real
    assert [row.path for row in noted] == ["/api/v1/instruments", "/strategy/webhook/***"]
    assert home.bobs_key not in repr(noted)


def test_04_signing_in_moves_to_a_cookie_that_nobody_could_know_before(home: Home) -> None:
    browser = Browser(home.app)
    planted = browser.cookie
    browser.send("POST", "/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    assert browser.get("/ui/api/accounts").status_code == 200
    assert planted and browser.cookie != planted
    thief = Browser(home.app)
    thief.http.set_cookie("session", planted)
    assert thief.get("/ui/api/accounts").status_code == 401


def test_05_a_strategy_that_demands_signatures_takes_neither_unsigned_nor_repeated_messages(
    home: Home,
) -> None:
    automation = home.services.automation
    fields = {"name": "signed", "platform": "python", "trading_mode": "LONG", "is_intraday": False}
    row, webhook_id = automation.strategies.create(1, fields)
    assert len(webhook_id) >= 32 + len("oaws_")
    mapping = {"symbol": "SBIN", "exchange": Exchange.NSE, "quantity": 1, "product_type": Product.MIS}
    automation.strategies.add_mappings(1, row.id, [mapping])
    secret = automation.signatures.require(1, row.id)
    body, path = b'{"symbol":"SBIN","action":"buy"}', f"/strategy/webhook/{webhook_id}"
    header = sign(secret, body, epoch_ms(home.services.clock.now()) // 1000, "n" * 16)
    client = home.app.test_client()
    assert client.post(path, data=body).status_code == 401
    assert client.post(path, data=body, headers={HEADER: header}).status_code == 200
    assert client.post(path, data=body, headers={HEADER: header}).status_code == 401


def test_06_a_forwarded_address_of_a_stranger_is_not_believed(home: Home) -> None:
    noted: list[Any] = []
    real, home.services.writers.traffic.put = home.services.writers.traffic.put, noted.append
    try:
        for name in (
            "X-Forwarded-For",
            "X-Real-IP",
            "CF-Connecting-IP",
            "True-Client-IP",
            "X-Client-IP",
            "Forwarded",
        ):
            home.app.test_client().get("/ui/api/bootstrap", headers={name: "6.6.6.6"})
    finally:
        home.services.writers.traffic.put = real
    assert {row.client_ip for row in noted} == {"127.0.0.1"}


def test_07_a_wrong_key_costs_what_a_right_one_costs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are one keyed digest and one indexed look-up: no slow hash is computed, no rows are walked."""
    slow: list[str] = []
    monkeypatch.setattr(home.services.passwords, "verify", lambda *_: slow.append("verify"))
    monkeypatch.setattr(home.services.passwords, "hash", lambda *_: slow.append("hash"))
    home.services.api_keys._known.clear()
    assert home.call("ping").status_code == 200
    assert home.app.test_client().post("/api/v1/ping", json={"apikey": "f" * 64}).status_code == 403
    assert slow == []


def test_08_sockets_of_browsers_and_clients_have_caps(home: Home) -> None:
    clients = Clients(most=3, most_per_user=2)
    assert [clients.admit(str(number), 1, "k") for number in range(3)] == [True, True, False]
    assert clients.admit("x", 2, "k") and not clients.admit("y", 3, "k")
    caps = ProxyOptions()
    assert 0 < caps.max_clients <= 1_000 and 0 < caps.clients_per_key <= 20
    assert 0 < caps.subscriptions_per_key <= 3_000 and 0 < caps.strangers_per_address <= 64
    assert BURST <= 4_000 and PER_SECOND <= 200 and BIGGEST_MESSAGE <= 16_384 and outbox.MOST_FRAMES <= 4_096


def test_09_every_installation_has_a_salt_of_its_own(tmp_path: Path) -> None:
    salts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        ensure_env_file(folder / ".env", {})
        salts.append(load_settings(folder / ".env", {}).fernet_salt)
    assert len(set(salts)) == 2 and all(len(salt) >= 32 for salt in salts)
    first, second = (Vault("r" * 64, [salt]) for salt in salts)
    assert first.is_current(first.seal("x", "text")) and not second.is_current(first.seal("x", "text"))


@pytest.mark.parametrize(
    "number",
    ["-1", "0", "NaN", "Infinity", "-Infinity", "1e400", "1000000001", "1.5", "1_000", "", " ", True, [], {}],
)
def test_10_a_quantity_that_is_no_whole_number_within_bounds_is_refused(home: Home, number: Any) -> None:
    before = len(home.book())
    answer = home.order(quantity=number)
    assert (answer.status_code, answer.get_json()["status"]) == (400, "error")
    assert len(home.book()) == before


@pytest.mark.parametrize("price", ["-0.05", "NaN", "Infinity", "1e10", "x", True])
def test_10_a_price_that_is_no_number_within_bounds_is_refused(home: Home, price: Any) -> None:
    assert home.order(pricetype="LIMIT", price=price).status_code == 400


def test_36_a_key_has_limits_at_each_address_and_over_all_and_other_keys_have_their_own() -> None:
    rates = {"order": parse_rates("2 per minute"), OF_KEY.format("order"): parse_rates("10 per minute")}
    limits = InboundLimits(rates, ManualClock(dt.datetime(2026, 11, 20, tzinfo=dt.UTC)))
    for number in range(5):
        for _ in range(2):
            limits.spend_of_key("order", 1, f"1.1.1.{number}")
        with pytest.raises(Throttled):
            limits.spend_of_key("order", 1, f"1.1.1.{number}")
    with pytest.raises(Throttled):
        limits.spend_of_key("order", 1, "2.2.2.2")
    limits.spend_of_key("order", 2, "1.1.1.1")
