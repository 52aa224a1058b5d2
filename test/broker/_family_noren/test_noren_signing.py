"""How every call of a member proves who sends it, and what never stands in a body."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

MEMBERS = ("flattrade", "shoonya", "zebu")
HEADER = {"flattrade": None, "shoonya": "Bearer TOKENVALUE", "zebu": "Bearer TOKENVALUE"}
CHARTS = ("TPSeries", "EODChartData")


def sent_by(kit: Any, plugin_id: str, tmp_path: Path, settings: dict[str, str] | None = None) -> list[Any]:
    """Every request of the member's happy cases."""
    found = []
    for case in kit.cases_of(plugin_id):
        if case.succeeds and case.exchanges and "jData" in case.exchanges[0]["request"]:
            transport = kit.ScriptedTransport(case.responses())
            bench = kit.Bench(plugin_id, transport, tmp_path, case.data.get("now"), settings)
            bench.run(case.call)
            found += transport.requests
    return [request for request in found if not request.url.endswith("/GenAcsTok")]


def call_of(request: Any) -> str:
    return str(urlsplit(request.url).path.rsplit("/", 1)[1])


@pytest.mark.parametrize("member", MEMBERS)
def test_every_call_is_signed_the_members_way(kit: Any, member: str, tmp_path: Path) -> None:
    requests = sent_by(kit, member, tmp_path)
    assert {call_of(request) for request in requests} >= {"PlaceOrder", "Limits", *CHARTS}
    for request in requests:
        wants_key = member == "flattrade" or (member == "shoonya" and call_of(request) in CHARTS)
        assert request.headers.get("Authorization") == HEADER[member]
        assert request.body.endswith(b"&jKey=TOKENVALUE") == wants_key
        kind = "application/x-www-form-urlencoded" if wants_key else "text/plain"
        assert request.headers["Content-Type"] == kind


@pytest.mark.parametrize("member", MEMBERS)
def test_the_json_holds_texts_and_nothing_at_which_the_server_cuts(
    kit: Any, member: str, tmp_path: Path
) -> None:
    bodies = [request.body for request in sent_by(kit, member, tmp_path)]
    assert any(b"M%26M-EQ" in body for body in bodies) and any(b"M\\u0026M-EQ" in body for body in bodies)
    for body in bodies:
        assert body.startswith(b"jData={") and body.removesuffix(b"&jKey=TOKENVALUE").endswith(b"}")
        assert body.count(b"&") == body.count(b"&jKey=")


def test_the_charts_of_shoonya_are_signed_as_an_option_says(kit: Any, tmp_path: Path) -> None:
    for manner, header, in_body in (("bearer", "Bearer TOKENVALUE", False), ("key", None, True)):
        for request in sent_by(kit, "shoonya", tmp_path, {"chart_auth": manner}):
            if call_of(request) in CHARTS:
                assert request.headers.get("Authorization") == header
                assert (b"jKey" in request.body) == in_body


def test_a_manner_of_signing_that_nobody_knows_makes_the_plugin_broken(kit: Any, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="broken"):
        kit.Bench("zebu", kit.ScriptedTransport([]), tmp_path, settings={"auth": "query"})


@pytest.mark.parametrize("key", ["KEY", ":::KEY", "AB1234:::", "AB1234:KEY"])
def test_a_key_without_its_user_is_refused_before_anything_is_sent(
    kit: Any, tmp_path: Path, key: str
) -> None:
    auth = kit.Bench("zebu", kit.ScriptedTransport([]), tmp_path).plugin.auth
    credentials = {"api_key": key, "api_secret": "SECRETVALUE"}
    with pytest.raises(Exception, match="joined by ':::'"):
        auth.begin(credentials, "http://127.0.0.1/x", "state")
    with pytest.raises(Exception, match="joined by ':::'"):
        auth.complete(1, credentials, {"code": "x"})
