"""Zebu (Noren)."""
