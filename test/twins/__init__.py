"""Vendors that speak their real wire in front of the simulated exchange."""
