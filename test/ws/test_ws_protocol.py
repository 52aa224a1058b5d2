"""The client's side of the wire: names, aliases, answers, errors, limits."""

from __future__ import annotations

import json

import msgspec


def test_authentication_answers_success_with_broker_and_user_without_waiting_for_the_feed(run, world):
    async def scenario():
        async with world() as w:
            w.vendor.answer_login = False
            client = await w.client(login=False)
            answer = await client.login()
            assert answer == {
                "type": "auth", "status": "success", "message": "Authentication successful", "broker": "vendor",
                "user_id": "user1", "supported_features": {"ltp": True, "quote": True, "depth": True},
            }  # fmt: skip
            assert w.vendor.logins == []

    run(scenario)


def test_every_spelling_of_the_authentication_message_is_understood(run, world):
    async def scenario():
        async with world() as w:
            w.house.tickets["once"] = w.house.keys["a" * 64]
            for message in (
                {"type": "auth", "apikey": "a" * 64},
                {"action": "AUTHENTICATE", "api_key": "a" * 64},
                {"action": "authenticate", "ticket": "once"},
            ):
                client = await w.client(login=False)
                assert (await client.ask(message, type="auth"))["status"] == "success"
            late = await w.client(login=False)
            answer = await late.ask({"action": "authenticate", "ticket": "once"}, status="error")
            assert answer == {"status": "error", "code": "AUTHENTICATION_ERROR", "message": "Invalid ticket"}

    run(scenario)


def test_three_failed_authentications_close_the_socket_with_4401(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client(login=False)
            for key, text in (
                ("", "API key is required"),
                ("x", "Invalid API key"),
                ("y", "Invalid API key"),
            ):
                await client.send({"action": "authenticate", "api_key": key})
                answer = await client.expect(status="error")
                assert answer == {"status": "error", "code": "AUTHENTICATION_ERROR", "message": text}
            assert await client.closed() == (4401, "authentication failed")

    run(scenario)


def test_a_socket_that_does_not_authenticate_in_time_is_closed_with_4401(run, world):
    async def scenario():
        async with world(auth_grace=0.05) as w:
            client = await w.client(login=False)
            assert await client.closed() == (4401, "auth timeout")

    run(scenario)


def test_the_same_key_again_is_success_and_another_key_an_error(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            assert (await client.login())["status"] == "success"
            other = await client.ask({"action": "authenticate", "api_key": "b" * 64}, status="error")
            assert other["code"] == "AUTHENTICATION_ERROR"
            await w.upstream("1")
            await w.vendor.tick("1", 101.0)
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 101.0

    run(scenario)


def test_bad_messages_get_an_error_without_type_and_the_socket_stays_open(run, world):
    bad = [
        ("{", "INVALID_JSON"),
        (b"\xff\xfe", "INVALID_JSON"),
        ("[1]", "INVALID_PARAMETERS"),
        ('"text"', "INVALID_PARAMETERS"),
        ("{}", "INVALID_ACTION"),
        ({"action": 5}, "INVALID_ACTION"),
        ({"action": "dance", "request_id": 9}, "INVALID_ACTION"),
        ({"action": "subscribe"}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbols": []}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbols": "ALPHA"}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbols": [5]}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbols": [{"symbol": 5, "exchange": "NSE"}]}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbol": "ALPHA"}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": 4}, "INVALID_MODE"),
        ({"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": True}, "INVALID_MODE"),
        ({"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": [1]}, "INVALID_MODE"),
        ({"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "depth": "x"}, "INVALID_PARAMETERS"),
        ({"action": "subscribe", "symbol": "A", "exchange": "NSE", "request_id": {}}, "INVALID_PARAMETERS"),
        (
            {"action": "subscribe", "symbols": [{"symbol": "A", "exchange": "NSE"}] * 1001},
            "INVALID_PARAMETERS",
        ),
    ]

    async def scenario():
        async with world() as w:
            client = await w.client()
            for message, code in bad:
                answer = await client.ask(message, status="error")
                assert answer["code"] == code, message
                assert "type" not in answer
                if isinstance(message, dict) and isinstance(message.get("request_id"), int):
                    assert answer["request_id"] == message["request_id"]
            assert (await client.ask({"action": "ping"}, type="pong"))["status"] == "success"

    run(scenario)


def test_verbs_before_authentication_are_refused_except_ping_and_supported_brokers(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client(login=False)
            answer = await client.ask({"action": "get_broker_info"}, status="error")
            assert answer == {
                "status": "error", "code": "NOT_AUTHENTICATED", "message": "You must authenticate first",
            }  # fmt: skip
            brokers = await client.ask({"action": "get_supported_brokers"}, type="supported_brokers")
            assert (brokers["brokers"], brokers["count"]) == (["vendor"], 1)
            pong = await client.ask({"action": "ping", "timestamp": 12, "_pingId": "p"}, type="pong")
            assert (pong["client_timestamp"], pong["_pingId"]) == (12, "p")
            assert isinstance(pong["server_timestamp"], int)
            assert (await client.ask("ping", type="pong"))["status"] == "success"

    run(scenario)


def test_subscribe_acknowledges_each_item_with_label_code_and_actual_depth(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            message = {
                "action": "subscribe", "mode": "depth", "depth_level": 20, "request_id": "r1",
                "instruments": [{"symbol": "ALPHA", "exchange": "nse"}, {"symbol": "NOPE", "exchange": "NSE"},
                                {"symbol": "M&M", "exchange": "MOON"}, {"symbol": "", "exchange": "NSE"}],
            }  # fmt: skip
            ack = await client.ask(message, type="subscribe")
            assert ack["status"] == "partial"
            assert ack["message"] == "Subscription processing complete"
            assert (ack["broker"], ack["request_id"]) == ("vendor", "r1")
            good, unknown, nowhere, blank = ack["subscriptions"]
            assert good == {
                "symbol": "ALPHA", "exchange": "NSE", "status": "success", "mode": "Depth", "mode_code": 3,
                "broker": "vendor", "depth": 5,
            }  # fmt: skip
            assert unknown["message"].startswith("SYMBOL_NOT_FOUND")
            assert nowhere["message"].startswith("SYMBOL_NOT_FOUND")
            assert blank["message"].startswith("SUBSCRIPTION_ERROR")

    run(scenario)


def test_mode_words_digits_and_the_default_are_understood(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            for mode, label in (
                (1, "LTP"),
                ("2", "Quote"),
                ("ltp", "LTP"),
                ("Depth", "Depth"),
                (3.0, "Depth"),
                (None, "Quote"),
            ):
                ack = await client.subscribe("ALPHA", mode=mode)
                assert ack["subscriptions"][0]["mode"] == label

    run(scenario)


def test_unsubscribe_reports_successful_and_failed_items(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", mode=1)
            await client.subscribe("ALPHA", mode=2)
            message = {
                "action": "unsubscribe", "request_id": 7,
                "symbols": [{"symbol": "ALPHA", "exchange": "NSE", "mode": 1},
                            {"symbol": "GAMMA", "exchange": "NSE", "mode": 1}],
            }  # fmt: skip
            ack = await client.ask(message, type="unsubscribe")
            assert (ack["status"], ack["request_id"]) == ("partial", 7)
            assert ack["message"] == "Unsubscription processing complete"
            assert [(item["symbol"], item["mode_code"]) for item in ack["successful"]] == [("ALPHA", 1)]
            assert ack["failed"][0]["message"].startswith("UNSUBSCRIPTION_ERROR")
            rest = await client.ask({"action": "unsubscribe_all"}, type="unsubscribe")
            assert {(item["symbol"], item["mode_code"]) for item in rest["successful"]} == {
                ("ALPHA", 2),
                ("BETA", 1),
            }
            nothing = await client.ask(
                {"action": "unsubscribe", "symbol": "ALPHA", "exchange": "NSE"}, type="unsubscribe"
            )
            assert nothing["status"] == "error"

    run(scenario)


def test_long_acknowledgements_come_in_numbered_parts_below_sixteen_thousand_bytes(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            items = [{"symbol": f"UNKNOWN{number:04d}", "exchange": "NSE"} for number in range(400)]
            await client.send({"action": "subscribe", "symbols": items, "request_id": "big"})
            parts = []
            while not parts or len(parts) < parts[0]["parts"]:
                frame = await client.connection.recv()
                assert len(frame.encode()) < 16_000
                parts.append(json.loads(frame))
            assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
            assert sum(len(part["subscriptions"]) for part in parts) == 400
            assert max(len(part["subscriptions"]) for part in parts) <= 150
            assert {(part["request_id"], part["status"]) for part in parts} == {("big", "partial")}

    run(scenario)


def test_connections_and_subscriptions_per_key_are_limited(run, world):
    async def scenario():
        async with world(clients_per_key=1, subscriptions_per_key=2) as w:
            first = await w.client()
            ack = await first.subscribe("ALPHA", "BETA", "GAMMA")
            assert [item["status"] for item in ack["subscriptions"]] == ["success", "success", "error"]
            again = await first.subscribe("ALPHA", "BETA")
            assert again["status"] == "success"
            second = await w.client(login=False)
            answer = await second.ask({"action": "authenticate", "api_key": "a" * 64}, status="error")
            assert answer["code"] == "CONNECTION_LIMIT"
            assert (await second.closed())[0] == 1008
            other = await w.client(key="b" * 64)
            assert (await other.subscribe("ALPHA"))["status"] == "success"

    run(scenario)


def test_a_user_without_broker_account_is_told_so_on_subscribe(run, world):
    async def scenario():
        async with world() as w:
            w.house.keys["c" * 64] = msgspec.structs.replace(
                w.house.keys["a" * 64], user_id=9, key_id=9, account_id=None, broker=None
            )
            client = await w.client(key="c" * 64)
            answer = await client.ask(
                {"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE"}, status="error"
            )
            assert answer["code"] == "BROKER_ERROR"

    run(scenario)
