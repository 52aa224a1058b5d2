"""5paisa (XTS)."""
