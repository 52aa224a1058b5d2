"""The Angel twin: Angel One's SmartAPI."""
