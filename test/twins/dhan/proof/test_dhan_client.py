"""The vendor's own client drives the twin: login, orders, books, money, prices, forever orders and both sockets."""

import asyncio

import pytest
import requests

dhanhq = pytest.importorskip("dhanhq", reason="the dependency group `clients` is not installed")


@pytest.fixture
def client(wire):
    context = dhanhq.DhanContext(wire.client, wire.token)
    context.dhan_http.base_url = f"{wire.twin.url}/v2"
    yield dhanhq.dhanhq(context)
    context.dhan_http.session.close()


def told(answer):
    assert answer["status"] == "success", answer
    return answer["data"]


def test_it_logs_in_by_consent(wire, monkeypatch):
    pages = []
    monkeypatch.setattr(dhanhq.DhanLogin, "AUTH_BASE_URL", wire.twin.url)
    monkeypatch.setattr("dhanhq.auth.webbrowser.open", pages.append)
    login = dhanhq.DhanLogin(wire.client)
    login.generate_login_session(*wire.application.values())
    page = requests.get(pages[0], allow_redirects=False, timeout=5)
    token = page.headers["Location"].partition("tokenId=")[2]
    assert login.consume_token_id(token, *wire.application.values())["dhanClientId"] == wire.client


def test_it_places_changes_finds_and_cancels_an_order(client, share):
    price = told(client.ticker_data({"NSE_EQ": [int(share)]}))["data"]["NSE_EQ"][share]["last_price"]
    low = int(price * 0.95)
    placed = told(client.place_order(share, "NSE_EQ", "BUY", 5, "LIMIT", "INTRADAY", low, tag="OACLIENT1"))
    told(client.modify_order(placed["orderId"], "LIMIT", "ENTRY_LEG", 6, low, 0, 0, "DAY"))
    row = told(client.get_order_by_correlationID("OACLIENT1"))
    assert (row["orderStatus"], row["quantity"], row["price"]) == ("PENDING", 6, low)
    told(client.cancel_order(placed["orderId"]))
    rows = {row["orderId"]: row["orderStatus"] for row in told(client.get_order_list())}
    assert rows[placed["orderId"]] == "CANCELLED"
    refused = client.place_order(share, "NSE_EQ", "BUY", 5, "LIMIT", "INTRADAY", 1)
    assert refused["remarks"]["error_code"] == "DH-906"


def test_it_trades_and_reads_books_and_money(client, share, twin):
    twin.grant("NSE", "INFY", 12, "1400.5")
    done = told(client.place_order(share, "NSE_EQ", "BUY", 2, "MARKET", "INTRADAY", 0))
    (fill,) = told(client.get_trade_book(done["orderId"]))
    assert fill["tradedQuantity"] == 2
    assert share in {row["securityId"] for row in told(client.get_positions())}
    assert 12 in {row["totalQty"] for row in told(client.get_holdings())}
    assert told(client.get_fund_limits())["availabelBalance"] > 0
    leg = {"exchangeSegment": "NSE_EQ", "transactionType": "BUY", "quantity": 2, "productType": "INTRADAY"}
    leg |= {"securityId": share, "price": 700.0, "triggerPrice": 0}
    one = told(client.margin_calculator(share, "NSE_EQ", "BUY", 2, "INTRADAY", 700))
    assert one["totalMargin"] > 0
    assert float(told(client.margin_calculator_multi([leg, leg]))["total_margin"]) >= one["totalMargin"]


def test_it_reads_quotes_and_charts(client, share):
    entry = told(client.quote_data({"NSE_EQ": [int(share)], "IDX_I": [1]}))["data"]["NSE_EQ"][share]
    assert entry["depth"]["buy"][0]["price"] < entry["depth"]["sell"][0]["price"]
    days = told(client.historical_daily_data(share, "NSE_EQ", "EQUITY", "2026-01-01", "2026-11-01"))
    assert len(days["open"]) == len(days["timestamp"]) > 100
    parts = client.intraday_minute_data(share, "NSE_EQ", "EQUITY", "2026-11-02", "2026-11-03", 5, True)
    assert len(told(parts)["open_interest"]) == len(parts["data"]["close"]) > 0


def test_it_keeps_a_forever_order(client, share):
    placed = told(client.place_forever(
        share, "NSE_EQ", "SELL", "CNC", "LIMIT", 3, 690, 700, "OCO", price1=900, trigger_Price1=890, quantity1=3
    ))  # fmt: skip
    told(client.modify_forever(placed["orderId"], "OCO", "LIMIT", "TARGET_LEG", 3, 905, 895, 0, "DAY"))
    legs = [row for row in told(client.get_forever()) if row["orderId"] == placed["orderId"]]
    assert {row["legName"]: row["price"] for row in legs} == {"STOP_LOSS_LEG": 690, "TARGET_LEG": 905}
    told(client.cancel_forever(placed["orderId"]))


def test_its_feed_reads_every_kind_of_packet(client, wire, share, monkeypatch):
    monkeypatch.setattr(dhanhq.MarketFeed, "market_feed_wss", wire.twin.ws_url)
    context = dhanhq.DhanContext(wire.client, wire.token)
    seen = {}
    for code, kind in ((15, "Ticker Data"), (17, "Quote Data"), (21, "Full Data")):
        feed = dhanhq.MarketFeed(context, [(1, share, code)], "v2")
        try:
            feed.run_forever()
            for _ in range(20):
                found = feed.get_data()
                seen[found["type"]] = found
                if found["type"] == kind:
                    break
        finally:
            feed.close_connection()
            feed.loop.close()
    asyncio.set_event_loop(None)
    assert {"Previous Close", "Ticker Data", "Quote Data", "Full Data"} <= seen.keys()
    assert {found["security_id"] for found in seen.values()} == {int(share)}
    assert float(seen["Full Data"]["depth"][0]["bid_price"]) < float(
        seen["Full Data"]["depth"][0]["ask_price"]
    )


def test_its_order_socket_hears_of_an_order(client, wire, share):
    updates = dhanhq.OrderUpdate(dhanhq.DhanContext(wire.client, wire.token))
    updates.order_feed_wss = f"{wire.twin.ws_url}/order-update"
    heard = []
    updates.on_update = heard.append

    async def listen():
        listening = asyncio.create_task(updates.connect_order_update())
        try:
            async with asyncio.timeout(10):
                while not heard:
                    await asyncio.to_thread(
                        client.place_order, share, "NSE_EQ", "BUY", 1, "MARKET", "INTRADAY", 0
                    )
                    await asyncio.sleep(0.05)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    asyncio.run(listen())
    assert {heard[0]["Data"]["SecurityId"], heard[0]["Data"]["TxnType"]} == {share, "B"}
