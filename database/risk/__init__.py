"""Limits of the risk rules on disk, and every change of them."""
