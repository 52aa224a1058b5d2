"""The vendor's published client against the twin: what Upstox's own code takes for Upstox."""

import datetime as dt
import json
import threading

import pytest

from test.support.waiting import wait_for
from test.twins.upstox.proof.conftest import CALLBACK, code_of

upstox = pytest.importorskip("upstox_client", reason="the vendor's client (group `clients`) is not installed")


@pytest.fixture
def keys(listed):
    """Instrument keys by trading symbol."""
    return {row["trading_symbol"]: row["instrument_key"] for row in listed}


@pytest.fixture
def client(twin):
    """A logged-in client, its two hosts at the twin."""
    settings = upstox.Configuration()
    settings.host = settings.order_host = twin.url
    found = upstox.ApiClient(settings)
    told = upstox.LoginApi(found).token(
        "2.0", code=code_of(twin)["code"], client_id=twin.credentials["api_key"], redirect_uri=CALLBACK,
        client_secret=twin.credentials["api_secret"], grant_type="authorization_code",
    )  # fmt: skip
    assert told.user_id == twin.user
    settings.access_token = told.access_token
    yield found
    found.pool.close()


@pytest.fixture
def at_twin(twin, monkeypatch):
    """The client's sockets have their addresses in its code; they are led to the twin."""
    from upstox_client.feeder import market_data_feeder_v3, portfolio_data_feeder
    from websocket import WebSocketApp

    def led(url, **options):
        return WebSocketApp(url.replace("wss://api.upstox.com", twin.ws_url), **options)

    for module in (market_data_feeder_v3, portfolio_data_feeder):
        monkeypatch.setattr(module.websocket, "WebSocketApp", led)


def order_of(key, **changes):
    values = {
        "quantity": 3, "product": "D", "validity": "DAY", "price": 10.0, "tag": "OAVENDOR", "instrument_token": key,
        "order_type": "MARKET", "transaction_type": "BUY", "disclosed_quantity": 0, "trigger_price": 0.0,
        "is_amo": False, "slice": False, "market_protection": -1, **changes,
    }  # fmt: skip
    return upstox.PlaceOrderV3Request(**values)


def test_orders_and_books(twin, client, keys):
    key = keys["SBIN"]
    orders, books, portfolio = upstox.OrderApiV3(client), upstox.OrderApi(client), upstox.PortfolioApi(client)
    last = next(iter(upstox.MarketQuoteV3Api(client).get_ltp(instrument_key=key).data.values())).last_price
    (placed,) = orders.place_order(
        order_of(key, order_type="LIMIT", price=float(int(last * 0.95)))
    ).data.order_ids
    change = upstox.ModifyOrderRequest(
        quantity=4, validity="DAY", price=float(int(last * 0.95)), order_id=placed, order_type="LIMIT",
        disclosed_quantity=0, trigger_price=0.0,
    )  # fmt: skip
    assert orders.modify_order(change).data.order_id == placed
    (row,) = [row for row in books.get_order_book("2.0").data if row.order_id == placed]
    assert (row.status, row.quantity, row.tag, row.product) == ("open", 4, "OAVENDOR", "D")
    assert orders.cancel_order(placed).data.order_id == placed
    (bought,) = orders.place_order(order_of(key, product="I", price=0.0)).data.order_ids
    (trade,) = [
        trade for trade in books.get_trades_by_order(bought, "2.0").data if trade.instrument_token == key
    ]
    assert trade.quantity == 3
    (position,) = [row for row in portfolio.get_positions("2.0").data if row.instrument_token == key]
    assert (position.quantity, position.average_price, position.product) == (3, None, "I")
    twin.grant("NSE", "INFY", 12, "1400.5")
    assert [row.quantity for row in portfolio.get_holdings("2.0").data if row.trading_symbol == "INFY"] == [
        12
    ]
    funds = upstox.UserApi(client).get_user_fund_margin_v3().data.available_to_trade
    assert funds.cash_available_to_trade.margin_used.total > 0


def test_a_refusal_is_in_the_vendors_words(client):
    from upstox_client.rest import ApiException

    with pytest.raises(ApiException) as refused:
        upstox.OrderApiV3(client).place_order(order_of("NSE_EQ|INE000000000"))
    (error,) = json.loads(refused.value.body)["errors"]
    assert (refused.value.status, error["errorCode"]) == (400, "UDAPI100011")
    client.configuration.access_token = "another"
    with pytest.raises(ApiException) as dead:
        upstox.OrderApi(client).get_order_book("2.0")
    assert dead.value.status == 401


def test_market_data_margin_and_gtts(client, keys):
    key = keys["RELIANCE"]
    (quote,) = upstox.MarketQuoteV3Api(client).get_full_market_quote_v3(instrument_key=key).data.values()
    assert quote.depth.buy[0].price < quote.depth.sell[0].price
    assert quote.prev_close_price > 0
    today = dt.date.today().isoformat()  # noqa: DTZ011 - the vendor's client is asked as a user would
    since = (dt.date.fromisoformat(today) - dt.timedelta(days=20)).isoformat()
    history = upstox.HistoryV3Api(client)
    days = history.get_historical_candle_data1(key, "days", "1", today, since).data.candles
    assert len(days) > 5 and days[0][0] > days[-1][0], "the newest comes first"
    leg = upstox.Instrument(instrument_key=key, quantity=1, product="D", transaction_type="BUY")
    margin = upstox.ChargeApi(client).post_margin(upstox.MarginRequest(instruments=[leg])).data
    assert margin.final_margin > 0
    orders = upstox.OrderApiV3(client)
    rule = upstox.GttRule(strategy="ENTRY", trigger_type="ABOVE", trigger_price=9000.0)
    body = upstox.GttPlaceOrderRequest(
        type="SINGLE", quantity=1, product="D", rules=[rule], instrument_token=key, transaction_type="BUY"
    )
    (name,) = orders.place_gtt_order(body).data.gtt_order_ids
    (shown,) = orders.get_gtt_order_details(gtt_order_id=name).data
    assert (shown.rules[0].status, shown.rules[0].trigger_price) == ("SCHEDULED", 9000.0)
    orders.cancel_gtt_order(upstox.GttCancelOrderRequest(gtt_order_id=name))


def test_the_feed_is_read_by_the_vendors_own_protobuf(client, at_twin, keys):
    wanted = [keys["RELIANCE"], "NSE_INDEX|Nifty 50"]
    streamer, seen, opened = upstox.MarketDataStreamerV3(client, wanted, "full"), [], threading.Event()
    streamer.auto_reconnect(False)
    streamer.on("message", seen.append)
    streamer.on("open", opened.set)
    streamer.connect()
    assert opened.wait(10)
    try:
        feeds = lambda: {key: feed for message in seen for key, feed in message.get("feeds", {}).items()}  # noqa: E731
        wait_for(lambda: feeds().keys() >= set(wanted))
        assert seen[0]["type"] == "market_info"
        assert set(seen[0]["marketInfo"]["segmentStatus"].values()) == {"NORMAL_OPEN"}
        assert (
            next(message for message in seen if "feeds" in message).get("type", "initial_feed")
            == "initial_feed"
        )
        first = next(message["feeds"][wanted[0]] for message in seen if wanted[0] in message.get("feeds", {}))
        share = first["fullFeed"]["marketFF"]
        assert len(share["marketLevel"]["bidAskQuote"]) == 5
        assert share["ltpc"]["ltp"] > 0 and int(share["vtt"]) > 0
        index = feeds()[wanted[1]]["fullFeed"]["indexFF"]
        assert {bar["interval"] for bar in index["marketOHLC"]["ohlc"]} == {"1d", "I1"}
        streamer.change_mode(wanted[:1], "ltpc")
        wait_for(lambda: "ltpc" in seen[-1].get("feeds", {}).get(wanted[0], {}))
    finally:
        streamer.disconnect()


def test_the_order_socket_tells_what_the_book_tells(client, at_twin, keys):
    key = keys["SBIN"]
    streamer, seen, opened = upstox.PortfolioDataStreamer(client, order_update=True), [], threading.Event()
    streamer.auto_reconnect(False)
    streamer.on("message", lambda message: seen.append(json.loads(message)))
    streamer.on("open", opened.set)
    streamer.connect()
    assert opened.wait(10)
    try:
        (placed,) = upstox.OrderApiV3(client).place_order(order_of(key, price=0.0)).data.order_ids
        row = wait_for(
            lambda: next(
                (row for row in seen if (row["order_id"], row["status"]) == (placed, "complete")), None
            )
        )
        assert (row["update_type"], row["instrument_token"], row["filled_quantity"]) == ("order", key, 3)
    finally:
        streamer.disconnect()
