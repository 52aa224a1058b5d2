"""Roles that are nothing but endpoints (orders, books and GTTs: broker.core.rest, broker.core.gtt)."""
