"""Fyers at the Fyers twin."""

from test.twins.kit.vendor import Vendor


def _hosts(twin):
    """REST, public files and both sockets."""
    return {"rest": twin.url, "files": twin.url, "ws": twin.ws_url}


VENDORS = (Vendor(plugin="fyers", wire="fyers", place=("POST", "/api/v3/orders/sync"), hosts=_hosts),)
