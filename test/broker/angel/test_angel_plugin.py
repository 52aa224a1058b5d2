"""What Angel One's cases cannot say: a token refreshed in between, a packet with a parse of its own, bad options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broker.core.http import Response
from domain.errors import Refused, Unavailable
from domain.market import Mode
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side


def said(data: Any, code: str = "") -> Response:
    answer = {"status": not code, "message": "Token Expired" if code else "", "errorcode": code, "data": data}
    return Response(200, {}, json.dumps(answer).encode())


DEAD = said(None, "AG8002")
FRESH = said({"jwtToken": "NEWJWT9999", "refreshToken": "NEWREFRESH", "feedToken": "NEWFEED999"})
PROFILE, PLACED = said({"clientcode": "A123456"}), said({"orderid": "7"})


def bench_of(kit: Any, tmp_path: Path, *answers: Response) -> Any:
    return kit.Bench("angel", kit.ScriptedTransport(list(answers)), tmp_path)


def order(bench: Any) -> PlaceOrder:
    terms = OrderTerms(
        symbol="SBIN", exchange=bench.instrument("NSE:SBIN").exchange, side=Side.BUY, quantity=1,
        price_type=PriceType.MARKET, product=Product.MIS,
    )  # fmt: skip
    return PlaceOrder(terms=terms, instrument=bench.instrument("NSE:SBIN"), tag="OATAG1")


def signatures(bench: Any) -> list[str | None]:
    return [request.headers.get("Authorization") for request in bench.transport.requests]


def test_a_token_that_died_early_is_refreshed_without_the_user_and_the_call_sent_once_more(
    kit: Any, tmp_path: Path
) -> None:
    bench = bench_of(kit, tmp_path, DEAD, FRESH, PROFILE)
    bench.plugin.auth.check(bench.session)
    assert signatures(bench) == ["Bearer JWTVALUE99", None, "Bearer NEWJWT9999"]
    assert json.loads(bench.transport.requests[1].body) == {"refreshToken": "REFRESHVAL"}
    assert bench.transport.requests[1].headers["X-PrivateKey"] == "KEYVALUE99"


def test_an_order_that_met_a_dead_token_is_placed_once_under_the_new_one(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path, DEAD, FRESH, PLACED)
    assert bench.plugin.orders.place(bench.session, order(bench)) == "7"
    first, _, second = bench.transport.requests
    assert (first.url, first.body) == (second.url, second.body)


def test_an_order_whose_new_token_is_refused_too_is_refused_and_not_sent_again(
    kit: Any, tmp_path: Path
) -> None:
    bench = bench_of(kit, tmp_path, DEAD, FRESH, DEAD)
    with pytest.raises(Refused, match="used elsewhere"):
        bench.plugin.orders.place(bench.session, order(bench))
    bench = bench_of(kit, tmp_path, DEAD, FRESH, DEAD)
    with pytest.raises(Unavailable, match="used elsewhere"):
        bench.plugin.auth.check(bench.session)


def test_the_constructed_snap_packet_reads_as_constructed(kit: Any, tmp_path: Path) -> None:
    expected = json.loads(kit.sample("angel", "constructed_snap_nse.parsed.json"))
    packet = bytes.fromhex(kit.sample("angel", "constructed_snap_nse.hex").decode())
    (tick,) = bench_of(kit, tmp_path).plugin.stream().decode(packet)
    names = {"ltq": "last_quantity", "exchange_timestamp_ms": "exchange_at_ms"}
    assert (tick.mode, tick.token, tick.broker_exchange) == (
        expected.pop("mode"),
        expected.pop("token"),
        "NSE",
    )
    for name, level in (("bid1", tick.bids[0]), ("ask1", tick.asks[0])):
        assert expected.pop(name) == {
            "price": level.price,
            "quantity": level.quantity,
            "orders": level.orders,
        }
    read = {name: getattr(tick.quote, names.get(name, name), None) for name in expected}
    assert {name for name in read if read[name] != expected[name]} == {
        "exchange_type",
        "wk52_high",
        "wk52_low",
    }


def test_an_instrument_that_changes_its_mode_is_stopped_at_the_old_one_first(
    kit: Any, tmp_path: Path
) -> None:
    bench = bench_of(kit, tmp_path)
    codec = bench.plugin.stream()
    share, other = bench.instrument("NSE:SBIN"), bench.instrument("NSE:RELIANCE")
    codec.subscribe([(share, Mode.QUOTE), (other, Mode.LTP)])
    asked = [json.loads(frame) for frame in codec.subscribe([(share, Mode.DEPTH), (other, Mode.LTP)])]
    told = [(each["action"], each["params"]["mode"], each["params"]["tokenList"]) for each in asked]
    sbin, reliance = ([{"exchangeType": 1, "tokens": [found.token]}] for found in (share, other))
    assert told == [(0, 2, sbin), (1, 1, reliance), (1, 3, sbin)]


@pytest.mark.parametrize("days", ["0", "366", "-1", "1.5", "a year", ""])
def test_a_bad_life_of_rules_makes_the_plugin_broken_not_the_rule_endless(
    kit: Any, tmp_path: Path, days: str
) -> None:
    with pytest.raises(Exception, match="broken"):
        kit.Bench("angel", kit.ScriptedTransport([]), tmp_path, settings={"gtt_days": days})
