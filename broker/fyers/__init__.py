"""Fyers (API v3)."""
