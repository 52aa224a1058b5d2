"""Upstox (Developer API, v3 with the books of v2)."""
