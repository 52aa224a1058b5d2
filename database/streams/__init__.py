"""Streams that clients resume from."""
