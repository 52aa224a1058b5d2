"""Zerodha at the Kite twin."""

from test.twins.kit.vendor import Vendor

VENDORS = (Vendor(plugin="zerodha", wire="kite", place=("POST", "/orders/regular")),)
