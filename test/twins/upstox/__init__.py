"""The Upstox twin: a vendor that speaks the Upstox Developer API."""
