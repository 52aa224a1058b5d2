"""Wires that several vendors share: what their plug-ins have in common beyond broker.core."""
