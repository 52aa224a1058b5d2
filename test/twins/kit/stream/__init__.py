"""The WebSocket side of a twin: its server, its connections, and everything that may befall them."""
