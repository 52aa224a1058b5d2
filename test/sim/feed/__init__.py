"""The feed in a failing world: the real streaming process, the real Zerodha plug-in and the Kite twin."""
