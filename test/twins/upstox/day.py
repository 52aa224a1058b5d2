"""Upstox at its twin."""

from test.twins.kit.vendor import Vendor


def hosts(twin):
    """All REST hosts are the twin's one."""
    return {**dict.fromkeys(("rest", "orders", "login", "assets"), twin.url), "ws": twin.ws_url}


VENDORS = (Vendor(plugin="upstox", wire="upstox", place=("POST", "/v3/order/place"), hosts=hosts),)
