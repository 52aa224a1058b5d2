"""Angel One at the Angel twin."""

from test.twins.angel.rest import SECURE
from test.twins.angel.sessions import PIN, SEED, totp
from test.twins.kit.vendor import Vendor
from utils.clock import SystemClock


def signed_in(twin, _step, _credentials):
    """What a user types."""
    return {
        "client_code": twin.user, "pin": PIN, "totp": totp(SEED, SystemClock().now().timestamp()),
    }  # fmt: skip


def hosts(twin):
    """REST and the master in one place, the two sockets by path."""
    return {
        "rest": twin.url, "files": twin.url, "ws": f"{twin.ws_url}/smart-stream",
        "orders": f"{twin.ws_url}/smart-order-update",
    }  # fmt: skip


VENDORS = (
    Vendor(
        plugin="angel",
        wire="angel",
        place=("POST", f"{SECURE}/order/v1/placeOrder"),
        answers=signed_in,
        hosts=hosts,
    ),
)
