"""The market-data token that app and streaming process share: whoever finds it dead, one login serves both."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from services.accounts.users import Device
from services.container import build_app_services, build_proxy_services
from test.stores import copy_stores
from test.twins.kit.process import TwinProcess
from utils.settings import load_settings

DEVICE = Device(ip_address="127.0.0.1", name="test")


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    running = TwinProcess("xts", tmp_path_factory.mktemp("shared"))
    yield running
    running.stop()


@pytest.fixture
def house(twin, tmp_path):
    """App and proxy over the same stores, one IIFL account that is logged in, and a share to ask about."""
    (tmp_path / ".env").write_text("")
    copy_stores(tmp_path)
    hosts = {"REST": f"{twin.url}/interactive", "MARKET": f"{twin.url}/apimarketdata"}
    settings = load_settings(tmp_path / ".env", {
        "APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "FERNET_SALT": "ab" * 16,
        "DATABASE_URL": "sqlite:///db/openalgo.db", "BROKER_IIFL_RATE_LIMITS": "off",
        **{f"BROKER_IIFL_{name}_URL": url for name, url in hosts.items()},
    })  # fmt: skip
    app = build_app_services(settings)
    proxy = build_proxy_services(settings)
    user = app.users.set_up("ada", "ada@example.com", "Correct-Horse9!", None).id
    account = app.accounts.create(user, "iifl", "mine", twin.credentials)
    app.logins.begin(user, account.id, {}, callback_url="", browser="", device=DEVICE)
    yield app, proxy, account.id
    proxy.close()
    app.close()


def market_login(twin):
    """Somebody logs in with the same market-data key; the token that we hold dies."""
    keys = {"appKey": twin.credentials["api_key_market"], "secretKey": twin.credentials["api_secret_market"]}
    answer = requests.post(
        f"{twin.url}/apimarketdata/auth/login", json={**keys, "source": "WebAPI"}, timeout=5
    )
    assert answer.json()["type"] == "success"


def a_share(process, session):
    source = process.brokers.plugin("iifl").contracts
    return next(row for row in source.parse(source.fetch(session)) if row.exchange == "NSE")


def test_a_token_that_a_login_elsewhere_killed_is_renewed_once_for_both_processes(twin, house):
    app, proxy, account_id = house
    before = app.accounts.session(account_id)
    share = a_share(app, before)
    market_login(twin)
    start = Barrier(4)

    def ask(process):
        start.wait()
        return process.brokers.plugin("iifl").market.quotes(before, [share])[share.key].ltp

    with ThreadPoolExecutor(4) as pool:
        prices = list(pool.map(ask, [app, proxy, app, proxy]))
    assert all(price > 0 for price in prices)
    for process in (app, proxy):
        process.accounts.forget(account_id)
    after = app.accounts.session(account_id)
    assert after == proxy.accounts.session(account_id)
    assert after.tokens["market_token"] != before.tokens["market_token"]
    assert after.tokens["token"] == before.tokens["token"], "the orders' token lives on"
    assert after.issued_at == before.issued_at
    # Had a second of the four logged in, the stored token would be dead by now.
    assert market_call(twin, after.tokens["market_token"])["type"] == "success"


def market_call(twin, token):
    head = {"authorization": token}
    return requests.get(
        f"{twin.url}/apimarketdata/instruments/indexlist?exchangeSegment=1", headers=head, timeout=5
    ).json()


def test_a_check_of_a_doubted_session_renews_what_the_streams_lost(twin, house):
    """What the app does when a feed says that its login was refused."""
    app, _, account_id = house
    session = app.accounts.session(account_id)
    market_login(twin)
    app.brokers.plugin("iifl").auth.check(session)
    renewed = app.accounts.session(account_id)
    assert renewed.tokens["market_token"] != session.tokens["market_token"]
    assert market_call(twin, renewed.tokens["market_token"])["type"] == "success"
    assert app.accounts.state(account_id) == "valid"
