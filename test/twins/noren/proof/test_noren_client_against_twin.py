"""The vendor's own client (NorenRestApiOAuth) drives the twin: its login, its calls, its socket."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from test.twins.kit.process import TwinProcess
from test.twins.noren.day import hosts

vendor = pytest.importorskip("NorenRestApiPy.NorenApi", reason="the vendor's client is not installed")
DAY = 86_400


def until(condition, seconds=10.0):
    """The first true answer of `condition`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    running = TwinProcess("noren", tmp_path_factory.mktemp("noren"), "--set", "member=zebu")
    running.rule(pace=[0.02, 0.05])
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(twin):
    """The vendor's client after a login through the page."""
    where = hosts("zebu", twin)
    found = vendor.NorenApi(where["rest"], where["ws"] + "/")
    user, key = twin.credentials["api_key"].split(":::")
    page = requests.get(found.getOAuthURL(where["login"], key), allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
    token, told, _, account = found.getAccessToken(code, twin.credentials["api_secret"], key, user)
    assert (told, account) == (user, user) and token
    return found


def test_an_order_lives_through_the_vendors_client(client):
    quote = client.get_quotes("NSE", client.searchscrip("NSE", "State Bank")["values"][0]["token"])
    assert quote["tsym"] == "SBIN-EQ" and float(quote["bp1"]) < float(quote["sp1"])
    price = int(float(quote["lp"]) * 0.95)
    placed = client.place_order("B", "I", "NSE", "SBIN-EQ", 5, 0, "LMT", price, remarks="WATCH1")
    number = placed["norenordno"]
    row = next(row for row in client.get_order_book() if row["norenordno"] == number)
    assert (row["status"], row["qty"], row["remarks"]) == ("OPEN", "5", "WATCH1")
    assert client.modify_order(number, "NSE", "SBIN-EQ", 7, "LMT", price)["result"] == number
    assert client.cancel_order(number)["result"] == number
    assert client.single_order_history(number)[0]["status"] == "CANCELED"
    assert client.cancel_order("1") is None


def test_the_books_fill_through_the_vendors_client(client):
    client.place_order("B", "I", "NSE", "M&M-EQ", 3, 0, "MKT")
    trades = client.get_trade_book()  # as many as there are levels of the book that it took
    assert {row["tsym"] for row in trades} == {"M&M-EQ"}
    assert sum(int(row["flqty"]) for row in trades) == 3
    assert [(row["tsym"], row["netqty"]) for row in client.get_positions()] == [("M&M-EQ", "3")]
    assert client.get_holdings() is None
    limits = client.get_limits()
    assert float(limits["cash"]) > float(limits["marginused"]) > 0


def test_charts_come_through_the_vendors_client(client):
    now = time.time()
    token = client.searchscrip("NSE", "Infosys")["values"][0]["token"]
    bars = client.get_time_price_series("NSE", token, now - 2 * DAY, now, 5)
    assert int(bars[0]["ssboe"]) > int(bars[-1]["ssboe"])
    assert len(client.get_daily_price_series("NSE", "INFY-EQ", now - 30 * DAY, now)) > 15


def test_prices_and_orders_are_pushed_to_the_vendors_client(client):
    ticks, orders, opened = [], [], []
    client.start_websocket(ticks.append, orders.append, lambda: opened.append(1))
    try:
        until(lambda: opened)
        client.subscribe_orders()
        token = client.searchscrip("NSE", "Reliance")["values"][0]["token"]
        client.subscribe([f"NSE|{token}"])
        client.subscribe(f"NSE|{token}", vendor.FeedType.SNAPQUOTE)
        until(lambda: {"tk", "tf", "dk", "df"} <= {tick["t"] for tick in ticks})
        number = client.place_order("B", "I", "NSE", "RELIANCE-EQ", 1, 0, "MKT")["norenordno"]
        until(lambda: any((row["norenordno"], row["status"]) == (number, "COMPLETE") for row in orders))
    finally:
        client.close_websocket()


def test_the_vendors_client_is_told_of_a_dead_token(client, twin):
    twin.kill_tokens()
    assert client.get_order_book() is None
    assert client.get_limits()["emsg"].startswith("Session Expired")
