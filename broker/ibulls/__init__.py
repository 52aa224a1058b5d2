"""Ibulls."""
