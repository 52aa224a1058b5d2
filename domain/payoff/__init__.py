"""Profit and loss of several legs on one underlying: exact at expiry, by Black-76 before it. Pure."""
