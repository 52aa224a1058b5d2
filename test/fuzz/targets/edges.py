"""What every request may carry: addresses of proxies, ids, keys, words of a search, numbers, pages and documents."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pydantic

from blueprints.operator.paging import PageQuery
from domain.errors import InvalidInput
from domain.options import parse_offset
from restx_api.schemas.orders import PlaceOrderBody
from services.accounts.keys.addresses import admits, checked
from services.bans.rules import ban_key, ban_key_of_text, is_exempt
from services.desk.documents import check_value
from services.market.search import parse
from services.wire.triggers.fields import _instant
from test.fuzz.target import Sample, Target
from utils import json
from utils.addresses import client_address, is_listed
from utils.request_ids import is_request_id

PROXIES = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))
PLACE = (
    b'{"strategy":"s","symbol":"SBIN","exchange":"NSE","action":"BUY","quantity":"10","product":"MIS","pricetype":"LIMIT",'
    b'"price":"99.95","trigger_price":"0","disclosed_quantity":0}'
)  # fmt: skip


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def forwarded(data: bytes, _: Any) -> Any:
    """Whatever the header says, the client is an address in plain spelling."""
    found = client_address("127.0.0.1", data.decode("latin-1").split(","), PROXIES)
    assert str(ip_address(found)) == found and "%" not in found, f"not an address: {found!r}"
    is_listed(text(data), PROXIES)
    return None


def networks(data: bytes, _: Any) -> Any:
    found = checked(text(data).split(","))
    admits(found, "10.1.2.3")
    return found


def query(data: bytes, _: Any) -> Any:
    is_request_id(text(data))
    return parse(text(data))


def ban(data: bytes, _: Any) -> Any:
    """What an administrator wrote as an address, and what a peer is called."""
    ban_key(text(data))
    key = ban_key_of_text(text(data))
    is_exempt(key, PROXIES)
    return key


def instant(data: bytes, _: Any) -> Any:
    """The end of a trigger, the widest of all texts that mean a time."""
    return _instant(text(data))


def page(data: bytes, _: Any) -> Any:
    """A query of the operator's pages: `name=value` pairs."""
    pairs = (part.partition("=") for part in text(data).split("&"))
    return PageQuery.model_validate({name: value for name, _, value in pairs}).page


def order(data: bytes, _: Any) -> Any:
    """A body of an order that has passed means quantities and prices that are."""
    try:
        fields = json.decode(data)
    except ValueError:
        return None
    return None if not isinstance(fields, dict) else PlaceOrderBody.model_validate(fields).model_dump()


def document(data: bytes, key: str) -> Any:
    try:
        value = json.decode(data)
    except ValueError:
        return None
    return check_value(key, value)


def of_addresses() -> list[Target]:
    """Addresses and instants."""
    return [
        Target(
            name="edge.forwarded", read=forwarded, refuses=(), samples=[
                Sample(b"203.0.113.7, 10.0.0.3"), Sample(b"[2001:db8::1]:443, fe80::1%eth0"), Sample(b"1.2.3.4:80"),
            ],
            parses=("utils.addresses", "blueprints.guards.proxies"), most=2000,
        ),
        Target(
            name="edge.networks", read=networks, refuses=(InvalidInput,),
            samples=[Sample(b"10.0.0.0/8,192.168.1.5,2001:db8::/32")],
            parses=("services.accounts.keys.addresses", "utils.addresses"),
        ),
        Target(
            name="edge.ban", read=ban, refuses=(InvalidInput,),
            samples=[Sample(b"203.0.113.7"), Sample(b"2001:db8::/64")],
            parses=("services.bans.rules",),
        ),
        Target(
            name="edge.instant", read=instant, refuses=(ValueError,),
            samples=[Sample(b"2026-12-29"), Sample(b"2026-12-29T15:30:00+05:30")],
            parses=("services.wire.triggers.fields",),
        ),
    ]  # fmt: skip


def of_words() -> list[Target]:
    """Words, queries and bodies."""
    return [
        Target(
            name="edge.search", read=query, refuses=(),
            samples=[Sample(b"nifty 29dec26 26500 CE"), Sample(b"sbin 1.50")],
            parses=("services.market.search",),
        ),
        Target(
            name="edge.offset", read=lambda data, _: parse_offset(text(data)), refuses=(InvalidInput, ValueError),
            samples=[Sample(b"ATM"), Sample(b"OTM3"), Sample(b"itm12")], parses=("domain.options",),
        ),
        Target(
            name="edge.page", read=page, refuses=(pydantic.ValidationError,),
            samples=[Sample(b"limit=10&before=7&since=2026-11-30T10:00:00+05:30&until=2026-11-30T10:00:00Z")],
            parses=("blueprints.operator.paging",),
        ),
        Target(
            name="edge.order", read=order, refuses=(pydantic.ValidationError,), samples=[Sample(PLACE)],
            parses=("restx_api.schemas.orders", "services.wire.fields", "domain.money"),
        ),
        Target(
            name="edge.document", read=document, refuses=(InvalidInput,),
            samples=[
                Sample(b'"dark"', "theme"),
                Sample(b'{"equity_product":"MIS","lots":2,"confirm":"always"}', "trading"),
            ],
            parses=("services.desk.documents",),
        ),
    ]  # fmt: skip


def targets() -> list[Target]:
    """Each named after what it is part of."""
    return of_addresses() + of_words()
