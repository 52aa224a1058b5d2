"""The streaming process: broker feeds on one side of the bus, WebSocket clients on the other."""
