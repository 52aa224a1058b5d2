"""Fuzz targets: every parser that meets bytes from outside, and what throws mutated bytes at it."""
