"""What the sockets of XTS ask for beside themselves, where they dial, and what a dealer's calls carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker.core.http import Response
from broker.core.roles import SideCall
from domain.errors import Refused, SessionDead
from domain.market import Mode, Tick

SUBSCRIPTION = "https://ttblaze.iifl.com/apimarketdata/instruments/subscription"


def answer(result: Any = None, **envelope: Any) -> Response:
    whole = {
        "type": "success",
        "code": "s-session-0001",
        "description": "ok",
        "result": {} if result is None else result,
        **envelope,
    }
    return Response(envelope.pop("status", 200), {}, json.dumps(whole).encode())


DEAD = answer(type="error", code="", description="Invalid Token")
ALREADY = answer(type="error", code="e-session-0002", description="Instrument Already Subscribed !")


def bench_of(kit: Any, tmp_path: Path, *answers: Response, member: str = "iifl", **settings: str) -> Any:
    return kit.Bench(member, kit.ScriptedTransport(list(answers)), tmp_path, settings=settings)


def asked(bench: Any) -> list[tuple[str, str, Any]]:
    return [
        (request.method, request.url.rpartition("/")[2], json.loads(request.body) if request.body else None)
        for request in bench.transport.requests
    ]


def calls(codec: Any, bench: Any, *keys: tuple[str, Mode]) -> list[SideCall]:
    found: list[SideCall] = codec.subscribe([(bench.instrument(key), mode) for key, mode in keys])
    return found


def test_a_subscription_is_a_call_whose_snapshot_is_ticks(kit: Any, tmp_path: Path) -> None:
    captured = Response(200, {}, kit.sample("iifl", "subscribe_1501_response.json"))
    bench = bench_of(kit, tmp_path, captured)
    (call,) = calls(
        bench.plugin.stream(), bench, ("NSE:RELIANCE", Mode.QUOTE), ("NSE_INDEX:NIFTY", Mode.DEPTH)
    )
    ticks = [event for event in call.run(bench.session) if isinstance(event, Tick)]
    assert [(tick.token, tick.quote.ltp, tick.mode) for tick in ticks] == [
        ("2885", 1234.5, Mode.QUOTE),
        ("26000", 23737.3, Mode.QUOTE),
    ]
    body = {
        "instruments": [
            {"exchangeSegment": 1, "exchangeInstrumentID": 2885},
            {"exchangeSegment": 1, "exchangeInstrumentID": 26000},
        ],
        "xtsMessageCode": 1501,
    }
    assert asked(bench) == [("POST", "subscription", body)]
    assert bench.transport.requests[0].headers["authorization"] == "MTOKENVALUE"


def test_a_batch_of_which_some_is_subscribed_already_is_taken_back_and_asked_for_again(
    kit: Any, tmp_path: Path
) -> None:
    """Whether the rest of a refused batch is subscribed, the vendor does not say; asked again, all of it is."""
    bench = bench_of(kit, tmp_path, ALREADY, answer(), answer({"listQuotes": []}), answer())
    codec = bench.plugin.stream()
    (call,) = calls(codec, bench, ("NSE:ACC", Mode.DEPTH), ("NSE:RELIANCE", Mode.DEPTH))
    assert call.run(bench.session) == []
    (leave,) = codec.unsubscribe([bench.instrument("NSE:ACC")])
    assert leave.run(bench.session) == []
    sent = [(method, body["xtsMessageCode"], len(body["instruments"])) for method, _, body in asked(bench)]
    assert sent == [("POST", 1502, 2), ("PUT", 1502, 2), ("POST", 1502, 2), ("PUT", 1502, 1)]
    assert codec.unsubscribe([bench.instrument("NSE:ACC")]) == []


FULL = answer(type="error", code="e-session-0003", description="Subscription limit reached")


def test_a_full_subscription_list_is_no_dead_token_and_prices_go_before_open_interest(
    kit: Any, tmp_path: Path
) -> None:
    bench = bench_of(kit, tmp_path, answer(), answer(), FULL, answer(), answer(), FULL, FULL)
    codec = bench.plugin.stream()
    for call in calls(codec, bench, ("NFO:NIFTY30MAR26FUT", Mode.QUOTE)):
        call.run(bench.session)
    (call,) = calls(codec, bench, ("NSE:ACC", Mode.QUOTE))
    assert call.run(bench.session) == []
    sent = [(method, body["xtsMessageCode"]) for method, _, body in asked(bench)]
    assert sent == [("POST", 1501), ("POST", 1510), ("POST", 1501), ("PUT", 1510), ("POST", 1501)]
    touch, interest = calls(codec, bench, ("NFO:RELIANCE30MAR26FUT", Mode.QUOTE))
    with pytest.raises(Refused, match="limit"):
        touch.run(bench.session)
    assert interest.run(bench.session) == []


def test_a_subscription_renews_a_dead_market_token(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path, DEAD, answer({"token": "NEW", "userID": "MUSER1"}), answer())
    (call,) = calls(bench.plugin.stream(), bench, ("NSE:ACC", Mode.LTP))
    assert call.run(bench.session) == []
    assert [where for _, where, _ in asked(bench)] == ["subscription", "login", "subscription"]
    assert bench.transport.requests[2].headers["authorization"] == "NEW"


def test_the_host_decides_who_renews(kit: Any, tmp_path: Path) -> None:
    """The stored session's token is used, and nobody logs in a second time."""
    bench = bench_of(kit, tmp_path, DEAD, answer({"listQuotes": []}))
    stored = msgspec.structs.replace(bench.session, tokens={**bench.session.tokens, "market_token": "STORED"})
    market = bench.plugin.market
    market._rest._renew = lambda _session, _login: stored
    assert market.quotes(bench.session, [bench.instrument("NSE:ACC")]) == {}
    assert [request.headers["authorization"] for request in bench.transport.requests] == [
        "MTOKENVALUE",
        "STORED",
    ]


def test_a_dealers_calls_name_the_client_and_market_data_does_not(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path, answer([]), answer({"positionList": []}), answer({"listQuotes": []}))
    dealer = msgspec.structs.replace(bench.session, tokens={**bench.session.tokens, "client": "C7"})
    bench.plugin.orders.order_book(dealer)
    bench.plugin.portfolio.positions(dealer)
    bench.plugin.market.quotes(dealer, [bench.instrument("NSE:ACC")])
    book, positions, quotes = bench.transport.requests
    assert book.params == (("clientID", "C7"),)
    assert ("clientID", "C7") in positions.params
    assert b"C7" not in quotes.body


def test_a_dealers_session_is_checked_by_his_orders_because_balances_are_for_investors(
    kit: Any, tmp_path: Path
) -> None:
    bench = bench_of(kit, tmp_path, answer([]), answer({"indexList": []}))
    bench.plugin.auth.check(
        msgspec.structs.replace(bench.session, tokens={**bench.session.tokens, "client": "C7"})
    )
    assert [where for _, where, _ in asked(bench)] == ["orders", "indexlist"]


def test_a_dealer_may_name_one_of_his_clients(kit: Any, tmp_path: Path) -> None:
    told = {"token": "T", "userID": "D", "isInvestorClient": False, "clientCodes": ["C1", "C2"]}
    bench = bench_of(kit, tmp_path, answer(told), answer({"token": "M", "userID": "MU"}))
    session = bench.plugin.auth.complete(1, {**bench.known["credentials"], "client_id": "C2"}, {})
    assert session.tokens["client"] == "C2"


def test_order_updates_come_over_a_socket_where_an_option_says_so(kit: Any, tmp_path: Path) -> None:
    assert bench_of(kit, tmp_path).plugin.order_codec is None
    bench = bench_of(kit, tmp_path, order_updates="own_socket", instruments_per_socket="400")
    assert bench.plugin.order_codec is not None
    assert bench.plugin.manifest.stream.order_updates == "own_socket"
    assert bench.plugin.manifest.stream.instruments_per_socket == 400


def test_two_addresses_are_tried_in_turn_until_one_lets_us_in(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path, member="ibulls")

    def dialled(joins: bool) -> str:
        codec = bench.plugin.stream()
        url = codec.dial(bench.session).url
        if joins:
            codec.decode('42["joined",""]')
        return str(url).split("/")[3]

    assert [dialled(joins) for joins in (False, False, False, True, True)] == [
        "apibinarymarketdata", "apimarketdata", "apibinarymarketdata", "apimarketdata", "apimarketdata",
    ]  # fmt: skip


def test_a_dead_orders_token_ends_the_session_and_is_not_renewed(kit: Any, tmp_path: Path) -> None:
    bench = bench_of(kit, tmp_path, DEAD)
    with pytest.raises(SessionDead):
        bench.plugin.orders.order_book(bench.session)
    assert [request.headers["authorization"] for request in bench.transport.requests] == ["ITOKENVALUE"]
