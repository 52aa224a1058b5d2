"""The WebSocket server clients talk to: protocol, sessions, fan-out."""
