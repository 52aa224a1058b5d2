import json
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from test.twins.xts.proof.wire import read

SHARE = {"exchangeSegment": 1, "exchangeInstrumentID": 1}
OTHER = {"exchangeSegment": 1, "exchangeInstrumentID": 2}


def events(socket, name, count=1, seconds=5.0):
    """Payloads of the next events of a name."""
    found, deadline = [], time.monotonic() + seconds
    while len(found) < count:
        frame = socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        if isinstance(frame, str) and frame.startswith("42") and json.loads(frame[2:])[0] == name:
            found.append(json.loads(frame[2:])[1])
    return found


def subscribe(client, code, *instruments):
    return client.call(
        "POST", "instruments/subscription", {"instruments": instruments, "xtsMessageCode": code}
    )


def test_a_socket_greets_joins_and_answers_pings(client, dial):
    socket = dial(client.socket())
    hello = socket.recv(timeout=5)
    assert hello[0] == "0" and json.loads(hello[1:])["pingInterval"] == 20_000
    assert socket.recv(timeout=5) == "40"
    assert json.loads(events(socket, "joined")[0])["code"] == "s-socket-0001"
    socket.send("2")
    while socket.recv(timeout=5) != "3":
        pass


def test_a_client_that_does_not_ping_is_cut(client, dial):
    client.twin.rule(ping_seconds=0.1, timeout_seconds=0.2)
    socket = dial(client.socket())
    with pytest.raises(ConnectionClosed):
        events(socket, "nothing")


@pytest.mark.parametrize("changes", [{"token": "dead"}, {"userID": "ZZ9999"}, {"EIO": "4"}])
def test_a_wrong_handshake_is_refused(client, dial, changes):
    with pytest.raises(InvalidStatus) as refusal:
        dial(client.socket(**changes))
    assert refusal.value.response.status_code == 403


def test_subscriptions_over_rest_bring_ticks_and_outlive_the_socket(client, dial):
    first = dial(client.socket(publishFormat="JSON", broadcastMode="Full"))
    answer = subscribe(client, 1502, SHARE).json()
    assert (answer["code"], answer["result"]["Remaining_Subscription_Count"]) == ("s-session-0001", 49)
    assert len(json.loads(answer["result"]["listQuotes"][0])["Bids"]) == 5
    events(first, "1502-json-full")
    first.close()
    second = dial(client.socket(publishFormat="JSON", broadcastMode="Full"))
    assert json.loads(events(second, "1502-json-full")[0])["ExchangeInstrumentID"] == 1
    again = subscribe(client, 1502, SHARE)
    assert (again.status_code, again.json()["code"]) == (400, "e-session-0002")
    body = {"instruments": [SHARE], "xtsMessageCode": 1502}
    assert client.call("PUT", "instruments/subscription", body).json()["type"] == "success"
    with pytest.raises(TimeoutError):
        events(second, "1502-json-full", 3, 0.7)


def test_a_login_has_a_cap(client):
    client.twin.rule(instruments_per_socket=1)
    assert subscribe(client, 1512, SHARE, OTHER).json()["code"] == "e-session-0003"
    assert subscribe(client, 1512, SHARE).json()["result"]["Remaining_Subscription_Count"] == 0


def test_compact_strings_tell_changes_only(client, dial):
    socket = dial(client.socket(publishFormat="JSON", broadcastMode="Partial"))
    subscribe(client, 1502, SHARE)
    whole, change = events(socket, "1502-json-partial", 2)
    names = [each.partition(":")[0] for each in whole.split(",")]
    assert whole.startswith("t:1_1,ltp:") and {"bi", "ai", "o", "h", "l", "c", "v", "ap"} <= set(names)
    assert change.startswith("t:1_1,") and change.count(",") < whole.count(",")


def test_another_login_says_goodbye_to_the_socket_and_leaves_it_silent(client, dial):
    socket = dial(client.socket())
    subscribe(client, 1512, SHARE)
    events(socket, "1512-json-full")
    client.log_in("market")
    events(socket, "logout")
    with pytest.raises(TimeoutError):
        socket.recv(timeout=0.8)


def test_orders_and_fills_reach_the_order_socket(client, dial):
    socket = dial(client.socket("interactive", apiType="INTERACTIVE"))
    body = {
        "exchangeSegment": "NSECM", "exchangeInstrumentID": 1, "productType": "MIS", "orderType": "MARKET",
        "orderSide": "BUY", "timeInForce": "DAY", "disclosedQuantity": 0, "orderQuantity": 5, "limitPrice": 0,
        "stopPrice": 0, "orderUniqueIdentifier": "pushed",
    }  # fmt: skip
    order_id = client.result("POST", "/interactive/orders", body)["AppOrderID"]
    (told,) = events(socket, "trade")
    row = json.loads(told)
    assert (row["AppOrderID"], row["OrderStatus"], row["LastTradedQuantity"]) == (order_id, "Filled", 5)
    client.result("POST", "/interactive/orders", {**body, "orderSide": "SELL"})


def test_an_order_socket_without_its_api_type_is_cut(client, dial):
    client.twin.rule(untyped_seconds=0.1)
    socket = dial(client.socket("interactive"))
    with pytest.raises(ConnectionClosed):
        events(socket, "nothing")


def test_binary_records_are_wide_and_some_are_compressed(binary_client, dial):
    socket = dial(binary_client.socket(publishFormat="Binary", broadcastMode="Full"))
    subscribe(binary_client, 1501, SHARE)
    subscribe(binary_client, 1512, OTHER)
    sizes, packings = set(), set()
    deadline = time.monotonic() + 5
    while sizes != {(1501, 204), (1502, 432)} or packings != {0, 1}:
        frame = socket.recv(timeout=max(0.01, deadline - time.monotonic()))
        if isinstance(frame, bytes):
            assert frame[0] == 4
            for code, body, packing in read(frame[1:]):
                sizes.add((code, len(body)))
                packings.add(packing)


@pytest.mark.parametrize("kind", ["packet", "event", "stranger", "cut", "orphan", "text"])
def test_garbage_reaches_a_client_that_survives_it(client, dial, kind):
    socket = dial(client.socket())
    events(socket, "1105-json-partial")
    client.twin.disturb(action="garbage", kind=kind)
    assert socket.recv(timeout=5) is not None
    socket.send("2")
    while socket.recv(timeout=5) != "3":
        pass
