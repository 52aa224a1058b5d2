"""Books, account, market data, symbols and calendar over the practice exchange."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io

import pytest

from utils.clock import IST

RELIANCE = {"symbol": "RELIANCE", "exchange": "NSE"}
QUOTE = {"open", "high", "low", "ltp", "ask", "bid", "prev_close", "volume", "oi"}


def data(answer):
    assert answer.status_code == 200, answer.data
    body = answer.get_json()
    assert body["status"] == "success"
    return body["data"]


def test_answers_are_compact_json(api) -> None:
    raw = api.post("quotes", RELIANCE).data
    assert b'"status":"success"' in raw and b'"ltp":' in raw
    assert b": " not in raw and b", " not in raw


def test_statistics_of_the_order_book_add_up(api, order) -> None:
    for action in ("BUY", "SELL", "BUY"):
        assert api.post("placeorder", order(action=action)).status_code == 200
    book = data(api.post("orderbook"))
    counts = book["statistics"]
    assert counts["total_buy_orders"] + counts["total_sell_orders"] == len(book["orders"])
    by_status = sum(
        value for name, value in counts.items() if not name.endswith(("buy_orders", "sell_orders"))
    )
    assert by_status == len(book["orders"])


def test_a_fill_shows_in_the_trade_book(api, order) -> None:
    order_id = api.post("placeorder", order(quantity=3)).get_json()["orderid"]
    row = next(item for item in data(api.post("tradebook")) if item["orderid"] == order_id)
    assert (row["quantity"], row["action"], row["strategy"]) == (3, "BUY", "orb-15")
    assert row["trade_value"] == pytest.approx(3 * row["average_price"], abs=0.01)
    dt.datetime.strptime(row["timestamp"], "%Y-%m-%d %H:%M:%S")


def test_a_position_row_has_the_contracts_fields(api, order) -> None:
    api.post("placeorder", order(symbol="SBIN"))
    row = next(item for item in data(api.post("positionbook")) if item["symbol"] == "SBIN")
    assert {"symbol", "exchange", "product", "quantity", "average_price", "ltp", "pnl"} <= set(row)
    assert type(row["quantity"]) is int


def test_no_position_is_quantity_zero(api) -> None:
    asked = {"symbol": "NOSUCH", "exchange": "NSE", "product": "CNC", "strategy": "x"}
    answer = api.post("openposition", asked)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "success", "quantity": 0})


def test_holdings_totals_follow_from_their_rows(api) -> None:
    shown = data(api.post("holdings"))
    assert set(shown) == {"holdings", "statistics"}
    total = sum(row["quantity"] * row["ltp"] for row in shown["holdings"])
    assert shown["statistics"]["totalholdingvalue"] == pytest.approx(total, abs=1)


def test_funds_are_text_with_two_decimals(api) -> None:
    funds = data(api.post("funds"))
    assert set(funds) == {"availablecash", "collateral", "m2mrealized", "m2munrealized", "utiliseddebits"}
    for amount in funds.values():
        assert isinstance(amount, str) and amount[-3] == "."


def test_margin_takes_text_and_numbers(api) -> None:
    leg = {
        **RELIANCE,
        "action": "BUY",
        "quantity": "10",
        "product": "MIS",
        "pricetype": "MARKET",
        "price": "0",
    }
    margin = data(api.post("margin", {"positions": [leg, {**leg, "quantity": 5, "price": 0}]}))
    assert set(margin) == {"total_margin_required", "span_margin", "exposure_margin", "margin_benefit"}
    assert margin["total_margin_required"] > 0


def test_margin_names_the_bad_position(api) -> None:
    leg = {**RELIANCE, "action": "BUY", "quantity": "10", "product": "MIS", "pricetype": "MARKET"}
    answer = api.post("margin", {"positions": [leg, {**leg, "symbol": "NOSUCH"}]})
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith("Position 2: ")
    many = api.post("margin", {"positions": [leg] * 51})
    assert many.status_code == 400


def test_a_quote_has_the_contracts_fields(api) -> None:
    quote = data(api.post("quotes", RELIANCE))
    assert set(quote) >= QUOTE
    assert quote["low"] <= quote["ltp"] <= quote["high"]
    assert type(quote["volume"]) is int


def test_many_quotes_come_in_the_order_asked_with_their_own_errors(api) -> None:
    asked = [{"symbol": "SBIN", "exchange": "NSE"}, {"symbol": "NOSUCH", "exchange": "NSE"}, RELIANCE]
    answer = api.post("multiquotes", {"symbols": asked})
    results = answer.get_json()["results"]
    assert [row["symbol"] for row in results] == ["SBIN", "NOSUCH", "RELIANCE"]
    assert ["error" in row for row in results] == [False, True, False]
    assert set(results[0]["data"]) >= QUOTE


def test_quotes_of_unknown_symbols_only_are_a_400(api) -> None:
    answer = api.post("multiquotes", {"symbols": [{"symbol": "NOSUCH", "exchange": "NSE"}]})
    assert answer.status_code == 400
    assert answer.get_json()["invalid_symbols"] == [{"symbol": "NOSUCH", "exchange": "NSE"}]


def test_a_hundred_quotes_at_once_and_not_more_than_five_hundred(api) -> None:
    rows = data(api.get("instruments", exchange="NSE"))[:100]
    asked = [{"symbol": row["symbol"], "exchange": "NSE"} for row in rows]
    results = api.post("multiquotes", {"symbols": asked}).get_json()["results"]
    assert len(results) == 100 and all("data" in row for row in results)
    assert api.post("multiquotes", {"symbols": asked * 6}).status_code == 400


def test_depth_has_five_levels_a_side_best_first(api) -> None:
    depth = data(api.post("depth", RELIANCE))
    assert len(depth["bids"]) >= 5 and len(depth["asks"]) >= 5
    assert depth["bids"][0]["price"] >= depth["bids"][1]["price"]
    assert depth["asks"][0]["price"] <= depth["asks"][1]["price"]
    assert set(depth) >= {"open", "high", "low", "ltp", "ltq", "prev_close", "volume", "oi"}
    assert set(depth) >= {"totalbuyqty", "totalsellqty"}


def today(api) -> dt.date:
    return api.services.clock.now().astimezone(IST).date()


def test_bars_are_ascending_unique_and_stamped_at_their_start(api) -> None:
    end = today(api)
    asked = {
        **RELIANCE,
        "interval": "5m",
        "start_date": str(end - dt.timedelta(days=5)),
        "end_date": str(end),
    }
    bars = data(api.post("history", asked))
    stamps = [bar["timestamp"] for bar in bars]
    assert stamps and stamps == sorted(set(stamps))
    assert all(stamp % 300 == 0 for stamp in stamps)
    assert set(bars[0]) == {"timestamp", "open", "high", "low", "close", "volume", "oi"}
    assert next(reversed(bars[0])) not in ("open", "high", "low", "close")


def test_daily_bars_are_stamped_at_midnight_utc_of_the_trade_date(api) -> None:
    end = today(api)
    asked = {
        **RELIANCE,
        "interval": "D",
        "start_date": str(end - dt.timedelta(days=20)),
        "end_date": str(end),
    }
    bars = data(api.post("history", asked))
    assert bars and all(bar["timestamp"] % 86400 == 0 for bar in bars)


def test_a_long_range_is_cut_into_the_brokers_spans(api) -> None:
    end = today(api)
    asked = {
        **RELIANCE,
        "interval": "1m",
        "start_date": str(end - dt.timedelta(days=70)),
        "end_date": str(end),
    }
    stamps = [bar["timestamp"] for bar in data(api.post("history", asked))]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] - stamps[0] > 60 * 86400


def test_local_bars_do_not_exist_yet(api) -> None:
    asked = {
        **RELIANCE,
        "interval": "D",
        "start_date": "2026-11-02",
        "end_date": "2026-11-06",
        "source": "db",
    }
    assert api.post("history", asked).status_code == 404


def test_all_six_groups_of_intervals_are_there(api) -> None:
    groups = data(api.post("intervals"))
    assert set(groups) == {"seconds", "minutes", "hours", "days", "weeks", "months"}
    assert "5m" in groups["minutes"] and "D" in groups["days"]


def test_the_ticker_answers_json_and_text(api) -> None:
    end = today(api)
    asked = {"interval": "D", "from": str(end - dt.timedelta(days=10)), "to": str(end)}
    bars = data(api.get("ticker/NSE:RELIANCE", **asked))
    text = api.get("ticker/NSE:RELIANCE", **asked, format="txt")
    lines = text.get_data(as_text=True).splitlines()
    assert text.content_type.startswith("text/plain")
    assert len(lines) == len(bars)
    name, day, *prices, volume = lines[0].split(",")
    assert name == "NSE:RELIANCE" and dt.date.fromisoformat(day)
    assert len(prices) == 4 and volume.isdigit()
    down = data(api.get("ticker/NSE:RELIANCE", **asked, sort="desc"))
    assert [bar["timestamp"] for bar in down] == [bar["timestamp"] for bar in bars][::-1]


@pytest.mark.parametrize("name", ["RELIANCE", "NSE:", ":RELIANCE", "XXX:RELIANCE"])
def test_a_ticker_path_that_names_no_symbol_is_a_400(api, name) -> None:
    answer = api.get(f"ticker/{name}", **{"from": "2026-11-02", "to": "2026-11-06"})
    assert answer.status_code == 400
    text = api.get(f"ticker/{name}", **{"from": "2026-11-02", "to": "2026-11-06", "format": "txt"})
    assert (text.status_code, text.content_type.split(";")[0]) == (400, "text/plain")


def test_epoch_times_select_the_same_bars_as_dates(api) -> None:
    end = today(api)
    start = end - dt.timedelta(days=7)

    def bars(**span) -> tuple[list, list]:
        """All but the bar in progress, and the times of all."""
        found = data(api.get("ticker/NSE:RELIANCE", **span))
        return found[:-1], [bar["timestamp"] for bar in found]

    by_day = bars(**{"from": str(start), "to": str(end)})
    noon = [int(dt.datetime.combine(day, dt.time(12), IST).timestamp()) for day in (start, end)]
    assert bars(**{"from": noon[0], "to": noon[1]}) == by_day
    assert bars(**{"from": noon[0] * 1000, "to": noon[1] * 1000}) == by_day


def test_a_symbol_record_has_every_field(api) -> None:
    record = data(api.post("symbol", RELIANCE))
    assert set(record) == {
        "id", "symbol", "brsymbol", "name", "exchange", "brexchange", "token", "expiry", "strike", "lotsize",
        "instrumenttype", "tick_size", "freeze_qty",
    }  # fmt: skip
    assert (record["lotsize"], record["strike"], record["expiry"]) == (1, 0, "")
    assert isinstance(record["token"], str)


def test_an_unknown_symbol_record_is_a_404(api) -> None:
    answer = api.post("symbol", {"symbol": "NOSUCH", "exchange": "NSE"})
    assert answer.status_code == 404
    assert answer.get_json()["message"] == "Symbol NOSUCH not found in exchange NSE"


def test_every_word_of_a_search_must_match(api) -> None:
    body = api.post("search", {"query": "nifty fut", "exchange": "NFO"}).get_json()
    assert body["message"] == f"Found {len(body['data'])} matching symbols"
    assert body["data"] and all("NIFTY" in row["symbol"] and "FUT" in row["symbol"] for row in body["data"])
    assert "id" not in body["data"][0]
    none = api.post("search", {"query": "zzzz qqqq"})
    assert (none.status_code, none.get_json()["data"]) == (200, [])
    assert api.post("search", {"query": "  "}).status_code == 400


@pytest.mark.parametrize("kind", ["futures", "options"])
def test_expiries_are_ascending_and_upper_case(api, kind) -> None:
    days = data(api.post("expiry", {"symbol": "NIFTY", "exchange": "NFO", "instrumenttype": kind}))
    read = [dt.datetime.strptime(day, "%d-%b-%y").date() for day in days]
    assert days and read == sorted(read) and all(day == day.upper() for day in days)
    assert read[0] >= today(api)


def test_expiries_exist_on_derivative_exchanges_only(api) -> None:
    answer = api.post("expiry", {"symbol": "RELIANCE", "exchange": "NSE", "instrumenttype": "futures"})
    assert answer.status_code == 400


def test_instruments_as_json_csv_and_compressed_agree(api) -> None:
    rows = data(api.get("instruments", exchange="NFO"))
    text = api.get("instruments", exchange="NFO", format="csv")
    assert "attachment" in text.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(text.get_data(as_text=True))))
    assert len(rows) == len(table) > 100
    assert list(table[0]) == [
        "symbol", "brsymbol", "name", "exchange", "brexchange", "token", "expiry", "strike", "lotsize",
        "instrumenttype", "tick_size",
    ]  # fmt: skip
    assert "freeze_qty" not in rows[0]
    packed = api.client.get(
        "/api/v1/instruments", query_string={"apikey": api.key, "exchange": "NFO", "format": "csv"},
        headers={"Accept-Encoding": "gzip"},
    )  # fmt: skip
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == text.data


def test_instruments_without_an_exchange_are_all_of_them(api) -> None:
    rows = data(api.get("instruments"))
    assert len({row["exchange"] for row in rows}) > 5
    assert api.get("instruments", exchange="XXX").status_code == 400


def test_ping_names_the_broker(api) -> None:
    assert data(api.post("ping")) == {"message": "pong", "broker": "simulator"}


def test_holidays_and_timings(api) -> None:
    answer = api.post("market/holidays", {"year": 2026}).get_json()
    assert (answer["year"], answer["timezone"]) == (2026, "Asia/Kolkata")
    assert {"date", "description", "holiday_type", "closed_exchanges", "open_exchanges"} <= set(
        answer["data"][0]
    )
    rows = data(api.post("market/timings", {"date": "2026-03-02"}))
    nse = next(row for row in rows if row["exchange"] == "NSE")
    assert nse["start_time"] == 1772423100000
    assert api.post("market/timings", {"date": "2026-13-02"}).get_json()["errors"] == {
        "date": ["Invalid date format. Use YYYY-MM-DD"]
    }
    assert api.post("market/holidays", {"year": 2019}).status_code == 400


@pytest.mark.parametrize("where", ["body", "header", "query"])
def test_the_key_may_stand_in_body_header_or_query(api, where) -> None:
    options = {
        "body": {"json": {"apikey": api.key}},
        "header": {"json": {}, "headers": {"X-API-KEY": api.key}},
        "query": {"json": {}, "query_string": {"apikey": api.key}},
    }[where]
    assert api.client.post("/api/v1/ping", **options).status_code == 200


def test_an_account_without_a_broker_session_is_told_so(api) -> None:
    user = api.services.users.add("other", "other@example.com", "Api-Test-2!")
    key = api.services.api_keys.rotate(user.id)
    for route in ("ping", "funds", "orderbook"):
        answer = api.client.post(f"/api/v1/{route}", json={"apikey": key})
        assert (answer.status_code, answer.get_json()["code"]) == (403, "NO_BROKER_SESSION")
        assert answer.get_json()["message"] == "Invalid openalgo apikey"


def test_prices_and_bars_say_in_headers_what_a_body_has_no_room_for(api) -> None:
    quote = api.post("quotes", RELIANCE)
    assert int(quote.headers["X-Data-Age-Ms"]) >= 0 and quote.headers["X-Data-Source"] == "broker"
    day = str(today(api))
    bars = api.post("history", {**RELIANCE, "interval": "5m", "start_date": day, "end_date": day})
    assert bars.headers["X-Data-Forming"] == str(data(bars)[-1]["timestamp"])
    described = api.client.get("/api/v1/swagger.json").get_json()["paths"]
    names = {
        name for path, row in described.items() if path.rstrip("/").rsplit("/", 1)[-1] in ("quotes", "history")
        for name in row["post"]["responses"]["200"]["headers"]
    }  # fmt: skip
    assert {"X-Data-Age-Ms", "X-Data-Source", "X-Data-Forming", "X-Data-Gaps"} <= names
