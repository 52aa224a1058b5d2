"""Dhan, and its sandbox, at the Dhan twin."""

from test.twins.dhan.stream import ORDERS
from test.twins.kit.vendor import Vendor


def live_hosts(twin):
    """Dhan's five hosts, all of them this twin."""
    return {
        "rest": f"{twin.url}/v2", "auth": twin.url, "files": twin.url, "ws": twin.ws_url,
        "orders": f"{twin.ws_url}{ORDERS}",
    }  # fmt: skip


def sandbox_hosts(twin):
    """Two of them."""
    return {"rest": f"{twin.url}/v2", "files": twin.url}


def portal(twin, _step, credentials):
    """The user puts a new token of the developer portal into the account's credentials."""
    credentials["api_secret"] = twin.control("POST", "/twin/portal", {})
    return {}


VENDORS = (
    Vendor(plugin="dhan", wire="dhan", place=("POST", "/v2/orders"), hosts=live_hosts),
    Vendor(
        plugin="dhan_sandbox", wire="dhan", place=("POST", "/v2/orders"), hosts=sandbox_hosts, answers=portal,
        settings={"kind": "sandbox"},
    ),
)  # fmt: skip
