"""Triggers that the gateway watches itself."""
