"""Addresses that are not served: banned by an administrator, or for asking wrongly too often."""
