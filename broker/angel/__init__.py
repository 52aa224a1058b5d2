"""Angel One (SmartAPI)."""
