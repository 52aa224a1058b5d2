"""Kite's ticker: binary packets, heartbeats, order messages, and everything that may befall them."""
