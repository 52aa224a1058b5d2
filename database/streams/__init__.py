"""Rows that are only ever added, in the order in which they came."""
