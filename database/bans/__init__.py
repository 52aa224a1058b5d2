"""Banned addresses, and addresses that are watched."""
