"""Flattrade (Noren)."""
