"""Rooms of the desk beside orders and books."""
