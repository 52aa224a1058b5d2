"""Wisdom Capital (XTS)."""
