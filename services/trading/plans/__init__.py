"""Calls that become several orders: pure plans over facts, and one executor with one outcome per leg."""
