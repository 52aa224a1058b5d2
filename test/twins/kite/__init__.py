"""The Kite twin: Kite Connect v3."""
