"""The Noren twin refuses what Noren servers refuse, as each of its brokers."""

import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from test.twins.kit.http_server import Request
from test.twins.noren.serve import NorenTwin

APPS = {"twinkey": ("twinsecret", "AB1234"), "idlekey": ("idlesecret", "CD5678")}
LIMIT = {
    "exch": "NSE", "tsym": "SBIN-EQ", "qty": "5", "prc": "10", "prd": "I", "trantype": "B", "prctyp": "LMT",
    "ret": "DAY",
}  # fmt: skip


class Client:
    """A plain client of a twin in this process, signed as `member` wants it."""

    def __init__(self, member, folder):
        self.twin = NorenTwin(folder, APPS, "http://127.0.0.1/callback", settings={"member": member})
        self.prefix = self.twin.member.prefix
        self.log_in("twinkey")

    def log_in(self, key):
        """Go on as the user of this application."""
        self.token, self.user = self.twin.sessions.open(key), APPS[key][1]

    def send(self, method, path, body=b"", headers=None):
        url = urlsplit(path)
        request = Request(method, url.path, parse_qs(url.query), headers or {}, body)
        return self.twin.rest.answer(request)

    def call(self, name, data, place=None, raw=None):
        """The answer of a call whose token stands in `place`, where the member wants it when not said."""
        place = place or self.twin.member.signed
        text = raw if raw is not None else json.dumps({"uid": self.user, "actid": self.user, **data})
        body = f"jData={text}" + (f"&jKey={self.token}" if place == "body" else "")
        headers = {"authorization": f"Bearer {self.token}"} if place == "header" else {}
        answer = self.send("POST", f"{self.prefix}/{name}", body.encode(), headers)
        assert answer.status == 200
        return json.loads(answer.body)


@pytest.fixture(scope="module", params=["shoonya", "flattrade", "zebu"])
def _running(request, tmp_path_factory):
    found = Client(request.param, tmp_path_factory.mktemp("noren"))
    yield found
    found.twin.market.exchange.close()


@pytest.fixture
def client(_running):
    _running.log_in("twinkey")
    return _running


def emsg(answer):
    assert answer["stat"] == "Not_Ok"
    return answer["emsg"]


def test_the_token_stands_where_the_broker_wants_it(client):
    wrong = "body" if client.twin.member.signed == "header" else "header"
    assert emsg(client.call("Limits", {}, wrong)) == "Session Expired : Invalid Session Key"
    assert client.call("Limits", {})["stat"] == "Ok"
    client.twin.sessions.kill_all()
    assert emsg(client.call("Limits", {})) == "Session Expired : Invalid Session Key"


def test_charts_are_signed_in_their_own_place(client):
    day = {"sym": "NSE:SBIN-EQ", "from": "0", "to": "1"}
    expired = {
        place: "Session" in str(client.call("EODChartData", day, place)) for place in ("header", "body")
    }
    wanted = {"header": {"body": True}, "body": {"header": True}, "either": {}}[client.twin.member.charts]
    assert expired == {"header": False, "body": False, **wanted}


def test_a_call_for_another_user_is_refused(client):
    assert emsg(client.call("OrderBook", {"uid": "XX9999"})) == "Invalid Input : Invalid uid"


def test_an_empty_book_is_a_failure_of_its_own_text(client):
    client.log_in("idlekey")
    for name in ("OrderBook", "TradeBook", "PositionBook"):
        assert emsg(client.call(name, {})) == 'Error Occurred : 5 "no data"'


def test_the_body_is_cut_at_an_ampersand_and_decoded_by_the_order_system_alone(client):
    order = {**LIMIT, "uid": "AB1234", "actid": "AB1234", "tsym": "M&M-EQ", "prc": "1500"}
    assert "not valid json" in emsg(client.call("PlaceOrder", {}, raw=json.dumps(order)))
    quoted = json.dumps({**order, "tsym": "M%26M-EQ", "prc": "1"})
    assert "Trading Symbol" not in emsg(client.call("PlaceOrder", {}, raw=quoted))
    escaped = json.dumps({"uid": "AB1234", "sym": "NSE:M%26M-EQ", "from": "0", "to": "9999999999"})
    assert emsg(client.call("EODChartData", {}, raw=escaped)) == 'Error Occurred : 5 "no data"'
    days = client.call("EODChartData", {}, raw=escaped.replace("%26", "\\u0026"))
    assert len(days) > 10 and json.loads(days[0])["intc"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"qty": 5}, "invalid input"),
        ({"qty": "half"}, "Invalid qty"),
        ({"prctyp": "LIMIT"}, "Invalid prctyp"),
        ({"prd": "X"}, "Invalid prd"),
        ({"trantype": "BUY"}, "Invalid trantype"),
        ({"ret": "GTC"}, "Invalid ret"),
        ({"tsym": "SBIN"}, "Invalid Trading Symbol"),
        ({"prctyp": "SL-LMT"}, "Invalid trgprc"),
    ],
)
def test_an_order_with_a_mistake_is_refused(client, change, complaint):
    before = client.twin.market.exchange.orders("AB1234")
    assert complaint in emsg(client.call("PlaceOrder", {**LIMIT, **change}))
    assert client.twin.market.exchange.orders("AB1234") == before


def test_a_trigger_of_nought_does_not_belong_to_a_limit_order(client):
    price = str(
        int(client.twin.market.quote(client.twin.market.listing.by_name("NSE", "SBIN-EQ")).ltp * 0.95)
    )
    placed = client.call("PlaceOrder", {**LIMIT, "prc": price})
    change = {**LIMIT, "norenordno": placed["norenordno"], "prc": price, "qty": "7"}
    assert "Trigger price invalid" in emsg(client.call("ModifyOrder", {**change, "trgprc": "0"}))
    assert client.call("ModifyOrder", change)["result"] == placed["norenordno"]
    assert client.call("OrderBook", {})[0]["qty"] == "7"


def test_orders_without_a_limit_are_barred_by_a_rule(client):
    client.twin.rule(bars_market=True)
    order = {**LIMIT, "prctyp": "MKT", "prc": "0"}
    assert "MKT orders are not allowed" in emsg(client.call("PlaceOrder", order))
    client.twin.unruled()
    assert client.call("PlaceOrder", order)["stat"] == "Ok"


def test_a_code_is_traded_once_and_only_with_the_secret(client):
    is_pi = client.twin.member.login == "pi"
    page = "/?app_key=twinkey" if is_pi else "/OAuthlogin/authorize/oauth?client_id=twinkey"
    location = client.send("GET", page).headers["Location"]
    code = parse_qs(urlsplit(location).query)["code"][0]

    def traded(proof):
        if is_pi:
            body = json.dumps({"api_key": "twinkey", "request_code": code, "api_secret": proof})
            return json.loads(client.send("POST", "/trade/apitoken", body.encode()).body)
        data = json.dumps({"code": code, "checksum": proof, "uid": "AB1234"})
        return json.loads(client.send("POST", f"{client.prefix}/GenAcsTok", f"jData={data}".encode()).body)

    proof = hashlib.sha256(f"twinkeytwinsecret{code}".encode()).hexdigest()
    assert "Authorization Code" in emsg(traded("0" * 64))
    assert traded(proof)["stat"] == "Ok"
    assert "Authorization Code" in emsg(traded(proof))
