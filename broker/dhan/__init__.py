"""Dhan (DhanHQ v2)."""
