"""Shoonya (Noren)."""
