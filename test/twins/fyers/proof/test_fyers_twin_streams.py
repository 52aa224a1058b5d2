import contextlib
import json
import struct

import pytest
import websockets.sync.client as ws
from websockets.exceptions import ConnectionClosed, InvalidStatus

from test.support.waiting import wait_for
from test.twins.fyers import frames
from test.twins.fyers.sessions import claims_of

SHARE, INDEX = "NSE:SBIN-EQ", "NSE:NIFTY50-INDEX"


class Hsm:
    """A plain client of the market socket, written from the vendor's documents."""

    def __init__(self, socket):
        self.socket = socket
        self.names = {}

    def send(self, kind, *fields):
        body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in fields)
        self.socket.send(struct.pack(">HBB", len(body) + 2, kind, len(fields)) + body)

    def log_in(self, key):
        self.send(1, (1, key.encode()), (2, b"P"), (3, b"\1"), (4, b"plain"))
        return self.socket.recv(timeout=5)

    def ask(self, kind, topics, channel=11):
        block = struct.pack(">H", len(topics)) + b"".join(bytes((len(t),)) + t.encode() for t in topics)
        self.send(kind, (1, block), (2, bytes((channel,))))

    def mode(self, letter, channel=11):
        self.send(12, (1, struct.pack(">Q", 1 << channel)), (2, letter))

    def until(self, kind):
        """The next frame of a kind."""
        while True:
            frame = self.socket.recv(timeout=5)
            if frame[2] == kind:
                return frame

    def entries(self):
        """(kind, topic or its id, values) of the next data frame."""
        frame = self.until(6)
        (count,), at = struct.unpack(">H", frame[7:9]), 9
        found = []
        for _ in range(count):
            kind, topic_id, at = chr(frame[at]), frame[at + 1 : at + 3], at + 3
            if kind == "S":
                end = at + 1 + frame[at]
                self.names[topic_id], at = frame[at + 1 : end].decode(), end
            if kind == "L":
                size, values = 4, struct.unpack(">i", frame[at : at + 4])
            else:
                size = 1 + 4 * frame[at]
                values = struct.unpack(f">{frame[at]}i", frame[at + 1 : at + size])
            at += size
            if kind == "S":
                at += 5
                for _ in range(3):
                    at += 1 + frame[at]
            found.append((kind, self.names.get(topic_id), values))
        assert at == len(frame)
        return found


@pytest.fixture
def dial(client):
    with contextlib.ExitStack() as stack:

        def connect(path="/hsm/v1-5/prod", **headers):
            options = {"max_size": 2_000_000, "ping_interval": None, "close_timeout": 0.2}
            url = f"{client.twin.ws_url}{path}"
            return stack.enter_context(ws.connect(url, additional_headers=headers, **options))

        yield connect


@pytest.fixture
def hsm(client, dial):
    found = Hsm(dial())
    assert found.log_in(claims_of(client.token)["hsm_key"]) == frames.answer(1, interval=4)
    return found


def topic(client, kind, ticker=SHARE):
    token = client.ask("POST", "/data/symbol-token", {"symbols": [ticker]})["validSymbol"][ticker]
    return f"{kind}|nse_cm|{token[10:]}"


def test_a_foreign_key_is_refused_and_nothing_is_served(dial):
    found = Hsm(dial())
    assert found.log_in("f" * 32)[7:8] == b"N"
    found.ask(4, ["if|nse_cm|Nifty 50"])
    assert found.socket.recv(timeout=5)[7:8] == b"N"


def test_a_topic_is_told_whole_and_then_by_its_changes(client, hsm):
    name = topic(client, "sf")
    hsm.ask(4, [name])
    assert hsm.until(4)[7:8] == b"K"
    (first,) = hsm.entries()
    assert (first[0], first[1], len(first[2])) == ("S", name, 21)
    later = hsm.entries()
    assert [(kind, told) for kind, told, _ in later] == [("U", name)]
    assert frames.NO_VALUE in later[0][2]


def test_depth_and_index_have_their_own_kinds(client, hsm):
    names = [topic(client, "dp"), "if|nse_cm|Nifty 50"]
    hsm.ask(4, names)
    sizes = {}
    while len(sizes) < 2:
        sizes.update({told: len(values) for kind, told, values in hsm.entries() if kind == "S"})
    assert sizes == dict(zip(names, (30, 6), strict=True))


def test_lite_mode_tells_last_prices_only(client, hsm):
    hsm.mode(b"L")
    assert hsm.until(12)[7:8] == b"K"
    hsm.ask(4, [topic(client, "sf")])
    kinds = [hsm.entries()[0][0] for _ in range(3)]
    assert kinds == ["S", "L", "L"]


def test_a_paused_channel_is_silent_until_it_is_resumed(client, hsm):
    name, index = topic(client, "sf"), "if|nse_cm|Nifty 50"
    hsm.ask(4, [name], channel=11)
    hsm.ask(4, [index], channel=12)
    hsm.send(7, (1, struct.pack(">Q", 1 << 11)))
    hsm.until(7)
    assert {told for _ in range(4) for _, told, _ in hsm.entries()} == {index}
    hsm.send(8, (1, struct.pack(">Q", 1 << 11)))
    wait_for(lambda: name in {told for _, told, _ in hsm.entries()})


def test_unsubscribing_one_kind_leaves_the_other(client, hsm):
    touch, depth = topic(client, "sf"), topic(client, "dp")
    hsm.ask(4, [touch, depth])
    hsm.ask(5, [touch])
    hsm.until(5)
    assert {told for _ in range(4) for _, told, _ in hsm.entries()} == {depth}


def test_too_many_symbols_meet_a_message(client, hsm):
    client.twin.rule(instruments_per_socket=1)
    hsm.ask(4, [topic(client, "sf"), "if|nse_cm|Nifty 50"])
    told = hsm.until(51)
    assert struct.unpack(">i", told[7:11])[0] == 51001


def test_acknowledgements_are_counted(client, hsm):
    hsm.send(3, (1, struct.pack(">I", 77)))
    wait_for(lambda: [77] in client.twin.state()["acknowledged"])


def test_what_is_no_request_meets_a_message(hsm):
    hsm.socket.send(b"\0\5\4\1\1\0\xff")
    assert hsm.until(51)


def test_garbage_of_the_layout_comes_when_it_is_asked_for(client, hsm):
    client.twin.disturb(action="garbage", kind="layout")
    with pytest.raises((struct.error, IndexError, AssertionError)):
        while True:
            hsm.entries()


def test_a_dropped_socket_is_gone(client, hsm):
    client.twin.disturb(action="drop")
    with pytest.raises(ConnectionClosed):
        while True:
            hsm.socket.recv(timeout=5)


def test_the_order_socket_tells_what_was_asked_for(client, dial):
    socket = dial("/trade/v3", authorization=f"{client.key}:{client.token}")
    socket.send("ping")
    assert socket.recv(timeout=5) == "pong"
    socket.send(json.dumps({"T": "SUB_ORD", "SLIST": ["orders"], "SUB_T": 1}))
    assert json.loads(socket.recv(timeout=5))["code"] == 1605
    body = {
        "symbol": SHARE, "qty": 1, "type": 2, "side": 1, "productType": "INTRADAY", "limitPrice": 0, "stopPrice": 0,
        "validity": "DAY", "disclosedQty": 0, "offlineOrder": False, "stopLoss": 0, "takeProfit": 0,
    }  # fmt: skip
    name = client.ask("POST", "/api/v3/orders/sync", body)["id"]
    told = json.loads(socket.recv(timeout=5))["orders"]
    assert (told["id"], told["symbol"], told["tran_side"], told["product_type"]) == (
        name,
        SHARE,
        1,
        "INTRADAY",
    )
    assert "org_ord_status" in told and "status" not in told
    client.ask("POST", "/api/v3/orders/sync", {**body, "side": -1})


def test_a_dead_token_is_refused_at_the_order_sockets_door(client, dial):
    client.twin.kill_tokens()
    with pytest.raises(InvalidStatus) as refusal:
        dial("/trade/v3", authorization=f"{client.key}:{client.token}")
    assert refusal.value.response.status_code == 403
